package statem

import "context"

// Callback is the code of a machine written by hand: the counterpart of a callback module in
// Erlang. Init and Handle are required. The engine calls one function at a time. The functions must
// not block.
//
// S is the state. The state changes when a new value differs from the old one by ==. D is the data
// of the machine. A function gets the data and returns it by value: a crash discards the changes to
// its copy. Values that D points to are not copied.
type Callback[S comparable, D any] struct {
	// Name is the name of the machine in errors and steps.
	Name string
	// Init returns how the machine starts: Next with the initial state, Stop with the reason why no
	// machine starts, or Ignore. It runs before Start returns. Its actions run after that.
	Init func(x Turn[S, D]) Result[S, D]
	// Handle handles one event.
	Handle func(x Turn[S, D]) Result[S, D]
	// Enter runs after the machine has started, after its state has changed, and after Repeat:
	// behind the actions of that turn and before any other event. x has the new state and no event;
	// from is the previous state. Enter must not postpone, insert events or change the callback,
	// and the state of its result must be x.State. If Enter is nil, it is not called.
	Enter func(x Turn[S, D], from S) Result[S, D]
	// Terminate runs last, unless Init failed. It gets the final state and data. If Terminate is
	// nil, it is not called.
	Terminate func(state S, data D, reason error)
}

// Turn is the argument of one call of a [Callback]. Its methods make the result of the call. It is
// a value: the callback works on a copy.
type Turn[S comparable, D any] struct {
	// State is the current state.
	State S
	// Data is the data of the machine. Its value at the time of the result is the new data.
	Data D
	// Event is the event to handle. In Init and Enter it has no kind.
	Event Event

	machine *callbackMachine[S, D] // nil in the zero Turn
}

// Context returns the context for calls that the callback makes. A call with it that reaches this
// machine fails with [fsm.ErrReentrant] instead of waiting for itself.
func (x Turn[S, D]) Context() context.Context {
	if x.machine == nil {
		return context.Background()
	}
	return x.machine.engine.HookContext()
}

// Live returns the live machine of this turn, so that other goroutines of the callback can cast
// to it. The callback may cast to it too: the event is handled behind the events that wait already
// (R003). In a [Core] it is nil.
func (x Turn[S, D]) Live() *Live[S, D] {
	if x.machine == nil {
		return nil
	}
	return x.machine.live
}

// Result is the result of one call of a [Callback]. The methods of [Turn] make it. The zero Result
// ends the machine with [ErrBadResult].
type Result[S comparable, D any] struct {
	verdict verdict
	state   S
	data    D
	reason  error
	actions actions
}

// verdict is the kind of a result. Zero is no result.
type verdict uint8

const (
	verdictNext verdict = iota + 1
	verdictKeep
	verdictRepeat
	verdictStop
	verdictIgnore
)

// Next makes state the current state. With the current state it is the same as Keep (R007).
func (x Turn[S, D]) Next(state S, actions ...Action) Result[S, D] {
	return Result[S, D]{verdict: verdictNext, state: state, data: x.Data, actions: actionsOf(actions)}
}

// Keep keeps the current state.
func (x Turn[S, D]) Keep(actions ...Action) Result[S, D] {
	return Result[S, D]{verdict: verdictKeep, state: x.State, data: x.Data, actions: actionsOf(actions)}
}

// Repeat keeps the current state and makes the machine call Enter again. That is no state change:
// postponed events stay postponed and the state time-out keeps running (R009).
func (x Turn[S, D]) Repeat(actions ...Action) Result[S, D] {
	return Result[S, D]{verdict: verdictRepeat, state: x.State, data: x.Data, actions: actionsOf(actions)}
}

// Stop ends the machine. Terminate and all waiting callers get the reason; nil is a normal end.
// Only replies are allowed as actions. They are sent first (R075, R076).
func (x Turn[S, D]) Stop(reason error, replies ...Action) Result[S, D] {
	return Result[S, D]{verdict: verdictStop, state: x.State, data: x.Data, reason: reason, actions: actionsOf(replies)}
}

// Ignore is a result for Init: no machine starts, and that is not an error. Start returns
// [ErrIgnored].
func (x Turn[S, D]) Ignore() Result[S, D] { return Result[S, D]{verdict: verdictIgnore} }

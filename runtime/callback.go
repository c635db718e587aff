package runtime

import "context"

// Callback is the code of a machine that is written by hand, what a callback module is in Erlang. Init and Handle are
// needed. Its functions run one at a time and must not block.
//
// S is the state, which changes when a new value differs from the old one by ==. D is the machine's data, which functions
// get and give back by value: a crash loses what the function did to its copy. What D points to is not copied.
type Callback[S comparable, D any] struct {
	// Name is what errors and steps call the machine.
	Name string
	// Init says how the machine begins: it returns Next with the initial state, Stop with the reason why there is no
	// machine, or Ignore. It runs before Start returns; its actions run after that.
	Init func(x Turn[S, D]) Result[S, D]
	// Handle handles one event.
	Handle func(x Turn[S, D]) Result[S, D]
	// Enter runs when the machine has begun, when its state has changed, and when it is asked to repeat it: after the
	// actions that led there and before any other event. x has the new state and no event; from is the state before. It
	// may not postpone, insert events or change the callback, and its state must remain x.State. Nil: it is not called.
	Enter func(x Turn[S, D], from S) Result[S, D]
	// Terminate runs last, unless Init failed, and sees the state and data that the machine ended with. Nil: it is not
	// called.
	Terminate func(state S, data D, reason error)
}

// Turn is what one call of a [Callback] gets, and what makes its result. It is a value: the callback works on a copy.
type Turn[S comparable, D any] struct {
	// State is the current state.
	State S
	// Data is the data of the machine. What it is when the result is made is the new data.
	Data D
	// Event is what happened; without a kind in Init and Enter.
	Event Event

	engine *Engine
}

// Context is for what the callback calls: a call that comes back to this machine with it fails with [ErrReentrant] instead
// of waiting for itself.
func (x Turn[S, D]) Context() context.Context {
	if x.engine == nil {
		return context.Background()
	}
	return x.engine.HookContext()
}

// Server is the live machine whose turn it is, for what the callback leaves to other goroutines: they cast to it. The
// callback may too; what it sends to its own machine comes behind what waits already (R003). Nil in a [Core].
func (x Turn[S, D]) Server() *Server {
	if x.engine == nil {
		return nil
	}
	return x.engine.server
}

// Result is what a call of a [Callback] makes of its machine. The methods of [Turn] give one; the zero Result is none, and
// ends the machine with [ErrBadResult].
type Result[S comparable, D any] struct {
	verdict verdict
	state   S
	data    D
	reason  error
	actions actions
}

type verdict uint8

const (
	verdictNext verdict = iota + 1
	verdictKeep
	verdictRepeat
	verdictStop
	verdictIgnore
)

// Next makes state the current one. The state it is already is the same as Keep (R007).
func (x Turn[S, D]) Next(state S, actions ...Action) Result[S, D] {
	return Result[S, D]{verdict: verdictNext, state: state, data: x.Data, actions: actionsOf(actions)}
}

// Keep stays in the state.
func (x Turn[S, D]) Keep(actions ...Action) Result[S, D] {
	return Result[S, D]{verdict: verdictKeep, state: x.State, data: x.Data, actions: actionsOf(actions)}
}

// Repeat stays in the state and has Enter called again, which is no state change: postponed events keep waiting and the
// state time-out keeps running (R009).
func (x Turn[S, D]) Repeat(actions ...Action) Result[S, D] {
	return Result[S, D]{verdict: verdictRepeat, state: x.State, data: x.Data, actions: actionsOf(actions)}
}

// Stop ends the machine. The reason is for Terminate and for everybody who waits; nil is a normal end. Only replies are
// allowed, and they are sent first (R075, R076).
func (x Turn[S, D]) Stop(reason error, replies ...Action) Result[S, D] {
	return Result[S, D]{verdict: verdictStop, state: x.State, data: x.Data, reason: reason, actions: actionsOf(replies)}
}

// Ignore is for Init: there is to be no machine, and nothing is wrong. Start returns [ErrIgnored].
func (x Turn[S, D]) Ignore() Result[S, D] { return Result[S, D]{verdict: verdictIgnore} }

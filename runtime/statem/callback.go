package statem

import (
	"context"
	"errors"
	"fmt"

	"github.com/fsmgen/fsmgen/runtime/internal/engine"
	"github.com/fsmgen/fsmgen/runtime/internal/reply"
)

// Kind is the origin of an event. Its method String returns the name that gen_statem has for it.
type Kind = engine.Kind

// The kinds of event (R001). An enter call is not an event.
const (
	KindCast         = engine.KindCast         // sent without waiting for a reply
	KindCall         = engine.KindCall         // sent by a caller that waits for the reply
	KindInfo         = engine.KindInfo         // any other message
	KindInternal     = engine.KindInternal     // inserted by the machine itself
	KindEventTimeout = engine.KindEventTimeout // no event happened for some time
	KindStateTimeout = engine.KindStateTimeout // the state lasted for some time
	KindNamedTimeout = engine.KindNamedTimeout // of a timer with a name, which survives state changes
)

// Event is one event of a machine.
type Event struct {
	Kind    Kind
	Name    string // of the timer, if it has one
	Content any
	From    *From // only for KindCall
}

// From is the reply address of one call. It may be kept and answered later: by the actions [Reply]
// and [ReplyError], or from any goroutine by its methods Reply(value any) bool and Fail(err error)
// bool. The first answer counts; later ones are dropped. The methods report whether the answer
// counts: it is the first, and the caller still waits (R066, R067).
type From = reply.From

// NewFrom returns a From that passes its answer to deliver, on the goroutine that answers.
func NewFrom(deliver func(value any, err error)) *From { return reply.NewFrom(deliver) }

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

// Faults of a callback. Each ends its machine, wrapped in a [CallbackError].
var (
	ErrBadResult      = errors.New("no result: return what a method of Turn gives")
	ErrBadAction      = errors.New("not an action: use what the package gives, with times that are not negative")
	ErrBadReply       = errors.New("only replies can go with Stop")
	ErrBadEnterResult = errors.New("an enter call cannot change the state: return Keep, Repeat or Stop")
	ErrBadEnterAction = errors.New("an enter call cannot postpone, insert events or change the callback")
)

var (
	// ErrIgnored is the error of Start if Init returned Ignore.
	ErrIgnored = errors.New("fsm: ignored: Init returned Ignore")
	// ErrNotSuspended is the error of ChangeCode on a machine that is not suspended.
	ErrNotSuspended = errors.New("fsm: not suspended: suspend the machine before its callback is changed")
	// ErrAbandoned is the result of waiting for a call after [Pending.Abandon].
	ErrAbandoned = engine.ErrAbandoned
)

// CallbackError reports a callback that broke a rule. Err is one of the ErrBad errors.
type CallbackError struct {
	Machine string
	State   string
	Err     error
}

func (e *CallbackError) Error() string {
	return fmt.Sprintf("fsm: %s: callback in state %s: %v", e.Machine, e.State, e.Err)
}

func (e *CallbackError) Unwrap() error { return e.Err }

package runtime

import (
	"errors"
	"fmt"
	"reflect"
	"runtime/debug"
	"strings"
)

var (
	// ErrStopped is matched by every error that says that the machine has ended.
	ErrStopped = errors.New("fsm: stopped")
	// ErrPending says that the event waits for a state that handles it; its reply comes later.
	ErrPending = errors.New("fsm: postponed: the reply comes later")
	// ErrMailboxFull is returned when a machine has as many events waiting as its [Config] allows.
	ErrMailboxFull = errors.New("fsm: mailbox full")
	// ErrUnfinished is what the error of a direct step is until the step is complete; see [Server.Leave].
	ErrUnfinished = errors.New("fsm: unfinished step")
	// ErrLater is what a step returns if somebody has kept the From of its call to answer it, or has done so already. The
	// type of such a machine has [Info.Defers].
	ErrLater = errors.New("fsm: answered later")
	// ErrAbandoned is what waiting for a call gives that was given up before.
	ErrAbandoned = errors.New("fsm: abandoned: send the call again")
	// ErrReentrant is returned by a call that a hook makes on its own machine; a hook may raise instead.
	ErrReentrant = errors.New("fsm: call from a hook of the same machine: raise the event instead")
)

// Why an invocation cannot be finished. Each is the Err of an [InvocationError].
var (
	// ErrWorkNotDone says that neither Run nor Resolve of the invocation has returned.
	ErrWorkNotDone = errors.New("its work is not done: call Run, and Finish when it has returned")
	// ErrWorkFinished says that the machine has handled the result before.
	ErrWorkFinished = errors.New("it is finished: the machine has had its result")
	// ErrForeignWork says that another machine has begun the invocation, such as the one of which this one was restored.
	ErrForeignWork = errors.New("another machine has begun it: finish it there, or drop it")
)

// InvocationError reports an invocation that was given to Finish and cannot be finished. Nothing has changed.
type InvocationError struct {
	Machine string
	Invoke  string // the name of the invoke; empty where it is not of this machine
	Err     error  // ErrWorkNotDone, ErrWorkFinished or ErrForeignWork
}

func (e *InvocationError) Error() string {
	if e.Invoke == "" {
		return fmt.Sprintf("fsm: %s: finish an invocation: %v", e.Machine, e.Err)
	}
	return fmt.Sprintf("fsm: %s: finish %s: %v", e.Machine, e.Invoke, e.Err)
}

func (e *InvocationError) Unwrap() error { return e.Err }

// What a callback can do wrong. Each ends its machine, wrapped in a [CallbackError].
var (
	ErrBadResult      = errors.New("no result: return what a method of Turn gives")
	ErrBadAction      = errors.New("not an action: use what the package gives, with times that are not negative")
	ErrBadReply       = errors.New("only replies can go with Stop")
	ErrBadEnterResult = errors.New("Enter cannot change the state: return Keep, Repeat or Stop")
	ErrBadEnterAction = errors.New("Enter cannot postpone, insert events or change the callback")
)

var (
	// ErrIgnored is returned by Start if Init wants no machine.
	ErrIgnored = errors.New("fsm: ignored: the callback wants no machine")
	// ErrNotSuspended is returned by a change of the callback from outside while events are served.
	ErrNotSuspended = errors.New("fsm: not suspended: suspend the machine before its callback is changed")
)

// CallbackError reports a callback that broke the rules. Err is one of the ErrBad errors.
type CallbackError struct {
	Machine string
	State   string
	Err     error
}

func (e *CallbackError) Error() string {
	return fmt.Sprintf("fsm: %s: callback in state %s: %v", e.Machine, e.State, e.Err)
}

func (e *CallbackError) Unwrap() error { return e.Err }

// UnhandledError reports an event that the current state has no use for. Nothing has changed.
type UnhandledError struct {
	Machine string
	State   string
	Event   string
	Refused bool     // the state handles the event, but no guard held
	Allowed []string // the events that the state handles, ignores or postpones
}

func (e *UnhandledError) Error() string {
	if e.Refused {
		return fmt.Sprintf("fsm: %s: event %s is refused in state %s: no guard held", e.Machine, e.Event, e.State)
	}
	if len(e.Allowed) == 0 {
		return fmt.Sprintf("fsm: %s: event %s is not handled in state %s, which handles none", e.Machine, e.Event, e.State)
	}
	return fmt.Sprintf("fsm: %s: event %s is not handled in state %s, which handles %s",
		e.Machine, e.Event, e.State, strings.Join(e.Allowed, ", "))
}

// NoReplyError reports a call that was taken, but by an arm that does not reply or by a state that ignores it.
type NoReplyError struct {
	Machine string
	State   string
	Event   string
}

func (e *NoReplyError) Error() string {
	return fmt.Sprintf("fsm: %s: call %s gets no reply in state %s", e.Machine, e.Event, e.State)
}

// WaitError reports a call whose context ended before its reply came. It wraps the cause of the context.
type WaitError struct {
	Machine   string
	Withdrawn bool // the machine has not met the event, and will not; otherwise it has, and may still handle it
	Cause     error
}

func (e *WaitError) Error() string {
	if e.Withdrawn {
		return fmt.Sprintf("fsm: %s: call ended before its event was handled, which has been withdrawn: %v", e.Machine, e.Cause)
	}
	return fmt.Sprintf("fsm: %s: call ended before its reply: the event may still be handled: %v", e.Machine, e.Cause)
}

func (e *WaitError) Unwrap() error { return e.Cause }

// UnknownStateError reports a name that no state of the machine has.
type UnknownStateError struct {
	Machine string
	Name    string
	States  []string // those there are
}

func (e *UnknownStateError) Error() string {
	return fmt.Sprintf("fsm: %s: %q is not a state; the states are %s", e.Machine, e.Name, strings.Join(e.States, ", "))
}

// ReplyTypeError reports a reply that is not what its caller asked [Call] for.
type ReplyTypeError struct {
	Want, Got reflect.Type
}

func (e *ReplyTypeError) Error() string {
	return fmt.Sprintf("fsm: call: the reply is a %v; ask for that instead of %v", e.Got, e.Want)
}

// StoppedError reports an event that came, or still waited, when its machine had ended. It matches [ErrStopped].
type StoppedError struct {
	Machine string
	Cause   error // why the machine ended; nil after a normal end
}

func (e *StoppedError) Error() string {
	if e.Cause == nil {
		return fmt.Sprintf("fsm: %s: stopped", e.Machine)
	}
	return fmt.Sprintf("fsm: %s: stopped: %v", e.Machine, e.Cause)
}

// Is makes every StoppedError match [ErrStopped].
func (e *StoppedError) Is(target error) bool { return target == ErrStopped }

func (e *StoppedError) Unwrap() error { return e.Cause }

// PanicError reports a hook that panicked or ended its goroutine. It ends the machine and never unwinds further.
type PanicError struct {
	Machine string
	Value   any // what the hook panicked with; nil after runtime.Goexit
	Stack   []byte
}

func newPanicError(machine string, v any) *PanicError {
	return &PanicError{Machine: machine, Value: v, Stack: debug.Stack()}
}

func (e *PanicError) Error() string {
	if e.Value == nil {
		return fmt.Sprintf("fsm: %s: a hook ended its goroutine", e.Machine)
	}
	return fmt.Sprintf("fsm: %s: a hook panicked: %v", e.Machine, e.Value)
}

// Unwrap gives the error that a hook panicked with, if it was one.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// HookError reports a group of hooks that is missing.
type HookError struct {
	Machine string
	Group   string // the field of Hooks that is nil
}

func (e *HookError) Error() string {
	return fmt.Sprintf("fsm: %s: hooks: %s is nil: every group needs an implementation", e.Machine, e.Group)
}

// ParamError reports a parameter that is out of its bounds.
type ParamError struct {
	Machine string
	Param   string
	Value   any
	Bound   string // what is allowed, for instance "at least 1"
}

func (e *ParamError) Error() string {
	return fmt.Sprintf("fsm: %s: params: %s is %v; want %s", e.Machine, e.Param, e.Value, e.Bound)
}

// ParamErrors collects what is wrong with the parameters of one machine.
type ParamErrors []error

// Check adds a [ParamError] unless ok.
func (l *ParamErrors) Check(machine, param string, value any, ok bool, bound string) {
	if !ok {
		*l = append(*l, &ParamError{Machine: machine, Param: param, Value: value, Bound: bound})
	}
}

// Err joins what was collected; nil if there is nothing.
func (l ParamErrors) Err() error { return errors.Join(l...) }

// EventlessLimit is how many transitions without an event a machine may take in a row. One that takes more would never stop.
const EventlessLimit = 1000

// EventlessError reports a machine that has ended because its transitions without an event led in a circle.
type EventlessError struct {
	Machine string
	State   string // where it was then
}

func (e *EventlessError) Error() string {
	return fmt.Sprintf("fsm: %s: more than %d transitions without an event in a row, the last into state %s: their guards must fail some time",
		e.Machine, EventlessLimit, e.State)
}

// UnknownOutcomeError reports a choice that has decided for none of its outcomes. The machine ends with it as with a panic.
type UnknownOutcomeError struct {
	Machine string
	Choice  string
	Outcome int
}

func (e *UnknownOutcomeError) Error() string {
	return fmt.Sprintf("fsm: %s: choice %s: %d is not one of its outcomes", e.Machine, e.Choice, e.Outcome)
}

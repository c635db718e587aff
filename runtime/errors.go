package runtime

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
)

var (
	// ErrStopped matches every error that reports a machine that has ended.
	ErrStopped = errors.New("fsm: stopped")
	// ErrPending reports an event that waits for a state that handles it. Its reply comes later.
	ErrPending = errors.New("fsm: postponed: the reply comes later")
	// ErrMailboxFull reports that as many events wait for the machine as its [Config] allows.
	ErrMailboxFull = errors.New("fsm: mailbox full")
	// ErrLater is the result of a step if its call is answered by another function, which has kept
	// the From, or was answered already.
	ErrLater = errors.New("fsm: answered later")
	// ErrReentrant is the error of a call by a hook to its own machine. The hook can raise an event
	// instead.
	ErrReentrant = errors.New("fsm: call from a hook of the same machine: raise the event instead")
)

// Reasons why an invocation cannot be finished. Each is the Err of an [InvocationError].
var (
	// ErrWorkNotDone reports that neither Run nor Resolve of the invocation has returned.
	ErrWorkNotDone = errors.New("its work is not done: call Run, and Finish when it has returned")
	// ErrWorkFinished reports that the machine has handled the result before.
	ErrWorkFinished = errors.New("it is finished: the machine has had its result")
	// ErrForeignWork reports that another machine started the invocation, such as the one that this
	// one was restored from.
	ErrForeignWork = errors.New("another machine has begun it: finish it there, or give its Result to Resolve of this machine's own")
)

// InvocationError reports an invocation that cannot be finished. Nothing has changed.
type InvocationError struct {
	Machine string
	Invoke  string // the name of the invoke; empty if it is not of this machine
	Err     error  // ErrWorkNotDone, ErrWorkFinished or ErrForeignWork
}

func (e *InvocationError) Error() string {
	if e.Invoke == "" {
		return fmt.Sprintf("fsm: %s: finish an invocation: %v", e.Machine, e.Err)
	}
	return fmt.Sprintf("fsm: %s: finish %s: %v", e.Machine, e.Invoke, e.Err)
}

func (e *InvocationError) Unwrap() error { return e.Err }

// UnhandledError reports an event that the current state does not handle. Nothing has changed.
type UnhandledError struct {
	Machine string
	State   string
	Event   string
	Refused bool     // the state handles the event, but every guard is false
	Guards  []string // the guards that refused the event, in the order in which they were asked; nil unless Refused
	Allowed []string // the events that the state handles, ignores or postpones
}

func (e *UnhandledError) Error() string {
	if e.Refused {
		return fmt.Sprintf("fsm: %s: event %s is refused in state %s: %s", e.Machine, e.Event, e.State, e.Reason())
	}
	if len(e.Allowed) == 0 {
		return fmt.Sprintf("fsm: %s: event %s is not handled in state %s, which handles none", e.Machine, e.Event, e.State)
	}
	return fmt.Sprintf("fsm: %s: event %s is not handled in state %s, which handles %s",
		e.Machine, e.Event, e.State, strings.Join(e.Allowed, ", "))
}

// maxGuard is how many bytes of a guard a text has, and mostGuards how many guards.
const (
	maxGuard   = 80
	mostGuards = 6
)

// Reason says in one line which guards refused the event: "locked does not hold". It is empty unless
// Refused.
func (e *UnhandledError) Reason() string {
	if !e.Refused {
		return ""
	}
	guards := make([]string, 0, mostGuards)
	for _, guard := range e.Guards[:min(len(e.Guards), mostGuards)] {
		guards = append(guards, shortened(guard, maxGuard))
	}
	list := strings.Join(guards, ", ")
	switch n := len(e.Guards); {
	case n == 0:
		return "no guard held"
	case n == 1:
		return list + " does not hold"
	case n > mostGuards:
		return fmt.Sprintf("none of %s and %d more holds", list, n-mostGuards)
	default:
		return "none of " + list + " holds"
	}
}

// shortened returns a text on one line, cut after limit bytes.
func shortened(text string, limit int) string {
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > limit {
		return strings.ToValidUTF8(text[:limit], "") + "..."
	}
	return text
}

// NoReplyError reports a call that was handled by a transition without a reply, or that the state
// ignores.
type NoReplyError struct {
	Machine string
	State   string
	Event   string
}

func (e *NoReplyError) Error() string {
	return fmt.Sprintf("fsm: %s: call %s gets no reply in state %s", e.Machine, e.Event, e.State)
}

// maxCause is how many bytes of the text of a hook's error a text has.
const maxCause = 300

// ReplyError reports a call whose reply hook failed. The machine has taken the transition, as with
// any reply.
//
// It wraps Err, the error of the hook. An Err that reports something about a machine, for instance
// [ErrPending] of a call that the hook sent to another machine, is not wrapped: the error of this call
// would match it as if this machine had postponed the call. Err has it all the same.
type ReplyError struct {
	Machine string
	State   string // the state that handled the call
	Event   string
	Err     error // never nil
}

func (e *ReplyError) Error() string {
	return fmt.Sprintf("fsm: %s: call %s is handled in state %s, but its reply failed: %s",
		e.Machine, e.Event, e.State, shortened(e.Err.Error(), maxCause))
}

func (e *ReplyError) Unwrap() error {
	for _, own := range []error{ErrPending, ErrLater, ErrStopped, ErrMailboxFull, ErrReentrant} {
		if errors.Is(e.Err, own) {
			return nil
		}
	}
	return e.Err
}

// WaitError reports that the context of a call ended before the reply came. It wraps the cause of
// the context.
type WaitError struct {
	Machine   string
	Withdrawn bool // the machine will not handle the event; otherwise it has begun to, or may still do so
	Cause     error
}

func (e *WaitError) Error() string {
	if e.Withdrawn {
		return fmt.Sprintf("fsm: %s: call ended before its event was handled, which has been withdrawn: %v", e.Machine, e.Cause)
	}
	return fmt.Sprintf("fsm: %s: call ended before its reply: the event may still be handled: %v", e.Machine, e.Cause)
}

func (e *WaitError) Unwrap() error { return e.Cause }

// UnknownStateError reports a name that is not a state of the machine.
type UnknownStateError struct {
	Machine string
	Name    string
	States  []string // the states of the machine
}

func (e *UnknownStateError) Error() string {
	return fmt.Sprintf("fsm: %s: %q is not a state; the states are %s", e.Machine, e.Name, strings.Join(e.States, ", "))
}

// ReplyTypeError reports a reply of another type than the type argument of [Call].
type ReplyTypeError struct {
	Want, Got reflect.Type
}

func (e *ReplyTypeError) Error() string {
	return fmt.Sprintf("fsm: call: the reply is a %v; ask for that instead of %v", e.Got, e.Want)
}

// StoppedError reports an event that was sent to, or waited in, a machine that has ended. It
// matches [ErrStopped].
type StoppedError struct {
	Machine string
	Cause   error // the reason of the end; nil after a normal end
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

// HookError reports a missing group of hooks.
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

// EventlessLimit is the number of transitions without an event that a machine may take in a row. A
// machine that takes more is in an endless loop.
const EventlessLimit = 1000

// EventlessError reports a machine that ended because its transitions without an event form a loop.
type EventlessError struct {
	Machine string
	State   string // the state at the limit
}

func (e *EventlessError) Error() string {
	return fmt.Sprintf("fsm: %s: more than %d transitions without an event in a row, the last into state %s: their guards must fail some time",
		e.Machine, EventlessLimit, e.State)
}

// RetryError reports a machine that ended because its transitions pass an event on in a circle: each
// postpones it and changes the state. [EventlessLimit] bounds them too.
type RetryError struct {
	Machine string
	State   string // the state at the limit
	Event   string
}

func (e *RetryError) Error() string {
	return fmt.Sprintf("fsm: %s: more than %d transitions in a row postponed event %s, the last into state %s: one of the states must handle it",
		e.Machine, EventlessLimit, e.Event, e.State)
}

// UnknownOutcomeError reports a choice that returned none of its outcomes. The machine ends as
// after a panic.
type UnknownOutcomeError struct {
	Machine string
	Choice  string
	Outcome int
}

func (e *UnknownOutcomeError) Error() string {
	return fmt.Sprintf("fsm: %s: choice %s: %d is not one of its outcomes", e.Machine, e.Choice, e.Outcome)
}

// SnapshotError reports a snapshot that does not fit this version of the machine.
type SnapshotError struct {
	Machine   string
	Field     string // the part that does not fit, for instance "version"
	Got, Want string
}

func (e *SnapshotError) Error() string {
	return fmt.Sprintf("fsm: %s: snapshot: %s: got %s; want %s", e.Machine, e.Field, e.Got, e.Want)
}

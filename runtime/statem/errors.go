package statem

import (
	"errors"
	"fmt"

	"github.com/fsmgen/fsmgen/runtime/internal/engine"
)

// Faults of a callback. Each ends its machine, wrapped in a [CallbackError].
var (
	ErrBadResult      = errors.New("no result: return what a method of Turn gives")
	ErrBadAction      = errors.New("not an action: use what the package gives, with times that are not negative")
	ErrBadReply       = errors.New("only replies can go with Stop")
	ErrBadEnterResult = errors.New("Enter cannot change the state: return Keep, Repeat or Stop")
	ErrBadEnterAction = errors.New("Enter cannot postpone, insert events or change the callback")
)

var (
	// ErrIgnored is the error of Start if Init returned Ignore.
	ErrIgnored = errors.New("fsm: ignored: the callback wants no machine")
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

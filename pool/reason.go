package pool

import (
	"errors"
	"fmt"

	"github.com/fsmgen/fsmgen/pool/internal/core"
	"github.com/fsmgen/fsmgen/pool/recovery"
	"github.com/fsmgen/fsmgen/pool/wire"
)

// Reason is why a worker left, as a word for logs and metrics.
type Reason string

// The reasons that are the pool's own. A worker that failed left for the kind of its failure; see [recovery.Kind].
const (
	ReasonAge      Reason = "age"      // it was older than Recycle.MaxWorkerAge
	ReasonRequests Reason = "requests" // it has had Recycle.MaxWorkerRequests clients
	ReasonErrors   Reason = "errors"   // it has failed Recycle.ErrorThreshold times
	ReasonMemory   Reason = "memory"   // it had more than Recycle.MaxWorkerRSS
	ReasonIdle     Reason = "idle"     // it had no request for Recycle.MaxWorkerIdle
	ReasonShrink   Reason = "shrink"   // the pool has become smaller
	ReasonClosed   Reason = "closed"   // the pool drains or closes
	ReasonClient   Reason = "client"   // its client wanted it gone
	ReasonRecycled Reason = "recycled" // by [Pool.Recycle]
	ReasonHealth   Reason = "health"   // too many failures in a row

	ReasonUpgraded   Reason = "upgraded"    // a worker of the new version has taken its place
	ReasonRolledBack Reason = "rolled_back" // a worker of the old version has taken its place again
)

// leaveError is why a worker that is well is asked to leave.
type leaveError struct{ reason Reason }

func (e *leaveError) Error() string { return "pool: the worker leaves: " + string(e.reason) }

// orderly reports whether a worker that left for that reason was well: the pool had no more use for it.
func (r Reason) orderly() bool {
	switch r {
	case ReasonAge, ReasonRequests, ReasonIdle, ReasonShrink, ReasonClosed, ReasonClient, ReasonRecycled, ReasonUpgraded, ReasonRolledBack:
		return true
	default:
		return false
	}
}

// translate makes the errors of the core those of this package.
func translate(err error) error {
	if gate, ok := err.(*core.GateError); ok {
		return &GateError{Gate: gate.Gate, Old: gate.Old, New: gate.New, Allowed: gate.Allowed, Err: translate(gate.Err)}
	}
	if refused, ok := err.(*core.StateRefusedError); ok {
		return &StateRefusedError{Session: refused.Session, Err: refused.Err}
	}
	cause, ok := err.(*core.Cause)
	if !ok {
		return err
	}
	switch e := cause.Err.(type) {
	case nil:
		return &leaveError{Reason(cause.Reason)}
	case *core.TimeoutError:
		return &TimeoutError{What: e.What, After: e.After}
	case *core.MemoryError:
		return &memoryError{rss: e.RSS, limit: e.Limit}
	default:
		return e
	}
}

// memoryError reports a worker that has gone over Recycle.HardWorkerRSS.
type memoryError struct{ rss, limit int64 } // bytes

func (e *memoryError) Error() string {
	return fmt.Sprintf("pool: the worker has %d bytes of memory: the limit is %d", e.rss, e.limit)
}

// kindOf says what went wrong in the words of the recovery table.
func kindOf(err error) recovery.Kind {
	switch e := err.(type) {
	case *LostError:
		return kindOfLoss(e)
	case *AbandonedError:
		if e.Stopped {
			return recovery.TimeoutKept
		}
		return recovery.TimeoutStuck
	case *HandlerError:
		return kindOfAnswer(e)
	case *UnknownCommandError, *RequestError, *TooLargeError:
		return recovery.BadRequest
	case *SessionLostError:
		if e.stuck {
			return recovery.TimeoutStuck
		}
		return recovery.SessionLost
	case *PoisonError:
		return recovery.Poison
	case *RetryBudgetError:
		return kindOf(e.Err)
	case *WaitError, *OverloadError, *SessionBusyError, *ClosedError, *leaseError:
		return recovery.NoWorker
	case *StartError:
		if _, late := errors.AsType[*TimeoutError](err); late {
			return recovery.StartTimeout
		}
		return recovery.StartFailed
	default:
		return recovery.Unexpected
	}
}

// kindOfLoss tells what a worker that was lost had of the request. A request that was not sent is safe to try again,
// however the worker ended; so that comes first.
func kindOfLoss(e *LostError) recovery.Kind {
	_, nonsense := errors.AsType[*wire.ProtocolError](e.Err)
	_, exited := errors.AsType[*ExitError](e.Err)
	switch {
	case e.Work == OutcomeNotRun:
		return recovery.LostUnsent
	case nonsense:
		return recovery.Protocol
	case exited:
		return recovery.Exited
	default:
		return recovery.LostInFlight
	}
}

// kindOfAnswer tells what a handler that failed says about its worker. Fatal outweighs Retryable.
func kindOfAnswer(e *HandlerError) recovery.Kind {
	switch {
	case e.Fatal:
		return recovery.HandlerFatal
	case e.outcome() == OutcomeNotRun:
		return recovery.BadRequest
	case e.Retryable:
		return recovery.HandlerRetry
	default:
		return recovery.HandlerError
	}
}

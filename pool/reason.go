package pool

import (
	"errors"
	"fmt"

	"github.com/fsmgen/fsmgen/pool/recovery"
)

// Reason is why a worker left, as a word for logs and metrics.
type Reason string

// The reasons that are the pool's own. A worker that failed left for the kind of its failure; see [recovery.Kind].
const (
	ReasonAge      Reason = "age"      // it was older than MaxWorkerAge
	ReasonRequests Reason = "requests" // it has had MaxWorkerRequests clients
	ReasonErrors   Reason = "errors"   // it has failed ErrorThreshold times
	ReasonMemory   Reason = "memory"   // it had more than MaxWorkerRSS
	ReasonIdle     Reason = "idle"     // nobody used it for MaxWorkerIdle
	ReasonShrink   Reason = "shrink"   // the pool has become smaller
	ReasonClosed   Reason = "closed"   // the pool drains or closes
	ReasonClient   Reason = "client"   // its client wanted it gone
	ReasonRecycled Reason = "recycled" // by [Pool.Recycle]
	ReasonHealth   Reason = "health"   // too many failures in a row
)

// LeaveError is why a worker that is well is asked to leave.
type LeaveError struct{ Reason Reason }

func (e *LeaveError) Error() string { return "pool: the worker leaves: " + string(e.Reason) }

// reasonOf puts what a worker noted into a word.
func reasonOf(err error) Reason {
	var kind recovery.Kind
	switch e := err.(type) {
	case nil:
		return ReasonHealth
	case *LeaveError:
		return e.Reason
	case *ExitError:
		kind = recovery.Exited
	case *TimeoutError:
		kind = recovery.StartTimeout
		if e.What != "StartupTimeout" {
			return ReasonHealth
		}
	case *MemoryError:
		kind = recovery.OutOfMemory
	default:
		if errors.Is(err, ErrClose) {
			return ReasonClient
		}
		if kind = kindOf(err); kind == recovery.Unexpected {
			return ReasonHealth
		}
	}
	return Reason(kind)
}

// MemoryError reports a worker that has gone over HardWorkerRSS.
type MemoryError struct{ RSS, Limit int64 }

func (e *MemoryError) Error() string {
	return fmt.Sprintf("pool: the worker has %d bytes of memory: the limit is %d", e.RSS, e.Limit)
}

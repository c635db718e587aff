package core

import (
	"fmt"
	"time"

	"github.com/fsmgen/fsmgen/generated/poolfsm"
)

// RefusalKind is why a request gets no worker.
type RefusalKind uint8

// The kinds of refusals.
const (
	Closed      RefusalKind = iota // the pool drains or has stopped
	QueueFull                      // MaxQueue requests wait
	TooLate                        // the request would wait longer than its deadline allows
	SessionBusy                    // the session's worker is busy, and the request does not wait
	SessionLost                    // the session has lost its state, which is told once
	WaitedOut                      // QueueTimeout is over
	NoShadow                       // no worker of the new version is free for a request that the old one has served
)

// Refusal reports a request that gets no worker.
type Refusal struct {
	Kind     RefusalKind
	Phase    poolfsm.State // of a Closed pool
	Session  string
	Queue    int           // tickets, of QueueFull and TooLate
	Limit    int           // of tickets, of QueueFull
	Estimate time.Duration // of TooLate: how long the request would wait, at least
	Left     time.Duration // of TooLate: until its deadline
	Waited   time.Duration
	Shortage *Shortage // of QueueFull and WaitedOut: why no worker serves; nil if one does
}

func (r *Refusal) Error() string {
	switch r.Kind {
	case Closed:
		return "core: the pool is " + r.Phase.String()
	case QueueFull:
		return fmt.Sprintf("core: %d requests wait: at most %d may", r.Queue, r.Limit)
	case TooLate:
		return fmt.Sprintf("core: the queue takes about %v: the deadline is in %v", r.Estimate, r.Left)
	case SessionBusy:
		return "core: the session's worker is busy"
	case SessionLost:
		return "core: the session has lost its state"
	case WaitedOut:
		return fmt.Sprintf("core: waited %v for a worker", r.Waited)
	case NoShadow:
		return "core: no worker of the new version is free"
	default:
		return "core: refused"
	}
}

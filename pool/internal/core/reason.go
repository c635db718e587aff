package core

import (
	"fmt"
	"time"

	"github.com/fsmgen/fsmgen/generated/breakerfsm"
	"github.com/fsmgen/fsmgen/generated/poolfsm"
	"github.com/fsmgen/fsmgen/generated/workerfsm"
)

// Reason is why a worker left, as a word for logs and metrics. A worker that failed left for the kind of its failure,
// see recovery.Kind.
type Reason string

// The reasons that are no failures of requests.
const (
	ReasonAge        Reason = "age"
	ReasonRequests   Reason = "requests"
	ReasonErrors     Reason = "errors"
	ReasonMemory     Reason = "memory"
	ReasonIdle       Reason = "idle"
	ReasonShrink     Reason = "shrink"
	ReasonClosed     Reason = "closed"
	ReasonClient     Reason = "client"
	ReasonRecycled   Reason = "recycled"
	ReasonUpgraded   Reason = "upgraded"
	ReasonRolledBack Reason = "rolled_back"
	ReasonHealth     Reason = "health"
)

// Cause is why a worker fails or leaves. The reasons that machines carry are causes.
type Cause struct {
	Reason    Reason
	Err       error // nil where the reason says it all
	Permanent bool  // of a failed start: another one would fail in the same way, or has no time left
}

func (e *Cause) Error() string {
	if e.Err == nil {
		return "the worker leaves: " + string(e.Reason)
	}
	return e.Err.Error()
}

func (e *Cause) Unwrap() error { return e.Err }

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

// Shortage is why no worker serves: more than that all are busy, which passes with the next answer.
type Shortage struct {
	Breaker  breakerfsm.State // of starts: while it is open no worker is started
	Starting int              // workers that are being started
	Degraded int              // workers that live and are not handed out
	Err      error            // of the last start, if it has failed
}

// Shortage returns why no worker serves, nil if one does.
func (c *Core) Shortage() *Shortage {
	s := &Shortage{Breaker: c.breaker.State(), Err: c.lastFailure}
	for _, w := range c.workers {
		switch w.machine.State() {
		case workerfsm.StateReady, workerfsm.StateBusy:
			return nil
		case workerfsm.StateInitializing:
			s.Starting++
		case workerfsm.StateDegraded:
			s.Degraded++
		}
	}
	return s
}

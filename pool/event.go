package pool

import (
	"time"

	"github.com/fsmgen/fsmgen/pool/internal/core"
	"github.com/fsmgen/fsmgen/pool/recovery"
)

// Observer gets every [Event] of a pool. Many goroutines call it at once, with no lock held: it must not block, and must not
// call the pool. A panic of an observer is logged, and has no further effect.
//
// The events of one request come in their order, except that its [EventCheckedOut] may come late: the goroutine that gave the
// worker back reports it. Events of different requests come in no order.
type Observer interface {
	ObservePool(Event)
}

// Event is one thing that happened in a pool: a value of one of the types EventCheckedOut, EventCheckedIn, EventExecuted,
// EventRetried, EventDecided, EventHealthChecked, EventWorkerReady, EventWorkerFailed, EventWorkerGone, EventSessionsMoved,
// EventSessionsLost, EventSessionsExpired, EventStateNotKept, EventResized, EventBreakerOpened, EventBreakerClosed and
// EventUpgrading. An observer tells them apart by a type switch.
//
// In all of them Worker is the id of a worker, unique over the life of the pool, and Version that of the worker's code. An Err
// is nil where nothing failed; it may wrap errors of this package and of package wire.
type Event interface{ isEvent() }

// EventCheckedOut reports that a request or a lease has got a worker.
type EventCheckedOut struct {
	Worker  uint64
	Version string
	Session string        // empty for work without a session
	Waited  time.Duration // in the queue; 0 where a worker was free
}

// EventCheckedIn reports that a request or a lease is done with its worker.
type EventCheckedIn struct {
	Worker  uint64
	Version string
	Session string        // empty for work without a session
	Held    time.Duration // since the checkout
	Err     error         // why it failed
}

// EventExecuted reports that a request has ended: once for each call of Execute, Stream and Lease.Execute, after all its
// attempts.
type EventExecuted struct {
	Worker  uint64 // that answered; 0 if none did
	Version string // of the worker that had the request last; empty if none had it
	Session string // empty for work without a session
	Command string
	// Declared reports that workers declare the command, or that one has answered it. A caller may ask for any name, so that
	// only such commands are fit for labels of metrics.
	Declared bool
	Took     time.Duration // since the call, the wait in the queue and all attempts included
	// Cancelled reports that the caller has cancelled its context, as the server of an HTTP client does that hangs up. That is no
	// failure of the pool: Err is set, and Failure is empty.
	Cancelled bool
	Failure   recovery.Kind // what went wrong; empty where nothing did
	Err       error         // as the caller got it
}

// EventRetried reports that a request has failed and is tried again.
type EventRetried struct {
	Session string // empty for work without a session
	Command string
	Delay   time.Duration // until the next attempt
	Failure recovery.Kind // what went wrong
	Err     error         // of the last attempt
}

// EventDecided reports what the recovery table says about a request that failed.
type EventDecided struct {
	Worker  uint64 // that had the request; 0 if none had it
	Version string // empty if no worker had it
	Failure recovery.Kind
	Action  recovery.Action // what becomes of the worker
	Err     error
}

// EventHealthChecked reports that a probe of a worker has ended.
type EventHealthChecked struct {
	Worker  uint64
	Version string
	Took    time.Duration
	Err     error // why the probe failed; nil if the worker is well
}

// EventWorkerReady reports that a worker serves from now on.
type EventWorkerReady struct {
	Worker  uint64
	Version string
	Took    time.Duration // since its process was asked for
}

// EventWorkerFailed reports a worker that has ended, or was ended, before it was ready.
type EventWorkerFailed struct {
	Worker  uint64
	Version string
	Err     error // a [StartError]
}

// EventWorkerGone reports that a process has ended and is reaped, once for each worker.
type EventWorkerGone struct {
	Worker  uint64
	Version string
	Reason  Reason        // why it left: one of this package's, or the [recovery.Kind] of what went wrong
	Age     time.Duration // since its process was asked for
	Err     error         // how it ended, or why it was ended
	Output  []string      // the last lines that it printed, as many as Config.OutputLines
}

// EventSessionsMoved reports that a worker that leaves has handed over the states of its sessions.
type EventSessionsMoved struct {
	Worker  uint64
	Version string
	Count   int // sessions
}

// EventSessionsLost reports that sessions have lost their state.
type EventSessionsLost struct {
	Worker  uint64 // that had them; 0 where only the pool had the state
	Version string // empty where Worker is 0
	Session string // empty for all sessions of a worker that is gone
	Count   int    // losses
}

// EventSessionsExpired reports sessions that no request has used for Sessions.SessionTimeout.
type EventSessionsExpired struct{ Count int }

// EventStateNotKept reports that the state of a session is larger than Sessions.MaxSnapshot. It comes once, until a state of
// that session has been kept again.
type EventStateNotKept struct {
	Session string
	Bytes   int
}

// EventResized reports that the pool wants another number of workers.
type EventResized struct{ Wanted int }

// EventBreakerOpened reports that starts have failed so often that none is tried for a while.
type EventBreakerOpened struct {
	Failures int           // in a row
	Pause    time.Duration // until the next start
	Err      error         // of the last start
}

// EventBreakerClosed reports that a worker has started again.
type EventBreakerClosed struct{}

// EventUpgrading reports that an upgrade has come to another phase, or to its end.
type EventUpgrading struct {
	Version string // the new one
	Phase   string // see [UpgradePhase]; at the end see [UpgradeReport.Outcome]
	Ended   bool
	Err     error // why the upgrade is rolled back, or was
}

func (EventCheckedOut) isEvent()      {}
func (EventCheckedIn) isEvent()       {}
func (EventExecuted) isEvent()        {}
func (EventRetried) isEvent()         {}
func (EventDecided) isEvent()         {}
func (EventHealthChecked) isEvent()   {}
func (EventWorkerReady) isEvent()     {}
func (EventWorkerFailed) isEvent()    {}
func (EventWorkerGone) isEvent()      {}
func (EventSessionsMoved) isEvent()   {}
func (EventSessionsLost) isEvent()    {}
func (EventSessionsExpired) isEvent() {}
func (EventStateNotKept) isEvent()    {}
func (EventResized) isEvent()         {}
func (EventBreakerOpened) isEvent()   {}
func (EventBreakerClosed) isEvent()   {}
func (EventUpgrading) isEvent()       {}

// eventOf makes the event of one of the core. The version is that of its worker; an upgrade has a version of its own.
func eventOf(e *core.Event, version string) Event {
	err := translate(e.Err)
	switch e.Kind {
	case core.CheckedOut:
		return EventCheckedOut{Worker: e.Worker, Version: version, Session: e.Session, Waited: e.Duration}
	case core.CheckedIn:
		return EventCheckedIn{Worker: e.Worker, Version: version, Session: e.Session, Held: e.Duration, Err: err}
	case core.Decided:
		return EventDecided{
			Worker: e.Worker, Version: version, Failure: recovery.Kind(e.Reason), Action: recovery.Action(e.Action), Err: err,
		}
	case core.WorkerReady:
		return EventWorkerReady{Worker: e.Worker, Version: version, Took: e.Duration}
	case core.WorkerFailed:
		return EventWorkerFailed{Worker: e.Worker, Version: version, Err: err}
	case core.WorkerGone:
		return EventWorkerGone{Worker: e.Worker, Version: version, Reason: Reason(e.Reason), Age: e.Duration, Err: err}
	case core.SessionsMoved:
		return EventSessionsMoved{Worker: e.Worker, Version: version, Count: e.Count}
	case core.SessionsLost:
		return EventSessionsLost{Worker: e.Worker, Version: version, Session: e.Session, Count: e.Count}
	case core.SessionsExpired:
		return EventSessionsExpired{Count: e.Count}
	case core.StateNotKept:
		return EventStateNotKept{Session: e.Session, Bytes: e.Count}
	case core.Resized:
		return EventResized{Wanted: e.Count}
	case core.BreakerOpened:
		return EventBreakerOpened{Failures: e.Count, Pause: e.Duration, Err: err}
	case core.BreakerClosed:
		return EventBreakerClosed{}
	case core.UpgradePhase:
		return EventUpgrading{Version: e.Version, Phase: e.Reason, Ended: isOutcome(e.Reason), Err: err}
	default:
		panic("pool: an event of the core is not known: " + string(e.Kind))
	}
}

package core

import (
	"time"

	fsm "github.com/fsmgen/fsmgen/runtime"
)

// EffectKind says what the owner of a [Core] has to do.
type EffectKind uint8

// The effects that concern a worker have to be carried out in the order in which they come, worker by worker. None of
// them may keep the others waiting: a Kill overtakes nothing and waits for nothing.
const (
	// Spawn starts a worker. Its outcome is reported by Started or StartFailed, and its end by Exited.
	Spawn EffectKind = iota
	// Shutdown sends the worker the message to finish and leave.
	Shutdown
	// Terminate sends SIGTERM.
	Terminate
	// Kill sends SIGKILL to the process group. If the process has not been started yet, it is not started.
	Kill
	// Probe asks the worker how it is. Its outcome is reported by Probed.
	Probe
	// Export asks for the state of the worker's sessions: NextExport, Exported, and ExportDone at the end.
	Export
	// Carry asks for a session to be carried to another worker, as Carriage has it. Its outcome is reported by Carried.
	Carry
	// Try asks for a state to be imported into the worker, as Trial has it. Its outcome is reported by Tried.
	Try
	// Drop lets the worker forget the Sessions.
	Drop

	// Granted gives the request of the Owner the Lease for which it has waited.
	Granted
	// Refused ends the request of the Owner, which has waited, with Err.
	Refused
	// Overdue says that the time of the request of the Owner, which has a lease, is up. It is still to be released.
	Overdue

	// SessionEnded says that a session has ended. The Owner has waited for that.
	SessionEnded

	// Serving says that enough workers are ready: the start has succeeded.
	Serving
	// StartEnded says that the start has failed because of Err. It comes at most once, and not after Serving.
	StartEnded
	// Stopped says that the pool has ended and no worker is left. It is the last effect.
	Stopped

	// Upgraded says that an upgrade has ended, as Upgrade has it.
	Upgraded

	// Measure asks for the memory of all workers, which is reported by Measured.
	Measure
	// Happened reports Event.
	Happened
	// Stepped reports Step, a step of a machine.
	Stepped
)

// Effect is one thing that the owner of a [Core] has to do. What its kind does not speak of is zero.
type Effect struct {
	Kind     EffectKind
	Worker   uint64
	Version  string // of a worker that is to be started
	Owner    any    // of the request, as Request.Owner
	Lease    Lease
	Sessions []SessionRef
	Err      error
	Event    Event
	Upgrade  *UpgradeReport
	Carriage *Carriage
	Trial    *Trial
	Info     *fsm.Info
	Step     fsm.Step
}

// SessionRef names the state of a session in a worker.
type SessionRef struct {
	Name       string
	Generation uint64
}

// HasEffects reports whether there is anything to be done.
func (c *Core) HasEffects() bool { return len(c.effects) > 0 }

// Effects returns what is to be done since the last call, in order. The slice is valid until the next call of any method.
func (c *Core) Effects() []Effect {
	effects := c.effects
	c.effects = c.effects[:0]
	return effects
}

// emit appends an effect. The owner takes it when the call has returned.
func (c *Core) emit(e Effect) { c.effects = append(c.effects, e) }

// EventKind is what happened.
type EventKind string

// The kinds of events.
const (
	CheckedOut      EventKind = "checked_out"
	CheckedIn       EventKind = "checked_in"
	Decided         EventKind = "decided"
	WorkerReady     EventKind = "worker_ready"
	WorkerFailed    EventKind = "worker_failed"
	WorkerGone      EventKind = "worker_gone"
	SessionsMoved   EventKind = "sessions_moved"
	SessionsLost    EventKind = "sessions_lost"
	SessionsExpired EventKind = "sessions_expired"
	StateNotKept    EventKind = "state_not_kept"
	BreakerOpened   EventKind = "breaker_opened"
	BreakerClosed   EventKind = "breaker_closed"
	Resized         EventKind = "resized"
	UpgradePhase    EventKind = "upgrade_phase"
)

// Event is something that happened. What a kind does not speak of is zero.
type Event struct {
	Kind     EventKind
	Worker   uint64
	Version  string // of UpgradePhase: the new one
	Session  string
	Reason   string
	Action   string
	Count    int
	Duration time.Duration
	Err      error
}

// report emits an event about something that has happened. Observers see it without the lock.
func (c *Core) report(e Event) { c.emit(Effect{Kind: Happened, Worker: e.Worker, Event: e}) }

// steps collects the steps of machines as effects, so that observers see them without the lock of the owner.
type steps struct{ c *Core }

// Observe is called by the machines.
func (s steps) Observe(info *fsm.Info, step fsm.Step) {
	s.c.emit(Effect{Kind: Stepped, Info: info, Step: step})
}

package core

import (
	"testing"
	"time"

	"github.com/fsmgen/fsmgen/pool/recovery"
)

// world carries out the effects of a core: processes start and end at once unless a test says otherwise. Its clock moves
// only in wait.
type world struct {
	*Core
	t   *testing.T
	now Time

	broken bool // processes that are started fail
	slow   bool // processes are started by the test
	deaf   bool // processes do not leave when they are told to
	mute   bool // processes do not answer probes
	sick   error

	granted  map[any]Lease
	refused  map[any]error
	overdue  []any
	ended    map[any]bool // owners whose sessions have ended
	events   []Event
	spawned  int
	killed   []uint64
	dropped  []string
	probed   []uint64
	asked    []string // sessions whose state was asked for
	stopped  bool
	carried  []*Carriage             // that were asked for; the test says what has become of them
	trials   []*Trial                // that were asked for
	hold     bool                    // trials are ended by the test
	refuses  map[string]CarryOutcome // what becomes of the trial of a session, CarryDone for those that it does not name
	upgraded []*UpgradeReport
	ticked   func()               // runs after each call that wait makes
	exported map[string]*Snapshot // what workers answer for the state of a session
}

// newWorld returns a core whose workers are ready. The configuration is a plain one that change may change.
func newWorld(t *testing.T, change func(*Config)) *world {
	t.Helper()
	config := Config{
		Name: "test", Min: 2, Max: 2, Slots: 1,
		StartTimeout: time.Minute, StartupTimeout: 30 * time.Second, StartAttempts: 3, ParallelStarts: 4,
		QueueTimeout: 5 * time.Second, MaxQueue: 1000, MaxAttempts: 3, SpillAfter: 100 * time.Millisecond,
		SessionTimeout: 5 * time.Minute, SessionCleanup: time.Minute, MaxSessions: 1000,
		MaxSnapshot: 1000, MaxSnapshots: 10_000,
		HealthCheckInterval: 30 * time.Second, DegradedProbeDelay: 5 * time.Second, MaxHealthFailures: 3,
		Recovery: recovery.Default(), BreakerThreshold: 5, BreakerCoolDown: 30 * time.Second, MaxUnavailable: 1,
		GrowAfter: 100 * time.Millisecond, GrowCooldown: time.Second, ShrinkAfter: time.Minute, ShrinkCooldown: time.Minute,
		ExportTimeout: 5 * time.Second, ShutdownTimeout: 30 * time.Second, ShutdownGrace: time.Second, Events: true, Seed: 1,
	}
	if change != nil {
		change(&config)
	}
	w := &world{t: t, Core: New(config, 0), granted: map[any]Lease{}, refused: map[any]error{}, exported: map[string]*Snapshot{}, ended: map[any]bool{}}
	w.settle()
	return w
}

// settle carries out effects until there are none, and checks the invariants of the core.
func (w *world) settle() {
	w.t.Helper()
	for {
		effects := append([]Effect(nil), w.Effects()...)
		if len(effects) == 0 {
			break
		}
		for _, e := range effects {
			w.carryOut(e)
		}
	}
	if err := w.Check(); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) carryOut(e Effect) {
	switch e.Kind {
	case Spawn:
		w.spawned++
		switch {
		case w.broken:
			w.StartFailed(w.now, e.Worker, errBroken, false)
			w.Exited(w.now, e.Worker, errBroken)
		case !w.slow:
			w.Started(w.now, e.Worker)
		}
	case Shutdown, Terminate:
		if !w.deaf {
			w.Exited(w.now, e.Worker, nil)
		}
	case Kill:
		w.killed = append(w.killed, e.Worker)
		w.Exited(w.now, e.Worker, nil)
	case Probe:
		w.probed = append(w.probed, e.Worker)
		if !w.mute {
			w.Probed(w.now, e.Worker, w.sick)
		}
	case Export:
		for ref, more := w.NextExport(w.now, e.Worker); more; ref, more = w.NextExport(w.now, e.Worker) {
			w.asked = append(w.asked, ref.Name)
			w.Exported(w.now, e.Worker, ref, w.exported[ref.Name])
		}
		w.ExportDone(w.now, e.Worker)
	case Drop:
		for _, ref := range e.Sessions {
			w.dropped = append(w.dropped, ref.Name)
		}
	case Granted:
		w.granted[e.Owner] = e.Lease
	case Refused:
		w.refused[e.Owner] = e.Err
	case SessionEnded:
		w.ended[e.Owner] = true
	case Overdue:
		w.overdue = append(w.overdue, e.Owner)
	case Happened:
		w.events = append(w.events, e.Event)
	case Carry:
		w.carried = append(w.carried, e.Carriage)
	case Try:
		w.trials = append(w.trials, e.Trial)
		if !w.hold {
			w.Tried(w.now, e.Trial, w.refuses[e.Trial.Session.Name], errBroken)
		}
	case Upgraded:
		w.upgraded = append(w.upgraded, e.Upgrade)
	case Stopped:
		w.stopped = true
	}
}

// wait lets the time pass. It returns how often the core was called for it.
func (w *world) wait(d time.Duration) (ticks int) {
	w.t.Helper()
	end := w.now + d
	for {
		at, armed := w.Deadline()
		if !armed || at > end {
			w.now = end
			return ticks
		}
		w.now = max(w.now, at)
		w.Tick(w.now)
		ticks++
		if w.ticked != nil {
			w.ticked()
		}
		w.settle()
	}
}

// acquire returns the lease of a request that does not have to wait.
func (w *world) acquire(r Request) Lease {
	w.t.Helper()
	l, ticket, err := w.Acquire(w.now, r)
	w.settle()
	if err != nil || ticket != nil {
		w.t.Fatalf("Acquire(%+v) = ticket %v, %v; want a lease", r, ticket, err)
	}
	return l
}

// enqueue returns the ticket of a request that has to wait.
func (w *world) enqueue(r Request) *Ticket {
	w.t.Helper()
	_, ticket, err := w.Acquire(w.now, r)
	w.settle()
	if err != nil || ticket == nil {
		w.t.Fatalf("Acquire(%+v) = %v, ticket %v; want a ticket", r, err, ticket)
	}
	return ticket
}

func (w *world) release(l Lease, v Verdict) recovery.Decision {
	w.t.Helper()
	d := w.Release(w.now, &l, &v)
	w.settle()
	return d
}

// serve runs one request of a session, whose answer leaves state on the worker. It returns the lease.
func (w *world) serve(r Request, learned Learned) Lease {
	w.t.Helper()
	l := w.acquire(r)
	w.release(l, Verdict{Learned: learned})
	return l
}

// exit ends the process of a worker.
func (w *world) exit(id uint64) {
	w.t.Helper()
	w.Exited(w.now, id, errBroken)
	w.settle()
}

func (w *world) count(kind EventKind) (n int) {
	for _, e := range w.events {
		if e.Kind == kind {
			n++
		}
	}
	return n
}

type testError string

func (e testError) Error() string { return string(e) }

const errBroken = testError("broken")

// ran is what an answer shows of a session whose handler ran.
var ran = Learned{Ran: true}

// saved is ran with the state of the session.
func saved(data string) Learned {
	return Learned{Ran: true, State: &Snapshot{Data: []byte(data)}}
}

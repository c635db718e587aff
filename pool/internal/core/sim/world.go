package sim

import (
	"fmt"
	"slices"
	"time"

	"github.com/fsmgen/fsmgen/pool/internal/core"
	"github.com/fsmgen/fsmgen/pool/recovery"
)

// world is everything around a core.
type world struct {
	trace
	source  *source
	core    *core.Core
	config  core.Config
	now     core.Time
	steps   int
	rounds  int  // calls of settle
	calm    bool // nothing goes wrong from now on
	deaths  bool // workers die by themselves in this schedule
	kept    bool // every answer brings the state of its session along
	later   []happening
	number  int // of happenings so far
	workers map[uint64]*process
	pending []*call // requests that wait for a worker, oldest first
	active  []*call // requests that have one
	history map[string]*account
	totals  totals
	doomed  []*process // that are to be killed
	queued  int        // requests that waited when the last one came
	resized core.Time

	version  string // of the workers; during an upgrade from is the same
	from, to string // of the last upgrade
	faults   map[string]fault
	outcomes []*core.UpgradeReport
	onTheWay map[string]int // carriages of a session
	verified bool           // the last upgrade is done, and its report says that no state was left untried
	named    []string       // sessions whose states the last upgrade has reported as refused
	phased   core.Time      // when the phase of an upgrade changed last

	steady     bool    // everything takes a few milliseconds
	over       bool    // clients stop asking
	unexpected []error // of requests that failed while nothing was wrong with their worker; where steady
	failure    error
	stopped    bool
}

// happening is something that the world does at an instant.
type happening struct {
	at     core.Time
	number int
	do     func()
}

// process is a worker as it really is.
type process struct {
	id      uint64
	version string
	slots   int
	ready   bool // Started was reported
	exited  bool // Exited was reported
	dying   bool
	leaves  bool // it was told to
	deaf    bool // it does not react to polite messages
	active  int  // requests
	uses    int
	hard    int // how many it may serve at most; 0 for any number
	states  map[string]state
	exports bool
	keeps   bool // it cannot be told to forget sessions
}

// state is the state of a session on a worker, or in a snapshot: how many requests have made it what it is.
type state struct {
	generation uint64
	count      int
}

// totals are what the effects have reported.
type totals struct {
	ready, gone, out, in, over, lost, told int
	left                                   map[string]int
}

func newWorld(s *source, keep bool) *world {
	w := &world{
		trace: trace{keep: keep}, source: s, workers: map[uint64]*process{}, history: map[string]*account{},
		deaths: s.below(3) > 0, kept: s.below(2) == 1, totals: totals{left: map[string]int{}}, version: "v0", faults: map[string]fault{}, onTheWay: map[string]int{},
	}
	w.config = w.newConfig()
	w.core = core.New(w.config, 0)
	return w
}

func (w *world) newConfig() core.Config {
	s := w.source
	least := 1 + s.below(4)
	c := core.Config{
		Name: "sim", Version: "v0", Min: least, Max: least + s.below(3), Slots: pick(s, 1, 2, 4),
		StartTimeout: time.Minute, StartupTimeout: 10 * time.Second, StartAttempts: 3, ParallelStarts: pick(s, 2, 1),
		QueueTimeout: pick(s, 5*time.Second, time.Second), MaxQueue: pick(s, 1000, 3, -1), MaxAttempts: 3, SpillAfter: 100 * time.Millisecond,
		SessionTimeout: pick(s, 5*time.Minute, 10*time.Second, -1), SessionCleanup: pick(s, time.Minute, time.Second),
		MaxSessions: pick(s, 10000, 2, 1, -1), MaxSnapshot: pick(s, 1000, 5, -1), MaxSnapshots: pick(s, 100000, 12, -1),
		HealthCheckInterval: pick(s, 30*time.Second, 2*time.Second, -1), DegradedProbeDelay: 5 * time.Second, MaxHealthFailures: pick(s, 3, 1),
		Recovery: recovery.Default(), BreakerThreshold: pick(s, 5, 2), BreakerCoolDown: 30 * time.Second,
		MaxWorkerAge: pick(s, -1, time.Minute), MaxWorkerIdle: pick(s, -1, 20*time.Second),
		MaxWorkerRequests: pick(s, -1, 20, 3), HardWorkerRequests: pick(s, -1, -1, 4, 1), ErrorThreshold: pick(s, -1, 3),
		MaxWorkerRSS: pick[int64](s, -1, 100), HardWorkerRSS: pick[int64](s, -1, 200), MaxUnavailable: pick(s, 1, 2),
		GrowAfter: 100 * time.Millisecond, GrowCooldown: time.Second, ShrinkAfter: pick(s, time.Minute, 3*time.Second), ShrinkCooldown: pick(s, 30*time.Second, time.Second),
		ExportTimeout: 5 * time.Second, ShutdownTimeout: pick(s, 30*time.Second, 2*time.Second), ShutdownGrace: time.Second,
		Batch: pick(s, 0, 1), Events: true, Seed: uint64(s.below(1 << 16)), History: pick(s, 0, 4),
	}
	return c
}

// in lets something happen after a while.
func (w *world) in(d time.Duration, do func()) {
	w.number++
	h := happening{at: w.now + d, number: w.number, do: do}
	at, _ := slices.BinarySearchFunc(w.later, h, func(a, b happening) int {
		if a.at != b.at {
			return int(min(max(a.at-b.at, -1), 1))
		}
		return a.number - b.number
	})
	w.later = slices.Insert(w.later, at, h)
}

// fail notes the first violation.
func (w *world) fail(format string, args ...any) {
	if w.failure == nil {
		w.failure = fmt.Errorf("step %d at %v: %w", w.steps, w.now, fmt.Errorf(format, args...))
	}
}

// settle carries out effects until there are none, and checks the invariants.
func (w *world) settle() {
	for {
		effects := slices.Clone(w.core.Effects())
		if len(effects) == 0 {
			break
		}
		for _, e := range effects {
			if e.Kind == core.Happened && e.Event.Kind == core.UpgradePhase {
				w.phased = w.now
				w.checkPhase(e.Event.Reason) // before anything else happens
			}
		}
		for _, e := range effects {
			w.carryOut(e)
		}
	}
	if w.rounds++; w.steady && w.rounds%16 > 0 {
		return // nothing goes wrong in this world that the check would be needed for at every step
	}
	if err := w.core.Check(); err != nil {
		w.fail("%w", err)
	}
	for _, c := range w.active {
		if c.limit > 0 && w.now > c.limit && !c.overdue && !c.ended && !w.stopped && !w.due() {
			w.fail("request %d has a worker for longer than its timeout", c.number)
		}
	}
	for _, p := range w.doomed {
		if !p.dying && !p.exited {
			w.fail("worker %d is of no more use and is not killed", p.id)
		}
	}
	w.doomed = nil
	stats := w.core.Stats()
	w.checkGrowth(&stats)
	w.checkForgotten()
	w.checkTotals(&stats)
}

// due reports whether the core has something to do that it has not done yet.
func (w *world) due() bool {
	at, armed := w.core.Deadline()
	return armed && at <= w.now
}

// checkGrowth: a pool that may grow does so when a request has waited.
func (w *world) checkGrowth(s *core.Stats) {
	if len(w.pending) == 0 || w.stopped || s.Phase == "draining" || s.Wanted >= w.config.Max {
		return
	}
	since := max(w.pending[0].since+w.config.GrowAfter, w.resized+w.config.GrowCooldown)
	if w.now > since && !w.due() {
		w.fail("a request has waited since %v, and the pool does not grow", w.pending[0].since)
	}
}

// checkForgotten: a worker that lives has no state of a session that is not bound to it.
func (w *world) checkForgotten() {
	if w.steps%4 > 0 {
		return
	}
	for _, id := range w.ids() {
		p := w.workers[id]
		if p.keeps || p.leaves || !p.ready {
			continue
		}
		for session := range p.states {
			if bound, _ := w.core.Lookup(session); bound != id {
				w.fail("worker %d has the state of session %q, which is bound to worker %d", id, session, bound)
			}
		}
	}
}

func (w *world) checkTotals(s *core.Stats) {
	t := &w.totals
	left := 0
	for reason, n := range s.Left {
		left += int(n)
		if t.left[string(reason)] != int(n) {
			w.fail("%d workers left because of %s, %d events", n, reason, t.left[string(reason)])
		}
	}
	for _, p := range []struct {
		what           string
		events, counts int
	}{
		{"ready", t.ready, int(s.Started)},
		{"gone", t.gone, left},
		{"checkouts", t.out, int(s.Leases)},
		{"busy", t.out - t.in, len(w.active)},
		{"expired sessions", t.over, int(s.Sessions.Expired)},
		{"waiting", len(w.pending), s.Waiting},
		{"told losses", t.told, int(s.Sessions.Reported)},
	} {
		if p.events != p.counts {
			w.fail("%s: %d events, %d in the statistics", p.what, p.events, p.counts)
		}
	}
	if t.lost > int(s.Sessions.Lost) {
		w.fail("%d losses were reported, %d in the statistics", t.lost, s.Sessions.Lost)
	}
}

// carryOut does what the owner of a core does with an effect.
func (w *world) carryOut(e core.Effect) {
	switch e.Kind {
	case core.Happened:
		w.logf("%v event %s worker %d session %q %s %s %d %v", w.now, e.Event.Kind, e.Event.Worker, e.Event.Session, e.Event.Reason, e.Event.Action, e.Event.Count, e.Event.Duration)
		w.count(e.Event)
		return
	case core.Granted, core.Refused, core.Overdue:
		w.answer(e)
		return
	case core.SessionEnded:
		w.sessionEnded(e.Owner.(*sessionEnd))
		return
	case core.Measure:
		w.in(0, w.measure)
		return
	}
	w.logf("%v effect %d worker %d %v", w.now, e.Kind, e.Worker, e.Err)
	switch e.Kind {
	case core.Spawn:
		w.spawn(e.Worker, e.Version)
		return
	case core.Serving, core.StartEnded:
		return
	case core.Upgraded:
		w.upgraded(e.Upgrade)
		return
	case core.Stopped:
		if w.stopped {
			w.fail("the pool stops twice")
		}
		w.stopped = true
		return
	}
	p := w.workers[e.Worker]
	if p == nil || p.exited {
		if e.Kind != core.Kill && e.Kind != core.Drop {
			w.fail("effect %d for worker %d, which is gone", e.Kind, e.Worker)
		}
		return
	}
	p.leaves = p.leaves || e.Kind == core.Shutdown || e.Kind == core.Kill || e.Kind == core.Export
	switch e.Kind {
	case core.Shutdown:
		if !p.deaf || w.calm {
			w.exit(p, w.delay(), "exit status 0")
		}
	case core.Terminate:
		if !w.source.oneIn(3) {
			w.exit(p, w.delay(), "terminated")
		}
	case core.Kill:
		w.exit(p, time.Duration(w.source.below(50))*time.Millisecond, "killed")
	case core.Probe:
		w.probe(p)
	case core.Export:
		if p.exports {
			w.fail("worker %d exports twice", p.id)
		}
		p.exports = true
		w.export(p)
	case core.Carry:
		w.carry(p, e.Carriage)
	case core.Try:
		w.try(p, e.Trial)
	case core.Drop:
		for _, ref := range e.Sessions {
			if p.keeps {
				break
			}
			if s, ok := p.states[ref.Name]; ok && s.generation <= ref.Generation {
				delete(p.states, ref.Name)
			}
		}
	}
}

// measure reports the memory of every worker, which changes from one time to the next.
func (w *world) measure() {
	for _, id := range w.ids() {
		w.core.Measured(w.now, id, pick(w.source, int64(10), 150, 10, 250))
	}
}

func (w *world) count(e core.Event) {
	t := &w.totals
	switch e.Kind {
	case core.WorkerReady:
		t.ready++
	case core.WorkerGone:
		t.gone++
		t.left[e.Reason]++
	case core.Resized:
		w.resized = w.now
	case core.CheckedOut:
		t.out++
	case core.CheckedIn:
		t.in++
	case core.SessionsExpired:
		t.over += e.Count
	case core.SessionsLost:
		t.lost += e.Count
	}
}

package core

import (
	"math/rand/v2"
	"slices"

	"github.com/fsmgen/fsmgen/generated/breakerfsm"
	"github.com/fsmgen/fsmgen/generated/poolfsm"
	"github.com/fsmgen/fsmgen/pool/recovery"
	fsm "github.com/fsmgen/fsmgen/runtime"
)

// Core is a pool. Its methods must not be called at the same time. Each takes the time, which never goes back: an
// earlier time than that of the call before counts as that.
type Core struct {
	config Config
	now    Time
	clock  *fsm.Clock // of all machines; follows now
	random *rand.Rand

	pool    *poolfsm.Machine
	breaker *breakerfsm.Machine

	workers []*worker // every worker that is not reaped, oldest first
	lastID  uint64
	stable  *version // of the workers; during an upgrade the one that is replaced
	upgrade *upgrade // nil while there is none
	size    sizing

	shared  lane   // requests that any worker may serve
	waiting int    // tickets
	tickets uint64 // so far
	// All tickets in the order in which they came.
	firstTicket, lastTicket *Ticket
	candidates              []*Ticket // that may be served since the running call began
	pace                    pace
	budget                  budget

	sessions  table
	snapshots snapshots
	sweeping  []*worker // gone, and their sessions are still to be detached
	dropping  []*worker // with states that they are still to be told to forget
	endings   []ending  // that wait, in the order in which they came
	unsettled []*worker // reaped, with leases that were late: see Settled

	timers        heap[*timer]
	timerOrder    uint64
	poolTimer     timer
	breakerTimer  timer
	manageTimer   timer
	expireTimer   timer
	measureTimer  timer
	upgradeTimer  timer
	effects       []Effect
	inbox         []message
	changed       bool  // something that decides about the number of workers has changed
	firstFailure  error // of a start
	lastFailure   error // of a start; nil since a worker has started again
	decided       bool  // the start has succeeded or failed
	stopped       bool
	lowered       bool   // MaxSessions was: workers may have more sessions than that
	upgrades      uint16 // so far, but 0 is left out
	failedStarts  int    // as the last pause between starts counted them
	unusedWorkers int    // workers in a row that went away young, before a request had used them
	notBefore     Time
	counters      counters
}

// New returns a pool that has no worker yet, and the effects that start it.
func New(config Config, now Time) *Core {
	c := &Core{
		config: config, now: now, clock: fsm.NewVirtualClockAt(config.Start),
		random:    rand.New(rand.NewPCG(config.Seed, config.Seed)),
		timers:    newTimers(),
		stable:    newVersion(config.Version),
		shared:    newLane(),
		poolTimer: timer{kind: timerPool}, breakerTimer: timer{kind: timerBreaker},
		manageTimer: timer{kind: timerManage}, expireTimer: timer{kind: timerExpire}, measureTimer: timer{kind: timerMeasure},
		upgradeTimer: timer{kind: timerUpgrade},
		budget:       budget{tenths: maxBudget},
	}
	if config.Batch == 0 {
		c.config.Batch = defaultBatch
	}
	c.size.wanted, c.size.grown, c.size.shrunk = config.Min, never, never
	c.sessions.init(config.SessionTimeout)
	c.snapshots.one, c.snapshots.all, c.snapshots.lost = config.MaxSnapshot, config.MaxSnapshots, c.settleEvicted
	c.snapshots.oversize = func(s *session, size int) {
		c.report(Event{Kind: StateNotKept, Session: s.name, Count: size})
	}
	c.begin(now)
	c.startMachines()
	c.armExpire()
	c.armMeasure()
	c.changed = true
	c.end()
	return c
}

// begin is the first step of every exported method that changes something.
func (c *Core) begin(now Time) {
	c.now = max(c.now, now)
	c.clock.Advance(c.now)
}

// end is the last step of every exported method that changes something: it delivers messages between machines until
// there are none, and decides about the number of workers if something has changed.
func (c *Core) end() {
	if len(c.sweeping) > 0 {
		c.sweep(c.config.Batch)
	}
	c.settle()
	for len(c.endings) > 0 && c.endSessions() {
		c.settle() // a worker may have room for another session now
	}
	if len(c.dropping) > 0 {
		c.flushDrops()
	}
}

// settle does what the running call has led to, until nothing is left to do.
//
// Each of the three may lead to more of the others. Example: a message tells the pool's machine that a worker is ready;
// its hook asks for manage, which asks another worker to leave; the machine of that one posts a message. It ends because
// every message is about a step that a machine has taken, and machines take finitely many steps without an event from
// outside.
func (c *Core) settle() {
	for len(c.inbox) > 0 || len(c.candidates) > 0 || c.changed {
		c.deliver()
		c.tryCandidates()
		if c.changed {
			c.changed = false
			c.manage()
		}
	}
}

// message is something that one machine has to tell another one.
type message struct {
	kind   messageKind
	worker *worker
	err    error
}

// messageKind says what a message tells, and which machine it is for.
type messageKind uint8

const (
	workerReady   messageKind = iota // of a worker, to the pool
	workerRemoved                    // like workerReady
	startFailed                      // like workerReady
	drainWorkers                     // of the pool, to every worker
	stopWorkers                      // like drainWorkers
	startWorked                      // to the breaker
	startBroke                       // like startWorked
	newReady                         // of a worker of the new version, to the upgrade
	newFailed                        // like newReady
	workerLeft                       // of a worker, to the upgrade: one serves no more
	upgradeEnds                      // of the pool, to the upgrade
)

// post puts a message in the inbox. It is what a hook does in place of a step of another machine.
func (c *Core) post(m message) { c.inbox = append(c.inbox, m) }

// deliver hands every message to its machine.
func (c *Core) deliver() {
	for i := 0; i < len(c.inbox); i++ {
		m := c.inbox[i]
		c.inbox[i] = message{}
		c.handle(m)
	}
	c.inbox = c.inbox[:0]
}

// handle ignores the errors of the machines: a machine refuses an event in a state that has no use for it, such as a
// worker that leaves already.
func (c *Core) handle(m message) {
	switch m.kind {
	case workerReady:
		_ = c.pool.WorkerReady(m.worker.id)
	case workerRemoved:
		_ = c.pool.WorkerRemoved(m.worker.id)
	case startFailed:
		_ = c.pool.StartFailed(m.worker.id, m.err)
	case drainWorkers, stopWorkers:
		for _, w := range slices.Clone(c.workers) {
			c.leave(w, m.kind == stopWorkers, ReasonClosed)
		}
		return
	case newReady, newFailed, workerLeft, upgradeEnds:
		c.tellUpgrade(m)
		return
	case startWorked:
		_ = c.breaker.Success()
		c.refreshBreaker()
		return
	case startBroke:
		_ = c.breaker.Failure(m.err)
		c.refreshBreaker()
		return
	}
	c.refreshPool()
}

// Drain refuses requests from here on. Requests of leases may finish within ShutdownTimeout.
func (c *Core) Drain(now Time) {
	c.begin(now)
	_ = c.pool.Drain() // a pool that drains or has stopped ignores it
	c.refreshPool()
	c.end()
}

// Close refuses requests from here on, and tells every worker to leave at once.
func (c *Core) Close(now Time) {
	c.begin(now)
	_ = c.pool.Close() // like Drain
	c.refreshPool()
	c.end()
}

// Kill is Close that does not wait for a worker: each one is killed.
func (c *Core) Kill(now Time) {
	c.Close(now)
	for _, w := range c.workers {
		c.emit(Effect{Kind: Kill, Worker: w.id})
	}
}

// Phase is the state of the pool's machine.
func (c *Core) Phase() poolfsm.State { return c.pool.State() }

// open reports whether the pool takes requests and starts workers.
func (c *Core) open() bool { return c.pool.State().In(poolfsm.StateOpen) }

// Reconfigure replaces the configuration. Name, Version, Start, Seed, SessionTimeout and the bounds of snapshots stay as they
// are. What a worker is told when it starts, such as Slots, holds for workers that start from then on.
func (c *Core) Reconfigure(now Time, config Config) {
	c.begin(now)
	old := c.config
	config.Name, config.Start, config.Seed, config.Batch = old.Name, old.Start, old.Seed, old.Batch
	config.Version = old.Version
	config.SessionTimeout, config.MaxSnapshot, config.MaxSnapshots = old.SessionTimeout, old.MaxSnapshot, old.MaxSnapshots
	c.lowered = c.lowered || (config.MaxSessions >= 0 && (old.MaxSessions < 0 || config.MaxSessions < old.MaxSessions))
	c.config = config
	c.armMeasure()
	for _, w := range slices.Clone(c.workers) {
		c.planProbe(w)
		c.place(w) // MaxSessions may have been raised
	}
	_ = c.pool.Resized() // a pool that drains ignores it
	c.refreshPool()
	c.changed = true
	c.end()
}

// Recycle replaces a worker: when another one is ready, it finishes its requests, its sessions are exported, and it
// leaves. It returns false if there is no such worker.
func (c *Core) Recycle(now Time, id uint64) bool {
	c.begin(now)
	w := c.find(id)
	if w == nil {
		return false
	}
	w.recycle = ReasonRecycled
	c.changed = true
	c.end()
	return true
}

// Config returns the configuration as it is now.
func (c *Core) Config() Config { return c.config }

// decide looks a failure up in the recovery table.
func (c *Core) decide(kind recovery.Kind, s recovery.Snapshot) recovery.Decision {
	s.Random = c.random.Float64()
	return c.config.Recovery.Decide(kind, s)
}

// find returns the worker with this id, nil if it is reaped.
func (c *Core) find(id uint64) *worker {
	i, ok := slices.BinarySearchFunc(c.workers, id, func(w *worker, id uint64) int {
		switch {
		case w.id < id:
			return -1
		case w.id > id:
			return 1
		}
		return 0
	})
	if !ok {
		return nil
	}
	return c.workers[i]
}

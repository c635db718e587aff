package core

import (
	"fmt"

	"github.com/fsmgen/fsmgen/generated/workerfsm"
	fsm "github.com/fsmgen/fsmgen/runtime"
)

// worker is one worker. Its machine owns its lifecycle, its health and how many leases it has; the rest is what
// choosing a worker takes.
type worker struct {
	core    *Core
	id      uint64
	version *version
	machine *workerfsm.Machine
	state   workerfsm.State // of the machine, when the core looked last
	history *fsm.History    // nil where none is kept
	born    Time
	limits  limits
	rss     int64 // bytes, as measured last; 0 where that is unknown

	leases []leaseRecord // one for each slot
	unused int32         // the first lease record that is not in use; -1 for none
	used   Time          // when a lease ended last

	queue    heap[*Ticket] // waiting requests of sessions that have their state here
	sessions *session      // the first of those that are bound to the worker
	count    int           // of them

	idleLevel     int // of idleWorkers.levels that has the worker; -1 for none
	prev, next    *worker
	sessionsPlace int32 // in Core.bySessions

	probing      bool // a probe is under way
	machineTimer timer
	probeTimer   timer
	ageTimer     timer

	reason     *Cause // why it leaves; the first one counts
	asked      bool   // it was told to leave when its requests have ended, at askedAt
	askedAt    Time
	atOnce     bool // it was told to leave without the time for its requests
	carrying   bool // its sessions are carried to workers of another version, until carryUntil
	carryUntil Time
	carriages  int // sessions that are on their way from it
	imports    int // carriages and trials that are on their way to it

	importsSuspect bool // the one on its way is of a suspect: see noteDeath
	diedImporting  bool // a state was on its way when it died
	incoming       int  // sessions that are on their way to it

	spreading   bool // its next session waits, until spreadUntil, for a worker with fewer sessions: see receiver
	spreadUntil Time

	recycle Reason       // it is to be recycled; empty for not
	leaving bool         // it is being recycled: it leaves when a replacement is ready
	drops   []SessionRef // states that the worker is still to be told to forget
	gone    bool         // it serves no more: what is bound to it is to be detached
	moved   int          // sessions that have been exported
	lost    int          // sessions that lost their state with the worker, since that was reported
}

// add starts a worker of that version.
func (c *Core) add(v *version) {
	c.lastID++
	w := &worker{
		core: c, id: c.lastID, version: v, born: c.now, used: c.now, limits: c.config.limits(c.random.Float64()),
		leases: make([]leaseRecord, c.config.Slots), queue: newTicketHeap(own), idleLevel: -1,
	}
	for i := range w.leases {
		w.leases[i].next = int32(i + 1)
		w.leases[i].timer = timer{kind: timerRequest, lease: &w.leases[i]}
	}
	w.leases[len(w.leases)-1].next = -1
	w.machineTimer = timer{kind: timerMachine, worker: w}
	w.probeTimer = timer{kind: timerProbe, worker: w}
	w.ageTimer = timer{kind: timerAge, worker: w}
	c.workers = append(c.workers, w)
	_ = c.pool.WorkerAdded(w.id) // the pool is open: manage has looked
	c.startWorkerMachine(w)
	c.stepped(w)
}

// startWorkerMachine makes the machine of a worker. Its start emits Spawn.
func (c *Core) startWorkerMachine(w *worker) {
	config := &c.config
	h := workerHooks{w}
	if config.History > 0 {
		w.history = fsm.NewHistory(config.History)
	}
	machine, err := workerfsm.NewWith(
		workerfsm.Hooks{Worker: h, Process: h, Health: h, Affinity: h, Recovery: h},
		workerfsm.Params{
			StartupTimeout: config.StartupTimeout, DrainTimeout: config.ShutdownTimeout, ExportTimeout: config.ExportTimeout,
			ShutdownGrace: config.ShutdownGrace, KillTimeout: 2 * config.ShutdownGrace,
			MaxHealthFailures: config.MaxHealthFailures, Slots: config.Slots,
		},
		fsm.BareConfig{
			Name: fmt.Sprintf("%s/worker-%d", config.Name, w.id), Clock: c.clock, History: w.history, Observer: c.stepObserver(),
		})
	if err != nil {
		panic(fmt.Sprintf("core: the machine of a worker: %v", err)) // the configuration was checked
	}
	w.machine = machine
}

// stepObserver is nil where nothing wants steps, which lets the machines do without recording them.
func (c *Core) stepObserver() fsm.Observer {
	if !c.config.Steps {
		return nil
	}
	return steps{c}
}

// stepped follows every step of a worker's machine but those of checkout and checkin, which take a shorter way.
//
// Machines have no timers of their own here. The core asks each one after its step what is due next, and keeps one timer
// for it; Expire also handles what is due already.
func (c *Core) stepped(w *worker) {
	serving := w.serving()
	next, armed := w.machine.Expire()
	if serving && !w.serving() {
		w.markLate() // the only time-outs there are those of draining
	}
	c.armUntil(&w.machineTimer, next, armed)
	w.state = w.machine.State()
	c.place(w)
}

// expireMachine runs what is due in the machine of a worker: stepped asks the machine for that.
func (c *Core) expireMachine(w *worker) { c.stepped(w) }

// free reports whether the worker may be handed out.
func (w *worker) free() bool {
	if w.machine.State() != workerfsm.StateReady || w.unused < 0 {
		return false
	}
	hard := w.core.config.HardWorkerRequests
	return hard <= 0 || w.machine.Data().Uses < uint64(hard)
}

// busy is how many leases the worker has.
func (w *worker) busy() int { return w.machine.Data().Leases }

// serving reports whether the worker may have leases.
func (w *worker) serving() bool { return w.machine.State().In(workerfsm.StateServing) }

// available reports whether the worker is one of those that the pool counts on.
func (w *worker) available() bool { return w.machine.State().In(workerfsm.StateAvailable) }

// place enters the worker where free workers are looked for, or takes it out, and hands it to requests that wait. A worker
// that is only busy stays in bySessions, since nothing but the first request of a session looks there.
//
// It is called after every change of what a worker can take. The order is: first sessions that have to be moved, then
// requests that wait, and what is free after that is listed for requests that come.
func (c *Core) place(w *worker) {
	c.carryFirst(w)
	c.serve(w)
	c.list(w)
}

// list enters the worker where free workers are looked for, or takes it out.
func (c *Core) list(w *worker) {
	if !w.free() {
		w.version.idle.remove(w)
		if !w.available() {
			w.version.bySessions.remove(w)
		}
		return
	}
	if w.carrying {
		w.version.idle.remove(w)
		w.version.bySessions.remove(w)
		return
	}
	w.version.idle.put(w, w.busy())
	if !w.version.bySessions.has(w) {
		w.version.bySessions.push(w)
	}
}

// leave tells a worker to go: now, or when it has done what it does and its sessions are exported.
func (c *Core) leave(w *worker, now bool, why Reason) {
	cause := &Cause{Reason: why}
	if w.reason == nil {
		w.reason = cause // before the machine reports the removal
	}
	if now {
		if w.serving() {
			w.atOnce = !w.asked || c.now < after(w.askedAt, c.config.ShutdownTimeout)
			w.markLate()
		}
		_ = w.machine.Stop(cause) // a worker that leaves already ignores both
	} else {
		if !w.asked {
			w.asked, w.askedAt = true, c.now
		}
		_ = w.machine.Drain(cause)
	}
	c.stepped(w)
}

// workerHooks are what the machine of a worker decides. They change plain data and append effects and messages.
type workerHooks struct{ w *worker }

// The values of workerfsm.Data.Health; the third one, unknown, is the default of the spec.
const (
	healthUnknown = "unknown"
	healthy       = "healthy"
	unhealthy     = "unhealthy"
)

func (h workerHooks) emit(kind EffectKind) { h.w.core.emit(Effect{Kind: kind, Worker: h.w.id}) }

func (h workerHooks) Spawn(*workerfsm.Ctx) {
	h.w.core.emit(Effect{Kind: Spawn, Worker: h.w.id, Version: h.w.version.label})
}

// Shutdown sends a message only to a worker that has ever answered.
func (h workerHooks) Shutdown(x *workerfsm.Ctx) {
	if x.Data().Health == healthUnknown {
		h.emit(Kill)
		return
	}
	h.emit(Shutdown)
}

func (h workerHooks) Terminate(*workerfsm.Ctx) { h.emit(Terminate) }
func (h workerHooks) Kill(*workerfsm.Ctx)      { h.emit(Kill) }

// NoteReason keeps the first reason. What follows it, such as the exit status of a process that was killed, is a
// consequence.
func (h workerHooks) NoteReason(_ *workerfsm.Ctx, reason error) {
	if cause, ok := reason.(*Cause); ok && h.w.reason == nil {
		h.w.reason = cause
	}
}

// BindSession counts a checkout. A worker that a request has used breaks a row of workers that went away unused.
func (h workerHooks) BindSession(x *workerfsm.Ctx, _ string) {
	x.Data().Uses++
	x.Data().Leases++
	h.w.core.unusedWorkers = 0
}

// Release ends one lease, Revoke all of them: those of a worker that is gone end with it.
func (h workerHooks) Release(x *workerfsm.Ctx) { x.Data().Leases-- }
func (h workerHooks) Revoke(x *workerfsm.Ctx)  { x.Data().Leases = 0 }

// The guards about slots are asked before the step has changed the number of leases.
func (h workerHooks) LastSlot(x *workerfsm.View) bool {
	d := x.Data()
	return d.Leases+1 >= len(h.w.leases)
}

func (h workerHooks) LastLease(x *workerfsm.View) bool { return x.Data().Leases <= 1 }
func (h workerHooks) NoLease(x *workerfsm.View) bool   { return x.Data().Leases == 0 }
func (h workerHooks) Leased(x *workerfsm.View) bool    { return x.Data().Leases > 0 }

// Grant answers the checkout. The generation tells two checkouts of one worker apart.
func (h workerHooks) Grant(x *workerfsm.View) workerfsm.Grant {
	return workerfsm.Grant{Worker: h.w.id, Generation: x.Data().Uses}
}

func (h workerHooks) ExportSessions(*workerfsm.Ctx) { h.emit(Export) }

// DropSessions only notes that there is something to detach: a worker may have any number of sessions.
func (h workerHooks) DropSessions(*workerfsm.Ctx) {
	h.w.gone = true
	h.w.core.sweeping = append(h.w.core.sweeping, h.w)
}

// ReportReady also begins the time of the worker: its probes, and its age, which counts from the start of the process.
func (h workerHooks) ReportReady(*workerfsm.Ctx) {
	c := h.w.core
	c.report(Event{Kind: WorkerReady, Worker: h.w.id, Duration: c.now - h.w.born})
	c.post(message{kind: workerReady, worker: h.w})
	if c.upgrade != nil {
		c.upgrade.ready(h.w)
	}
	c.planProbe(h.w)
	if age := h.w.limits.age; age > 0 {
		c.arm(&h.w.ageTimer, after(h.w.born, age))
	}
}

// ReportRemoval tells apart a worker that was asked to leave, which says nothing, from one that was lost, which counts
// against a new version, or against starts if no request has used it.
func (h workerHooks) ReportRemoval(x *workerfsm.Ctx) {
	c := h.w.core
	asked := h.w.reason != nil && h.w.reason.Err == nil // to leave, being well
	switch {
	case asked:
	case c.upgrade != nil:
		c.upgrade.workerLost(h.w)
	case x.Data().Uses == 0 && c.now-h.w.born < youngest:
		c.unusedWorkers++
	}
	if c.upgrade != nil {
		c.post(message{kind: workerLeft})
	}
	c.disarm(&h.w.probeTimer)
	c.disarm(&h.w.ageTimer)
	c.post(message{kind: workerRemoved, worker: h.w})
}

func (h workerHooks) ReportStartFailure(_ *workerfsm.Ctx, reason error) { h.startFailed(reason) }

func (h workerHooks) ReportStartTimeout(x *workerfsm.Ctx) {
	late := &Cause{Reason: "start_timeout", Err: &TimeoutError{What: "StartupTimeout", After: x.Params().StartupTimeout}, Permanent: true}
	h.NoteReason(x, late)
	h.startFailed(late)
}

// startFailed reports a worker that was never ready: to the upgrade if it is of the new version, else to the pool.
func (h workerHooks) startFailed(reason error) {
	c := h.w.core
	c.report(Event{Kind: WorkerFailed, Worker: h.w.id, Err: reason})
	if c.isNew(h.w) { // which says nothing of the next start of an old one
		c.upgrade.startFailed(h.w, reason)
		return
	}
	if c.upgrade != nil {
		c.upgrade.oldUnready++
	}
	c.post(message{kind: startFailed, worker: h.w, err: reason})
}

// Terminated has nothing to do: the process is gone, and exit has noted the rest.
func (h workerHooks) Terminated(*workerfsm.Ctx, error) {}

package core

import (
	"fmt"
	"time"

	"github.com/fsmgen/fsmgen/pool/recovery"
)

// Carriage is a session on its way from a worker that is to leave, during an upgrade, to one of the version that stays. The
// worker goes on serving its other sessions meanwhile, and this one too if its state is refused: nothing is lost by trying.
//
// Example: worker 1 is of the old version and is to leave; session a is on it, and nothing asks for it. The core emits a
// Carry effect. The owner exports the state from worker 1, imports it into worker 4, and calls Carried. The session is bound
// to worker 4 then, and worker 1 is told to forget it. If worker 4 refuses the state, the session stays where it is.
//
// Meanwhile other things may happen to the session and its workers:
//
//	a request of the session comes   it waits for the end, for at most Limit: the carriage has the lease of the session
//	worker 4 exits                   the session is tried with another worker
//	worker 1 exits                   the state is lost with it, and worker 4 forgets what has arrived
//	the upgrade is rolled back           the state arrives, and is carried back as any other
//
// That worker 1 exits is a loss in any case: the session is taken from its worker then, and the loss is reported.
type Carriage struct {
	From, To uint64     // workers
	Session  SessionRef // as From has it
	As       uint64     // the generation of the state on To
	// Limit is how long it may take: a request of the session that waits has time left then.
	Limit time.Duration

	session  *session
	from, to *worker
	taken    [2]int32    // slots of from and to: a worker with one slot can do nothing else meanwhile
	lease    leaseRecord // keeps requests of the session waiting
	ended    bool
}

// CarryOutcome is what a carriage has come to.
type CarryOutcome uint8

// The outcomes.
const (
	CarryDone    CarryOutcome = iota
	CarryRefused              // the other worker did not take the state over
	CarryStuck                // as CarryRefused: it took too long, and the other worker is of no more use
	CarryLost                 // the other worker has gone, which says nothing of the state: it is carried to a third one
	CarryKept                 // the state could not be exported
)

// carriagesAtOnce is how many sessions of a worker are on their way at once.
const carriagesAtOnce = 4

// carries reports whether the worker, which is to leave, is still needed: its sessions are carried over first, and its requests
// end. It gets no others meanwhile but those of its sessions. The first call begins that.
func (c *Core) carries(w *worker) bool {
	if u := c.upgrade; u == nil || w.version == u.stays() || c.config.HardWorkerRequests > 0 {
		return false // with HardWorkerRequests a carriage would be one of the few requests of a worker
	}
	if !w.carrying && !c.upgrade.rollingBack() && c.upgrade.awaitsTrials() {
		return true
	}
	if !w.carrying {
		w.carrying, w.carryUntil = true, after(c.now, max(c.config.ShutdownTimeout, c.config.RequestTimeout))
	}
	if c.now < w.carryUntil {
		c.again(w.carryUntil)
		c.carryMore(w)
		c.place(w)
	}
	return w.carriages > 0 || (c.now < w.carryUntil && (w.hasMovable() || w.busy() > 0))
}

// endCarrying lets the worker serve all requests again.
func (c *Core) endCarrying(w *worker) {
	if w.carrying {
		w.carrying = false
		c.place(w)
	}
}

// stays is the version that the workers are of in the end, as it looks now.
func (u *upgrade) stays() *version {
	if u.inCanary() || u.rollingBack() {
		return u.from
	}
	return u.to
}

// hasMovable reports whether the worker has a session that has not been tried yet.
func (w *worker) hasMovable() bool {
	for s := w.sessions; s != nil; s = s.next {
		if !s.stays {
			return true
		}
	}
	return false
}

// carryMore begins to carry sessions of the worker over, as many as may be on their way at once, and as there are slots. The
// caller has to call place.
func (c *Core) carryMore(w *worker) {
	if c.upgrade == nil || c.now >= w.carryUntil {
		return
	}
	for s := w.sessions; s != nil && w.carriages < carriagesAtOnce && w.free(); {
		next := s.next
		if s.lease == nil && !s.stays && !c.carry(s) {
			return
		}
		s = next
	}
}

// carryFirst uses the free slots of a worker for sessions that are to be carried over, and for trials, before requests get them.
func (c *Core) carryFirst(w *worker) {
	switch {
	case c.upgrade == nil:
	case w.carrying:
		c.carryMore(w)
	case w.version == c.upgrade.stays():
		c.list(w) // else it is not found
		c.tryMore()
		for _, from := range c.workers {
			if from.carrying && w.free() {
				c.carryMore(from)
				c.list(from)
			}
		}
	}
}

// carry begins to carry a session over. It returns false if there is no worker for it.
func (c *Core) carry(s *session) bool {
	if c.sessions.isOver(s, c.now) {
		c.expire(s)
		return true
	}
	if s.where != onWorker {
		c.detach(s) // there is no state that would have to go along
		c.next(s)
		c.forgetUnknown(s)
		return true
	}
	to := c.receiver(s.home)
	if to == nil || !to.mayImport(s) {
		return false
	}
	c.sessions.generations++
	k := &Carriage{
		From: s.home.id, To: to.id, Session: SessionRef{s.name, s.generation}, As: c.sessions.generations,
		Limit: c.carryLimit(), session: s, from: s.home, to: to,
	}
	k.lease.session, k.lease.carried = s, true
	if s.head != nil {
		c.retract(s)
	}
	s.lease = &k.lease
	for n, w := range [...]*worker{k.from, k.to} {
		k.taken[n] = w.occupy(s.name)
		w.leases[k.taken[n]].number = carriageNumber
	}
	k.from.carriages++
	to.beginImport(s)
	c.reckon(to, 1)
	c.list(to)
	c.emit(Effect{Kind: Carry, Worker: k.From, Carriage: k})
	return true
}

// isCarried reports whether the session is on its way to another worker, which does not take long.
func (s *session) isCarried() bool { return s.lease != nil && s.lease.carried }

// retract puts the head of a session back to the requests that wait for the session.
func (c *Core) retract(s *session) {
	t := s.head
	c.unlead(s)
	s.wait(t)
}

// carriageNumber stands in a slot that a carriage has: no lease has it.
const carriageNumber = ^uint64(0)

// vacate gives back a slot that a carriage had.
func (c *Core) vacate(w *worker, slot int32) {
	rec := &w.leases[slot]
	rec.number, rec.next, w.unused = 0, w.unused, slot
	w.used = c.now
	_ = w.machine.CheckinOK() // a machine that has gone on to leave ignores it
	c.checkedIn(w)
}

// Carried says what has become of a session that was to be carried over. The state is what was exported, nil for none.
//
// What counts is where the session is at the end, and not what was so at the beginning. The session may be bound to
// another worker meanwhile, since its own one is gone; then the state that has arrived is of no use, and the receiver is
// told to forget it. The receiver may be gone, and then the session is tried with another one. Only a receiver that has
// refused, or has not answered in time, is a reason to leave the session where it is.
func (c *Core) Carried(now Time, k *Carriage, outcome CarryOutcome, state *Snapshot, why error) {
	c.begin(now)
	defer c.end()
	if k.ended {
		return
	}
	k.ended = true
	s := k.session
	s.lease = nil
	k.from.carriages--
	k.to.endImport()
	c.reckon(k.to, -1)
	c.changed = true
	defer c.vacate(k.to, k.taken[1])
	defer c.vacate(k.from, k.taken[0])
	arrived := outcome == CarryDone && k.to.available()
	switch {
	case s.home != k.from || k.from.gone: // which has gone meanwhile, and with it what it had
		arrived = false
	case arrived:
		c.rebind(k, state)
	case outcome == CarryLost && c.upgrade != nil && k.to.version == c.upgrade.stays() && c.upgrade.noteDeath(s, k.to):
		c.stay(k, CarryRefused, why)
	case outcome == CarryDone, outcome == CarryLost: // the receiver has gone: the session is tried again
	default:
		c.stay(k, outcome, why)
	}
	if outcome == CarryDone && !arrived && !k.to.gone {
		c.dropRef(k.to, SessionRef{s.name, k.As})
	}
	if outcome == CarryStuck {
		c.abandon(k.to, why)
	}
	c.liveHome(s)
	c.arrive(s)
}

// arrive lets the requests of a session go on that have waited for the end of a carriage or a trial.
func (c *Core) arrive(s *session) {
	c.settleEvicted(s)
	if s.lostAgain {
		s.lostAgain = false
		c.sessions.stats.ReportedTogether++
	}
	c.next(s)
	c.forgetUnknown(s)
}

// carryLimit is how long a state may be on its way: a request of the session that waits has time left then.
func (c *Core) carryLimit() time.Duration {
	return min(c.config.ExportTimeout, c.config.QueueTimeout/2)
}

// rebind binds the session to the worker that has its state now.
func (c *Core) rebind(k *Carriage, state *Snapshot) {
	s := k.session
	state.Version = k.from.version.label
	c.snapshots.keep(s, state)
	c.drop(k.from, s)
	c.unlink(s)
	c.link(s, k.to)
	s.generation, s.pinned, s.deaths = k.As, false, 0
	c.sessions.stats.Rebinds++
	k.from.moved++
	if u := c.upgrade; u != nil {
		u.report.Sessions.Carried++
		u.noteTaken()
	}
}

// stay leaves the session where it is.
func (c *Core) stay(k *Carriage, outcome CarryOutcome, why error) {
	s := k.session
	s.stays = true
	if u := c.upgrade; u != nil && outcome != CarryKept && k.to.version == u.stays() {
		u.noteRefusal(s, why)
	}
}

// noteRefusal notes that the version that stays has refused the state of a session. In a rollback that says nothing of the new
// version, and no worker is left that could go on with the state: the pool keeps it.
func (u *upgrade) noteRefusal(s *session, why error) {
	if !u.rollingBack() {
		u.pin(s, why)
		return
	}
	s.noted = u.number // it is tried, and counted
	u.report.Sessions.refuse(s)
}

// refuse counts a state that was refused.
func (r *SessionReport) refuse(s *session) {
	r.Refused++
	if len(r.RefusedNames) < maxNames {
		r.RefusedNames = append(r.RefusedNames, s.name)
	}
}

// pin notes that the new version has refused the state of a session: only the old one can go on with it.
func (u *upgrade) pin(s *session, why error) {
	if s.pinned {
		return // a later state of a session that is counted
	}
	s.pinned = true
	s.deaths = 0
	u.pinned = append(u.pinned, s)
	u.report.Sessions.refuse(s)
	u.statesTried++
	u.statesRefused++
	if err := u.plan.judgeStates(u.statesTried, u.statesRefused); err != nil {
		err.Err = &StateRefusedError{Session: s.name, Err: why}
		_ = u.machine.GateFailed(err) // one that is rolled back ignores it
	}
	u.core.refreshUpgrade()
}

// noteTaken counts a state that the new version has taken over for the gate.
func (u *upgrade) noteTaken() { u.statesTried++ }

// StateRefusedError reports a state that a worker of the new version has not taken over.
type StateRefusedError struct {
	Session string
	Err     error
}

func (e *StateRefusedError) Error() string {
	return fmt.Sprintf("the state of session %.100q was refused: %v", e.Session, e.Err)
}

func (e *StateRefusedError) Unwrap() error { return e.Err }

// abandon ends a worker that is of no more use.
func (c *Core) abandon(w *worker, why error) {
	if w.machine.State().In(terminatedState) {
		return
	}
	cause := &Cause{Reason: Reason(recovery.TimeoutStuck), Err: why}
	if w.reason == nil {
		w.reason = cause
	}
	c.emit(Effect{Kind: Kill, Worker: w.id})
	_ = w.machine.Stop(cause) // a worker that leaves already ignores it
	c.stepped(w)
}

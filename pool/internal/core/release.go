package core

import (
	"time"

	"github.com/fsmgen/fsmgen/pool/recovery"
)

// Verdict is what a lease, or one request of it, has come to.
type Verdict struct {
	Learned
	// Failure is what went wrong; empty for nothing. The recovery table says what it means for the worker, unless Action
	// does.
	Failure recovery.Kind
	Action  recovery.Action
	Err     error
	// Suspect says that the worker did not begin the request in time: it is degraded, and probed at once.
	Suspect bool

	// What follows is about the request, for the decision whether it is tried again. Attempt is 0 where it is not.
	Attempt    int
	Run        bool // the worker may have begun it
	Idempotent bool
	Deadline   Time // of the caller; 0 for none
	Cancelled  bool // the caller has given up, which says nothing of the worker's version
	// NoRequest says that the lease has served no request to its end, so that its end says nothing of the worker's version.
	NoRequest bool
}

// Learned is what a request has shown of the state of its session.
type Learned struct {
	Imported     bool // the worker has taken Lease.Import over
	ImportFailed bool // the worker has refused it: the state is lost
	// Ran says that a handler ran and its worker has told how it ended: the state of the session is on the worker now.
	Ran       bool
	State     *Snapshot // that state; nil if the answer did not bring it
	Unchanged bool      // where State is nil: the last snapshot is still the state
	Told      bool      // the caller has been told of the loss that the lease spoke of
}

// Release ends a lease and says what follows. Only the first call for a lease has an effect.
//
// The order of the steps matters. The recovery table comes first, for its action is the event that the machine of the
// worker gets. What the request has shown of its session is noted before the slot is free, since the next request of the
// session may be granted the slot in this same call. The gates of an upgrade come last, when the machine of the worker has
// taken its step: they ask whether the canary serves. What the machines tell each other waits in the inbox until end
// delivers it, so that no machine is stepped in the step of another.
//
// Example: worker 4 is the canary of an upgrade with MinRequests 20, and its time to bake is over. In its 20th request, which
// belongs to session a, the handler raises Fatal. Session a has another request in the queue.
//
//	consult      the table says remove, and no retry
//	noteLearned  a handler has run: the state of a is on worker 4
//	putBack      the slot is free; the waiting request is the head of a, in the queue of worker 4
//	checkin      Kill is emitted, the machine of worker 4 terminates, and messages for pool and upgrade are in the inbox
//	noteResult   one failure of 20 is allowed, and 20 requests are enough, but the canary does not serve: the rollout waits
//	end          a is detached and has lost its state; its request may go to any worker that serves it; the messages are
//	             delivered; manage starts another canary
//
// With noteResult before checkin the canary would still serve, and all workers would be replaced by some of a version that
// has just lost its only one.
func (c *Core) Release(now Time, l *Lease, v *Verdict) recovery.Decision {
	c.begin(now)
	w, rec := l.worker, c.record(l)
	if rec == nil {
		return recovery.Decision{Worker: recovery.Keep}
	}
	d := c.consult(w.id, v)
	if isLoss(v.Failure) {
		c.interrupt(rec)
	}
	c.noteLearned(w, rec, &v.Learned)
	took := c.now - rec.since
	c.pace.note(took)
	if c.config.Events {
		c.report(Event{Kind: CheckedIn, Worker: w.id, Session: l.Session, Duration: took, Err: v.Err})
	}
	if !rec.timed {
		took = 0
	}
	counts := !rec.moves && !rec.interrupted() // a worker that had to leave says nothing of its version
	c.putBack(w, l.slot)
	c.checkin(w, d.Worker, v)
	if counts {
		c.noteResult(w, v, took) // when it is known whether the worker stays
	}
	c.end()
	return d
}

// noteResult lets the upgrade judge the versions, if there is one. The duration is 0 where it says nothing.
func (c *Core) noteResult(w *worker, v *Verdict, took time.Duration) {
	if c.upgrade != nil && !v.NoRequest {
		c.upgrade.note(w, v, took)
	}
}

// HandOver ends a lease for its request, which has given up while the worker takes Lease.Import over. It returns the lease of
// the takeover, which goes on: requests of the session wait until that one is released. The lease that was handed over, or has
// ended before, has no effect any more.
//
// Example: a request of session a has lease 17 of slot 0 of worker 1, which imports the state of a. The caller gives up.
// HandOver renumbers the slot: the record keeps its session and its worker, but lease 17 names no record any more. So
// whatever the request still does with lease 17 has no effect, a second Release above all, and the session stays busy for
// requests that wait. The takeover releases the slot with the number that it was given, whether the import has succeeded,
// was refused, or has ended with the worker; the first request that waits gets the session then.
func (c *Core) HandOver(now Time, l *Lease) Lease {
	c.begin(now)
	rec := c.record(l)
	if rec == nil {
		return Lease{}
	}
	c.counters.handovers++
	rec.number, rec.owner, rec.carried = handedOver|c.counters.handovers, nil, true
	c.disarm(&rec.timer)
	if s := rec.session; s != nil {
		s.used = c.now
	}
	to := *l
	to.number = rec.number
	c.end()
	return to
}

// handedOver is the bit that the numbers of leases that were handed over have, and no others but carriageNumber.
const handedOver = uint64(1) << 63

// BeginRequest lets the effects of a lease carry the owner of the request that begins, which is Overdue after d; 0 means never. It
// returns false if the lease has ended.
func (c *Core) BeginRequest(now Time, l *Lease, owner any, d Time) bool {
	c.begin(now)
	rec := c.record(l)
	if rec == nil {
		return false
	}
	rec.owner = owner
	c.armTimeout(rec, d)
	return true
}

// Learn notes what one request of a lease has shown, where the lease goes on. It returns false if the lease has ended.
func (c *Core) Learn(now Time, l *Lease, learned *Learned) bool {
	c.begin(now)
	rec := c.record(l)
	if rec == nil {
		return false
	}
	c.disarm(&rec.timer)
	c.noteLearned(l.worker, rec, learned)
	c.end()
	return true
}

// Judge returns what the recovery table says of a failure in a lease that goes on if the worker is kept.
func (c *Core) Judge(now Time, l *Lease, v *Verdict) recovery.Decision {
	c.begin(now)
	d := c.consult(l.Worker, v)
	if rec := c.record(l); rec != nil {
		if isLoss(v.Failure) {
			c.interrupt(rec)
		}
		if !rec.interrupted() {
			c.noteResult(l.worker, v, 0)
		}
	}
	c.end()
	return d
}

// SetTimeout lets the lease be Overdue after d. 0 means never.
func (c *Core) SetTimeout(now Time, l *Lease, d Time) {
	c.begin(now)
	if rec := c.record(l); rec != nil {
		c.armTimeout(rec, d)
	}
}

// armTimeout is SetTimeout for a slot.
func (c *Core) armTimeout(rec *leaseRecord, d Time) {
	if d > 0 {
		c.arm(&rec.timer, after(c.now, d))
	} else {
		c.disarm(&rec.timer)
	}
}

// Alive reports whether the worker of a lease still serves.
func (c *Core) Alive(l *Lease) bool { return c.record(l) != nil && !l.worker.gone }

// Owners returns the owners of the leases that the worker has. It has to be asked before the worker is reported as Exited.
func (c *Core) Owners(worker uint64) (owners []any) {
	w := c.find(worker)
	if w == nil {
		return nil
	}
	for i := range w.leases {
		if rec := &w.leases[i]; rec.number != 0 && rec.owner != nil {
			owners = append(owners, rec.owner)
		}
	}
	return owners
}

// record returns the slot of the lease, nil if the lease has ended.
func (c *Core) record(l *Lease) *leaseRecord {
	if l.worker == nil {
		return nil
	}
	rec := &l.worker.leases[l.slot]
	if rec.number != l.number {
		return nil
	}
	return rec
}

// consult asks the recovery table what follows a failure, and takes a retry out of the budget. The worker is 0 for a request
// that had none.
func (c *Core) consult(worker uint64, v *Verdict) recovery.Decision {
	if v.Failure == "" {
		action := v.Action
		if action == "" {
			action = recovery.Keep
		}
		return recovery.Decision{Worker: action}
	}
	known := recovery.Snapshot{
		Attempt: v.Attempt, MaxAttempts: c.config.MaxAttempts, Run: v.Run, Idempotent: v.Idempotent,
		Budget: c.budget.left(),
	}
	if v.Deadline > 0 {
		known.Deadline = max(v.Deadline-c.now, 1)
	}
	d := c.decide(v.Failure, known)
	if d.Retry {
		c.budget.spend()
	}
	if v.Action != "" {
		d.Worker = v.Action
	}
	if v.Suspect && d.Worker == recovery.Keep {
		d.Worker = recovery.Degrade
	}
	c.report(Event{Kind: Decided, Worker: worker, Reason: string(v.Failure), Action: string(d.Worker), Err: v.Err})
	return d
}

// Retry decides whether a request is tried again that failed before it had a lease.
func (c *Core) Retry(now Time, v *Verdict) recovery.Decision {
	c.begin(now)
	return c.consult(0, v)
}

// noteLearned enters what a request has shown of its session.
func (c *Core) noteLearned(w *worker, rec *leaseRecord, l *Learned) {
	s := rec.session
	if s == nil {
		return
	}
	here := c.liveHome(s) == w
	switch {
	case l.Imported && here && s.where == kept:
		if c.upgrade != nil && c.upgrade.writer(s) != w.version {
			c.upgrade.report.Sessions.Carried++
			c.upgrade.noteTaken()
		}
		s.where = onWorker
	case l.ImportFailed && s.where == kept:
		c.snapshots.drop(s)
		s.where = nowhere
		if !s.lost { // else the caller learns of both at once
			c.lost(s)
		}
		rec.rebound = true
	}
	if l.Ran {
		c.ran(s, w, here, l)
	}
	if l.Told && rec.rebound {
		s.lost, s.lostAgain = s.lostAgain, false
		c.sessions.stats.Reported++
		rec.rebound = false
	}
}

// ran notes that the state of the session is what the request has made of it.
func (c *Core) ran(s *session, w *worker, here bool, l *Learned) {
	s.noted = 0 // the state is another one
	switch {
	case l.State != nil:
		l.State.Version = w.version.label
		c.snapshots.keep(s, l.State)
	case !l.Unchanged:
		c.snapshots.drop(s)
	}
	switch {
	case here:
		s.where = onWorker
	case c.isCurrent(s):
		s.where = kept
		c.upgrade.noteKept(s)
	default: // the worker has gone, and the state with it
		s.where = nowhere
		c.lost(s)
	}
}

// putBack frees the slot and its session.
func (c *Core) putBack(w *worker, slot int32) {
	rec := &w.leases[slot]
	c.disarm(&rec.timer)
	s := rec.session
	rec.number, rec.session, rec.owner, rec.late, rec.forced, rec.carried = 0, nil, nil, false, false, false
	rec.next, w.unused = w.unused, slot
	w.used = c.now
	if s == nil {
		return
	}
	if s.lostAgain {
		s.lostAgain = false
		c.sessions.stats.ReportedTogether++
	}
	s.lease, s.used = nil, c.now
	c.settleEvicted(s)
	c.next(s)
	c.forgetUnknown(s)
}

// checkin is the step of the worker's machine that ends a lease. A machine that has gone on to leave refuses or ignores it.
func (c *Core) checkin(w *worker, action recovery.Action, v *Verdict) {
	switch action {
	case recovery.Keep:
		_ = w.machine.CheckinOK()
	case recovery.Degrade:
		_ = w.machine.CheckinErr(&Cause{Reason: causeOf(v, ReasonHealth), Err: v.Err})
	default:
		if !w.machine.State().In(terminatedState) {
			c.emit(Effect{Kind: Kill, Worker: w.id})
		}
		_ = w.machine.CheckinClose(&Cause{Reason: causeOf(v, ReasonClient), Err: v.Err})
	}
	if v.Suspect && w.available() {
		c.arm(&w.probeTimer, c.now)
	}
	c.checkedIn(w)
}

// causeOf is why a worker leaves, or fails: the kind of what went wrong, or otherwise where only an action was asked for.
func causeOf(v *Verdict, otherwise Reason) Reason {
	if v.Failure == "" {
		return otherwise
	}
	return Reason(v.Failure)
}

// checkedIn is stepped with a short way for a worker that stays among those that are handed out.
func (c *Core) checkedIn(w *worker) {
	if state := w.machine.State(); state != w.state || !w.available() {
		c.stepped(w)
		c.changed = c.changed || w.state != readyState
	} else {
		c.place(w)
	}
	c.checkLimits(w)
	c.changed = c.changed || w.carrying
	if limit := w.limits.idle; limit > 0 {
		c.again(after(c.now, limit))
	}
	if c.size.wanted > c.config.Min {
		c.again(after(c.now, c.config.ShrinkAfter))
	}
}

// budget keeps retries from multiplying the load of a pool that fails: there is one for ten requests, and ten in advance.
//
// Example: every worker is lost with its request, and all requests are Idempotent. The first ten requests are tried again,
// from what was saved. From then on ten requests have to come for one that is tried again, so that the workers get 11
// requests for 10, and not 30 as with MaxAttempts 3 alone.
type budget struct{ tenths int }

const (
	retryCost = 10
	maxBudget = 10 * retryCost
)

// left, spend and earn: a retry costs ten tenths. Each request that comes earns one, but not when it is tried again.
func (b *budget) left() bool { return b.tenths >= retryCost }
func (b *budget) spend()     { b.tenths -= retryCost }
func (b *budget) earn()      { b.tenths = min(b.tenths+1, maxBudget) }

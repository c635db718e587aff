package core

import "time"

// Trial is the state of a session that only the pool has, on its way to a worker of the new version of an upgrade: it shows
// whether that version takes the state over. The worker is told to forget it afterwards, and the pool goes on keeping it, so
// that trials need no room, and a state that was refused is still there when the upgrade is rolled back.
//
// Example: the worker of session a was recycled, so that its state is in a snapshot. The canary is ready, and the core emits a
// Try effect. The owner imports the state into the canary and calls Tried. If the canary has refused the state, that counts
// for the gate of states, and requests of the session get workers of the old version as long as there are any.
type Trial struct {
	Worker  uint64
	Session SessionRef // with the generation of the copy on the worker
	State   *Snapshot
	Limit   time.Duration // as that of a Carriage

	upgrade *upgrade
	session *session
	on      *worker
	slot    int32
	lease   leaseRecord // keeps requests of the session waiting
	since   Time
	ended   bool
}

// trials are those of one upgrade. There may be millions of states, so the work is bounded: a walk over the snapshots notes a
// batch of them at a time; the first maxTrials are tried, and one of trialSample beyond. A worker spends at most half of its
// time with trials. Old workers leave when all are done, but wait at most for trialPatience.
type trials struct {
	begun   bool
	queue   []*session // to be tried
	running int
	next    Time // the next trial begins no earlier
	until   Time // old workers wait no longer; 0 before the ramp
	found   int  // states that only the pool has had, and the old version has written
	tried   int  // of these
}

// Numbers of the trials.
const (
	maxTrials     = 10_000
	trialSample   = 100
	trialsAtOnce  = 4
	trialPatience = time.Minute            // at the least: Rollout.Bake where that is longer
	trialRetry    = 100 * time.Millisecond // after which a worker is looked for again
)

// isTried reports whether the state that is found as number n is tried, counted from 1.
func isTried(n int) bool { return n <= maxTrials || n%trialSample == 0 }

// When an upgrade is rolled back, the same begins anew the other way round: states that the new version has written are tried with
// the old one. No gate is asked then, and workers do not wait. A state that is refused stays with the pool.

// turnTrials begins the trials of a rollback. Those that are under way end and say nothing any more.
func (u *upgrade) turnTrials() {
	c := u.core
	c.upgrades = max(1, c.upgrades+1)
	u.number, c.snapshots.cursor = c.upgrades, nil
	u.trials = trials{running: u.trials.running, until: after(c.now, max(u.plan.Bake, trialPatience))}
	u.report.Sessions.Verified = 0
	u.clearDeaths()
}

// triedWith is the version that is given states for a trial: the one that stays, unless there is a canary.
func (u *upgrade) triedWith() *version {
	if u.rollingBack() {
		return u.from
	}
	return u.to
}

// noteKept notes that only the pool has the state of the session, which may be on its way to the version that stays.
func (u *upgrade) noteKept(s *session) {
	if u == nil || !u.trials.begun || s.noted == u.number || !u.isTriable(s) {
		return
	}
	s.noted = u.number
	u.trials.found++
	if isTried(u.trials.found) && u.core.config.HardWorkerRequests <= 0 { // with it a trial would be one of a few requests
		u.trials.queue = append(u.trials.queue, s)
	}
}

// isTriable reports whether only the pool has the state of the session, and the other version has written it.
func (u *upgrade) isTriable(s *session) bool {
	return s.where == kept && (!s.pinned || u.rollingBack()) && u.writer(s) != u.triedWith()
}

// unverified is how many states were found and not tried.
func (u *upgrade) unverified() int {
	n := u.trials.found - u.trials.tried
	for _, s := range u.trials.queue {
		if !u.isTriable(s) {
			n--
		}
	}
	return n
}

// awaitsTrials reports whether there are trials that old workers stay for, or the end of a rollback.
func (u *upgrade) awaitsTrials() bool {
	t := &u.trials
	return t.begun && u.core.now < t.until && (u.core.snapshots.cursor != nil || len(t.queue) > 0 || t.running > 0)
}

// tryStates goes on with the walk and with the trials.
func (c *Core) tryStates() {
	u := c.upgrade
	t := &u.trials
	if u.newReady == 0 {
		return
	}
	if !t.begun {
		t.begun, c.snapshots.cursor = true, c.snapshots.newest
	}
	for n := 0; n < c.config.Batch && c.snapshots.cursor != nil; n++ {
		u.noteKept(c.snapshots.walk())
	}
	c.tryMore()
	switch {
	case c.snapshots.cursor != nil:
		c.again(c.now)
	case len(t.queue) > 0 && t.next > c.now:
		c.again(t.next)
	case len(t.queue) > 0:
		c.again(after(c.now, trialRetry))
	}
	if u.awaitsTrials() {
		c.again(t.until)
	}
}

// tryMore begins as many trials as may be under way at once, and as there are slots.
func (c *Core) tryMore() {
	t := &c.upgrade.trials
	for t.running < trialsAtOnce && len(t.queue) > 0 && c.tryNext() {
	}
}

// tryNext begins the next trial. It returns false if there is none, or no worker for it.
func (c *Core) tryNext() bool {
	u := c.upgrade
	t := &u.trials
	to := c.fewestSessionsOf(u.triedWith())
	if c.now < t.next || to == nil || !to.free() {
		return false
	}
	for range min(len(t.queue), c.config.Batch) {
		s := t.queue[0]
		if !to.mayImport(s) {
			return false
		}
		t.queue = t.queue[1:]
		switch {
		case !u.isTriable(s):
			t.found-- // a request has taken it to a worker, or it has ended
			s.noted = 0
		case c.sessions.isOver(s, c.now):
			t.found--
			c.expire(s)
		case s.lease != nil || s.tickets > 0:
			t.queue = append(t.queue, s)
		default:
			c.try(s, to)
			return true
		}
	}
	return false
}

// try begins the trial of a state on the worker, which is free.
func (c *Core) try(s *session, to *worker) {
	c.detach(s) // from a worker that has not taken the state over
	c.sessions.generations++
	k := &Trial{
		Worker: to.id, Session: SessionRef{s.name, c.sessions.generations}, State: s.snapshot.state, Limit: c.carryLimit(),
		upgrade: c.upgrade, session: s, on: to, since: c.now,
	}
	k.lease.session, k.lease.carried = s, true
	s.lease = &k.lease
	k.slot = to.occupy(s.name)
	to.leases[k.slot].number = carriageNumber
	if to.limits.uses > 0 {
		to.limits.uses++ // a trial is no request
	}
	c.upgrade.trials.running++
	to.beginImport(s)
	c.reckon(to, 1)
	c.list(to)
	c.emit(Effect{Kind: Try, Worker: to.id, Trial: k})
}

// Tried says what has become of a trial. The outcomes are those of a carriage: CarryKept says that the worker cannot be asked.
func (c *Core) Tried(now Time, k *Trial, outcome CarryOutcome, why error) {
	c.begin(now)
	defer c.end()
	if k.ended {
		return
	}
	k.ended = true
	k.on.endImport()
	c.reckon(k.on, -1)
	c.changed = true
	defer c.vacate(k.on, k.slot)
	if !k.on.gone {
		c.dropRef(k.on, k.Session)
	}
	if outcome == CarryStuck {
		c.abandon(k.on, why)
	}
	k.session.lease = nil
	if u := k.upgrade; u == c.upgrade {
		u.trials.running--
		u.trials.next = after(c.now, c.now-k.since)
		if k.on.version == u.triedWith() { // else the upgrade is rolled back meanwhile
			u.noteTrial(k, outcome, why)
		}
	}
	c.arrive(k.session)
}

// noteTrial enters the outcome of a trial into the report and the gate.
func (u *upgrade) noteTrial(k *Trial, outcome CarryOutcome, why error) {
	t, s := &u.trials, k.session
	if outcome == CarryLost && u.noteDeath(s, k.on) {
		outcome = CarryRefused
	}
	switch outcome {
	case CarryDone:
		t.tried++
		u.report.Sessions.Verified++
		u.noteTaken()
		s.deaths = 0
	case CarryRefused, CarryStuck:
		t.tried++
		u.noteRefusal(s, why)
	case CarryLost:
		t.putFirst(s) // so that a state that ends its workers is found before they are too many
	}
}

// putFirst lets the session be the next one that is tried.
func (t *trials) putFirst(s *session) { t.queue = append([]*session{s}, t.queue...) }

package core

import (
	"slices"
	"time"
)

// table is all sessions, and a wheel of when they expire.
//
// SessionTimeout is cut into ticks. A session is in the slot of the tick in which it would expire if no request used it
// any more. A use moves nothing: when the tick has passed, the session is moved to the slot where it belongs by then. So
// the work follows the sessions that expire, and a session in use costs one visit per timeout.
//
// Example with a timeout of 16 s, ticks of 1 s: a session that is used at 0.5 s is in slot 16. It is used again at 9 s. After
// tick 16 the wheel finds it, sees that it expires at 25 s, and moves it to slot 25. It is found again after tick 25, and
// expires, at most one tick and one SessionCleanup too late. A request that comes later than its timeout begins it anew
// in any case.
type table struct {
	byName      map[string]*session
	generations uint64
	timeout     time.Duration // not positive: no session expires
	tick        Time
	wheel       [slots]*session
	pending     *session // those of the tick that is being looked at
	passed      Time     // the last tick that was looked at
	stats       SessionStats
}

const (
	ticks  = 16
	slots  = 2 * ticks // no session is further ahead than a timeout
	noSlot = slots
)

// init makes the wheel. A tick is a sixteenth of the timeout: a session is due at most one tick after its timeout.
func (t *table) init(timeout time.Duration) {
	t.byName = make(map[string]*session)
	t.timeout, t.tick, t.passed = timeout, max(timeout/ticks, 1), -1
}

// open returns the session of that name, a new one if there is none.
func (t *table) open(name string, now Time) *session {
	s := t.byName[name]
	if s == nil {
		s = &session{name: name, slot: noSlot, used: now}
		t.byName[name] = s
		t.schedule(s)
	}
	return s
}

// remove forgets a session. Nothing may point at it any more.
func (t *table) remove(s *session) {
	t.unschedule(s)
	delete(t.byName, s.name)
}

// isOver reports whether no request has used the session for the timeout.
func (t *table) isOver(s *session, now Time) bool {
	return t.timeout > 0 && s.lease == nil && s.tickets == 0 && now-s.used >= t.timeout
}

// schedule puts the session into the wheel unless it is there.
func (t *table) schedule(s *session) {
	if t.timeout <= 0 || s.slot != noSlot {
		return
	}
	s.slot = uint8(max((s.used+t.timeout)/t.tick, t.passed+1) % slots)
	s.later = t.wheel[s.slot]
	if s.later != nil {
		s.later.earlier = s
	}
	t.wheel[s.slot] = s
}

// unschedule takes the session out of the wheel, or out of those of the tick that is being looked at. It does nothing if
// the session is in neither.
func (t *table) unschedule(s *session) {
	if s.slot == noSlot {
		return
	}
	switch {
	case s.earlier != nil:
		s.earlier.later = s.later
	case s == t.pending:
		t.pending = s.later
	default:
		t.wheel[s.slot] = s.later
	}
	if s.later != nil {
		s.later.earlier = s.earlier
	}
	s.slot, s.later, s.earlier = noSlot, nil, nil
}

// due returns a session of a tick that has passed, nil if there is none.
func (t *table) due(now Time) *session {
	tick := now / t.tick
	t.passed = max(t.passed, tick-1-slots) // a whole turn shows every slot
	for t.pending == nil && t.passed < tick-1 {
		t.passed++
		at := t.passed % slots
		t.pending, t.wheel[at] = t.wheel[at], nil
	}
	return t.pending
}

// expireSessions ends sessions when their timeout is over, a bounded number in each call.
func (c *Core) expireSessions() {
	expired := 0
	for range c.config.Batch {
		s := c.sessions.due(c.now)
		if s == nil {
			break
		}
		if c.sessions.isOver(s, c.now) {
			c.forget(s)
			expired++
			continue
		}
		c.sessions.unschedule(s)
		used := s.used
		if s.lease != nil || s.tickets > 0 {
			s.used = c.now
		}
		c.sessions.schedule(s)
		if s.isCarried() && s.tickets == 0 {
			s.used = used // a state on its way is looked at again later, but no request has used it
		}
	}
	if expired > 0 {
		c.sessions.stats.Expired += uint64(expired)
		c.report(Event{Kind: SessionsExpired, Count: expired})
	}
	c.armExpire()
}

// armExpire lets the next look at the sessions be at once if there is more to do, else after SessionCleanup.
func (c *Core) armExpire() {
	switch {
	case c.sessions.timeout <= 0 && len(c.sweeping) == 0:
		c.disarm(&c.expireTimer)
	case len(c.sweeping) > 0 || (c.sessions.timeout > 0 && c.sessions.due(c.now) != nil):
		c.arm(&c.expireTimer, c.now)
	default:
		c.arm(&c.expireTimer, after(c.now, c.config.SessionCleanup))
	}
}

// expire ends one session because no request has used it for its timeout.
func (c *Core) expire(s *session) {
	c.forget(s)
	c.sessions.stats.Expired++
	c.report(Event{Kind: SessionsExpired, Count: 1})
}

// ending is a caller that waits for a session to end.
type ending struct {
	session string
	owner   any
}

// EndSession forgets a session that no request has or waits for, and lets its worker forget the state. It returns false if
// there is no such session, it is in use, or the pool takes no requests.
func (c *Core) EndSession(now Time, name string) bool {
	c.begin(now)
	s := c.sessions.byName[name]
	if !c.open() || s == nil || s.inUse() {
		return false
	}
	c.forget(s)
	c.end()
	return true
}

// AwaitEnd is EndSession that waits for the requests of the session. It returns true if there is no such session any more.
// Otherwise a SessionEnded effect with the owner follows, unless CancelEnd comes first or the pool stops. Requests that come
// meanwhile are waited for, too.
func (c *Core) AwaitEnd(now Time, name string, owner any) (ended bool, refusal *Refusal) {
	if !c.open() {
		return false, &Refusal{Kind: Closed, Phase: c.pool.State(), Session: name}
	}
	if c.EndSession(now, name) || c.sessions.byName[name] == nil {
		return true, nil
	}
	c.endings = append(c.endings, ending{name, owner})
	return false, nil
}

// CancelEnd takes the owner from those that wait for the end of a session. It returns false if its effect is there.
func (c *Core) CancelEnd(owner any) bool {
	i := slices.IndexFunc(c.endings, func(e ending) bool { return e.owner == owner })
	if i < 0 {
		return false
	}
	c.endings = slices.Delete(c.endings, i, i+1)
	return true
}

// endSessions ends the sessions that are to end and are not in use any more. It reports whether there were some.
func (c *Core) endSessions() (some bool) {
	waiting := c.endings[:0]
	for _, e := range c.endings {
		s := c.sessions.byName[e.session]
		if s != nil && s.inUse() {
			waiting = append(waiting, e)
			continue
		}
		if s != nil {
			c.forget(s)
			some = true
		}
		c.emit(Effect{Kind: SessionEnded, Owner: e.owner})
	}
	clear(c.endings[len(waiting):])
	c.endings = waiting
	return some
}

// inUse reports whether a request has the session or waits for it.
func (s *session) inUse() bool { return s.lease != nil || s.tickets > 0 }

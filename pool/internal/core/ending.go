package core

import "slices"

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

// endSessions ends the sessions that are not in use any more and whose end is waited for. It reports whether there were some.
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

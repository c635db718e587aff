package core

import "testing"

// TestCheck_FindsWhatIsWrong spoils one fact of a core at a time: what the other tests of this package check after each
// step would be noticed.
func TestCheck_FindsWhatIsWrong(t *testing.T) {
	for _, tt := range []struct {
		name  string
		spoil func(c *Core)
	}{
		{"a free worker is not among those", func(c *Core) { c.stable.idle.remove(c.workers[1]) }},
		{"a free worker takes no session", func(c *Core) { c.stable.bySessions.remove(c.workers[1]) }},
		{"a worker is on the wrong level", func(c *Core) { c.workers[1].idleLevel = 1 }},
		{"a lease has no slot", func(c *Core) { c.workers[0].leases[0].number = 0 }},
		{"the machine counts a lease that is over", func(c *Core) { _ = c.workers[0].machine.CheckinOK() }},
		{"a session is counted twice", func(c *Core) { c.workers[0].count++ }},
		{"a ticket is not counted", func(c *Core) { c.waiting-- }},
		{"a ticket never waits out", func(c *Core) { c.disarm(&c.firstTicket.queueTimer) }},
		{"a ticket waits nowhere", func(c *Core) { c.firstTicket.session.waiting.remove(c.firstTicket) }},
		{"a request waits beside a free worker", func(c *Core) {
			t := &Ticket{number: 99}
			c.shared.anonymous.push(t)
		}},
		{"a session never expires", func(c *Core) { c.sessions.unschedule(c.sessions.byName["s"]) }},
		{"a state is on no worker", func(c *Core) { c.sessions.byName["s"].where, c.sessions.byName["s"].home = onWorker, nil }},
		{"a snapshot is not counted", func(c *Core) { c.snapshots.count++ }},
		{"a loss is not told", func(c *Core) { c.sessions.stats.Lost++ }},
		{"a worker is not counted", func(c *Core) { c.counters.started++ }},
		{"a message is not delivered", func(c *Core) { c.post(message{kind: startWorked}) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, nil)
			w.acquire(Request{Session: "s"})
			w.enqueue(Request{Session: "s"})
			tt.spoil(w.Core)
			if w.Check() == nil {
				t.Error("Check = nil; want an error")
			}
		})
	}
}

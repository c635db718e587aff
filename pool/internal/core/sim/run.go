package sim

import (
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/fsmgen/fsmgen/pool/internal/core"
)

// run plays the steps of a schedule, then lets the pool recover, then closes it.
func (w *world) run(steps int) error {
	w.settle()
	for w.steps = 0; w.steps < steps && w.failure == nil && !w.stopped; w.steps++ {
		w.step()
		w.settle()
	}
	if w.failure == nil && !w.stopped {
		w.recover()
	}
	if w.failure == nil {
		w.end2()
	}
	return w.failure
}

func (w *world) step() {
	switch what := w.source.below(41); {
	case what < 16:
		w.advance()
	case what < 34:
		w.request()
	case what == 34:
		w.core.Tick(w.now)
	case what == 35:
		w.jump()
	case what == 36:
		w.kill()
	case what == 37:
		w.recycle()
	case what == 38 && w.source.below(2) == 0:
		w.reconfigure()
	case what == 38:
		w.endSession()
	case what == 39 && w.source.below(3) == 0:
		w.upgrade()
	default:
		if w.source.oneIn(40) {
			w.logf("%v drain", w.now)
			w.core.Drain(w.now)
		}
	}
}

// advance goes on to what happens next.
func (w *world) advance() {
	at, armed := w.core.Deadline()
	switch {
	case len(w.later) > 0 && (!armed || w.later[0].at <= at):
		h := w.later[0]
		w.later = w.later[1:]
		w.now = max(w.now, h.at)
		h.do()
	case armed:
		w.now = max(w.now, at)
		w.logf("%v tick", w.now)
		w.core.Tick(w.now)
	}
}

// jump is a clock that steps: what was to happen meanwhile happens late.
func (w *world) jump() {
	w.now += pick(w.source, time.Millisecond, time.Nanosecond, time.Second, 10*time.Second, 10*time.Minute, 48*time.Hour)
	w.logf("%v jump", w.now)
	w.core.Tick(w.now)
}

// kill is a worker that dies while it is idle, or busy.
func (w *world) kill() {
	ids := w.ids()
	if len(ids) == 0 || !w.deaths {
		return
	}
	w.exit(w.workers[ids[w.source.below(len(ids))]], 0, "killed by SIGKILL")
}

func (w *world) recycle() {
	ids := w.ids()
	if len(ids) == 0 {
		return
	}
	id := ids[w.source.below(len(ids))]
	w.logf("%v recycle %d", w.now, id)
	if !w.core.Recycle(w.now, id) {
		w.fail("worker %d cannot be recycled", id)
	}
}

// reconfigure changes what may change. Workers that live keep their slots.
func (w *world) reconfigure() {
	c := w.newConfig()
	c.SessionTimeout, c.MaxSnapshot, c.MaxSnapshots, c.Slots = w.config.SessionTimeout, w.config.MaxSnapshot, w.config.MaxSnapshots, w.config.Slots
	c.HardWorkerRequests = w.config.HardWorkerRequests
	c.MaxSessions = max(c.MaxSessions, w.config.MaxSessions)
	if w.config.MaxSessions < 0 {
		c.MaxSessions = -1
	}
	w.config = c
	w.logf("%v reconfigure", w.now)
	w.core.Reconfigure(w.now, c)
}

// recover: once nothing goes wrong any more, the pool reaches its size in bounded time, and serves as many requests at
// once as it has slots.
func (w *world) recover() {
	w.calm = true
	w.core.CancelUpgrade(w.now, errWorld) // which may wait for more requests
	w.settle()
	limit := w.now + time.Hour
	for w.now < limit && w.failure == nil && !w.stopped && !w.settled() {
		w.advance()
		w.settle()
	}
	if w.failure != nil || w.stopped || w.core.Phase().String() == "draining" {
		return
	}
	if !w.settled() {
		w.fail("one calm hour, and the pool is still %+v, %d happenings, %d active", w.core.Stats(), len(w.later), len(w.active))
		return
	}
	w.fill()
}

// settled reports whether the pool has its size, and nothing is under way.
func (w *world) settled() bool {
	s := w.core.Stats()
	return s.Phase != "starting" && s.Upgrade == "" && s.Busy == 0 && s.Workers["ready"] >= s.Wanted && len(s.Workers) == 1 && len(w.active) == 0 && len(w.pending) == 0
}

// fill asks for every slot at once.
func (w *world) fill() {
	s := w.core.Stats()
	slots := s.Workers["ready"] * w.config.Slots
	if hard := w.config.HardWorkerRequests; hard > 0 {
		slots = 0
		for _, id := range w.ids() {
			slots += min(w.config.Slots, hard-w.workers[id].uses)
		}
	}
	var leases []core.Lease
	for range slots {
		lease, _, err := w.core.Acquire(w.now, core.Request{})
		if err != nil || !lease.Valid() {
			w.fail("%d of %d slots are free after all has ended: %v", len(leases), slots, err)
			return
		}
		leases = append(leases, lease)
	}
	for _, l := range leases {
		w.core.Release(w.now, &l, &core.Verdict{})
		w.workers[l.Worker].uses++
	}
	for _, e := range slices.Clone(w.core.Effects()) {
		w.carryOut(e)
	}
	w.settle()
}

// end2 closes the pool: nothing is left, and every request has ended.
func (w *world) end2() {
	w.core.Close(w.now)
	w.settle()
	for n := 0; n < 100000 && w.failure == nil; n++ {
		_, armed := w.core.Deadline()
		if len(w.later) == 0 && !armed {
			break
		}
		w.advance()
		w.settle()
	}
	if w.failure != nil {
		return
	}
	if !w.stopped || w.core.Phase().String() != "stopped" {
		w.fail("a pool that was closed is %v", w.core.Phase())
	}
	if lost := int(w.core.Stats().Sessions.Lost); w.totals.lost != lost {
		w.fail("%d losses were reported, %d in the statistics of a pool that has stopped", w.totals.lost, lost)
	}
	if len(w.pending) > 0 {
		w.fail("%d requests wait in a pool that has stopped", len(w.pending))
	}
	if at, armed := w.core.Deadline(); armed || at == math.MaxInt64 {
		w.fail("a timer is armed in a pool that has stopped")
	}
}

// endSession is a client that is done with its session.
func (w *world) endSession() {
	session := "s" + strconv.Itoa(w.source.below(6))
	used := w.uses(session) > 0
	w.logf("%v end session %q", w.now, session)
	if w.source.oneIn(2) {
		w.awaitEnd(session, used)
		return
	}
	if ended := w.core.EndSession(w.now, session); ended && used {
		w.fail("session %q ends while a request of it waits or has a worker", session)
	} else if ended {
		w.history[session] = &account{} // it has to begin anew
	}
}

// sessionEnd is a client that waits for its session to end.
type sessionEnd struct{ session string }

// awaitEnd is endSession of a client that waits for the requests of the session, or gives that up at once.
func (w *world) awaitEnd(session string, used bool) {
	end := &sessionEnd{session}
	ended, refusal := w.core.AwaitEnd(w.now, session, end)
	switch {
	case ended && used:
		w.fail("session %q ends while a request of it waits or has a worker", session)
	case ended:
		w.history[session] = &account{} // it has to begin anew
	case refusal == nil && !used && w.onTheWay[session] == 0:
		w.fail("session %q does not end, and no request of it waits or has a worker", session)
	case refusal == nil && w.source.oneIn(4) && !w.core.CancelEnd(end):
		w.fail("the end of session %q cannot be cancelled", session)
	}
}

// sessionEnded is the end of a session that a client has waited for.
func (w *world) sessionEnded(end *sessionEnd) {
	if _, generation := w.core.Lookup(end.session); generation != 0 {
		w.fail("session %q has ended and is there", end.session)
	}
	w.history[end.session] = &account{} // like endSession
}

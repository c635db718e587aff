package sim

import (
	"fmt"
	"slices"
	"time"

	"github.com/fsmgen/fsmgen/pool/internal/core"
	"github.com/fsmgen/fsmgen/pool/recovery"
)

// begin starts the first request of a lease.
func (w *world) begin(c *call, lease core.Lease) {
	p := w.workers[lease.Worker]
	c.lease, c.granted, c.adopted = lease, true, lease.Import == nil
	if c.request.Timeout > 0 {
		c.limit = w.now + c.request.Timeout
	}
	w.active = append(w.active, c)
	if p == nil || !p.ready || p.exited {
		w.fail("request %d is granted worker %d, which is not ready", c.number, lease.Worker)
		return
	}
	if p.active++; p.active > p.slots {
		w.fail("worker %d has %d requests in %d slots", p.id, p.active, p.slots)
	}
	if p.uses++; p.hard > 0 && p.uses > p.hard {
		w.fail("worker %d serves request %d of %d", p.id, p.uses, p.hard)
	}
	if c.request.Session != "" {
		a := w.account(c.request.Session)
		w.checkBinding(c, a)
		w.checkVersion(c, p)
		if lease.Rebound && c.request.Affinity != core.Prefer {
			w.fail("request %d is granted a worker without the state, and wants to be refused", c.number)
		}
		if lease.Rebound {
			w.checkLoss(c.request.Session, "is bound to another worker")
		}
		a.bound = lease.Worker
		a.forgiven = a.forgiven || c.request.Portable                      // the client does without the state
		a.forgiven = a.forgiven || (lease.Import != nil && !w.unbounded()) // it may be evicted before the worker has it
		for _, o := range w.active {
			if o != c && o.request.Session == c.request.Session {
				w.fail("session %q has two requests at once", c.request.Session)
			}
		}
	}
	w.in(w.delay(), func() { w.work(c) })
}

// checkBinding: a session that does not want to move stays with its worker, and a state that was refused is not used again.
func (w *world) checkBinding(c *call, a *account) {
	p := w.workers[a.bound]
	carried := c.lease.Import != nil && w.core.UpgradePhase() != "" // a state that a worker that is replaced has not taken over
	if c.request.Affinity != core.Prefer && !a.forgiven && !carried && a.acked > 0 && c.lease.Worker != a.bound && p != nil && !p.exited && !p.leaves {
		w.fail("session %q moves from worker %d to worker %d and does not want to", c.request.Session, a.bound, c.lease.Worker)
	}
	if c.lease.Import != nil && a.noImport {
		w.fail("worker %d is given a state of session %q that a worker has refused", c.lease.Worker, c.request.Session)
	}
}

// work is one request of a lease on its worker.
func (w *world) work(c *call) {
	p := w.workers[c.lease.Worker]
	if c.ended || p.exited {
		return
	}
	if !c.adopted && (w.handOver(c, p) || w.refuse(c, p) || !w.adopt(c, p)) {
		return
	}
	if f := w.faults[p.version]; f == crashesLater && p.uses >= 10 {
		w.exit(p, 0, "exit status 3")
		return
	} else if f == raises && w.source.below(20) == 19 {
		w.in(w.delay(), func() { w.finish(c, recovery.HandlerError) })
		return
	} else if f == slow {
		w.in(100*time.Millisecond, func() { w.finish(c, "") })
		return
	}
	what := w.source.below(10)
	if w.calm {
		what = 0
	}
	switch what {
	default:
		w.in(w.delay(), func() { w.finish(c, "") })
	case 6:
		w.in(w.delay(), func() { w.finish(c, recovery.HandlerError) })
	case 7:
		w.in(w.delay(), func() { w.finish(c, recovery.HandlerFatal) })
	case 8:
		if w.deaths {
			w.exit(p, w.delay(), "killed by SIGKILL")
			return
		}
		w.in(w.delay(), func() { w.finish(c, "") })
	case 9:
		w.in(w.delay(), func() { w.giveUp(c) })
	}
}

// adopt gives the worker the state that the pool has kept. It returns false if the request ends with that.
func (w *world) adopt(c *call, p *process) bool {
	if w.source.oneIn(8) && !w.calm {
		return w.loseImport(c)
	}
	c.adopted = true
	p.states[c.request.Session] = state{c.lease.Generation, len(c.lease.Import.Data)}
	c.limit = 0
	w.core.Learn(w.now, &c.lease, &core.Learned{Imported: true})
	return true
}

// loseImport is a worker that does not take the state over, so that it is lost. It returns false if the request ends with that.
func (w *world) loseImport(c *call) bool {
	c.adopted = true
	w.account(c.request.Session).forgiven, w.account(c.request.Session).noImport = true, true
	if c.request.Affinity != core.Prefer {
		w.end(c, core.Verdict{Learned: core.Learned{ImportFailed: true, Told: true}})
		w.totals.told++
		w.begunAnew(c.request.Session)
		return false
	}
	c.limit = 0
	w.core.Learn(w.now, &c.lease, &core.Learned{ImportFailed: true})
	c.lease.Rebound = true
	return true
}

// finish is the end of a handler, and what its caller learns.
func (w *world) finish(c *call, failure recovery.Kind) {
	p := w.workers[c.lease.Worker]
	if c.ended || p.exited {
		return
	}
	v := core.Verdict{Failure: failure, Attempt: 1, Run: true}
	if session := c.request.Session; session != "" {
		v.Learned = w.run1(c, p)
		w.acknowledge(c, v.Learned, p.states[session].count, failure == "")
		v.Told = failure == "" && c.lease.Rebound // more than once in a lease with several requests
		if v.Told && !c.told {
			c.told = true
			w.totals.told++
		}
	}
	if c.rest > 0 && failure == "" {
		c.rest--
		w.core.Learn(w.now, &c.lease, &v.Learned)
		c.limit = 0
		if w.source.oneIn(3) {
			c.limit = w.now + time.Second
			w.core.BeginRequest(w.now, &c.lease, c, time.Second)
		}
		w.in(w.delay(), func() { w.work(c) })
		return
	}
	if failure == "" && w.source.oneIn(12) && !w.calm {
		v.Action = pick(w.source, recovery.Degrade, recovery.Remove)
	}
	w.end(c, v)
}

// run1 runs a handler that counts the requests of its session.
func (w *world) run1(c *call, p *process) core.Learned {
	session := c.request.Session
	s := p.states[session]
	if s.generation != c.lease.Generation {
		s = state{generation: c.lease.Generation}
	}
	s.count++
	p.states[session] = s
	l := core.Learned{Ran: true}
	if w.kept {
		l.State = pack(s)
	}
	return l
}

// acknowledge: the state goes on where it was acknowledged last, unless the caller is told that it does not.
func (w *world) acknowledge(c *call, _ core.Learned, count int, answered bool) {
	session := c.request.Session
	a := w.account(session)
	fresh := count <= a.acked
	switch {
	case fresh && c.lease.Rebound && !c.told:
		w.begunAnew(session)
	case fresh && !a.forgiven:
		w.fail("session %q has state %d, %d was acknowledged by worker %d, and the caller is not told", session, count, a.acked, a.bound)
	case count > a.acked+a.maybe+1:
		w.fail("session %q has state %d, at most %d requests made it", session, count, a.acked+a.maybe+1)
	}
	a.acked, a.maybe, a.forgiven, a.noImport, a.touched = count, 0, false, false, w.now
	if c.lease.Rebound && !answered && !c.told {
		a.forgiven = true // the loss will be told by a later request
	}
}

// giveUp is a client that does not wait for the answer any more.
func (w *world) giveUp(c *call) {
	p := w.workers[c.lease.Worker]
	if c.ended || p.exited {
		return
	}
	w.unexpected = append(w.unexpected, fmt.Errorf("request %d was given up", c.number))
	v := core.Verdict{Failure: recovery.TimeoutKept, Attempt: 1, Run: true, Err: errWorld, Suspect: w.source.oneIn(6)}
	if w.source.oneIn(3) {
		v.Failure = recovery.TimeoutStuck
	}
	if session := c.request.Session; session != "" {
		w.account(session).maybe++
		if w.source.below(2) == 0 { // the handler was stopped behind what it does
			w.run1(c, p)
		}
	}
	w.end(c, v)
}

// lose is a request whose worker has gone.
func (w *world) lose(c *call) {
	if c.ended {
		return
	}
	w.account(c.request.Session).maybe++
	w.end(c, core.Verdict{Failure: recovery.Exited, Attempt: 1, Run: true, Err: errWorld})
}

// end gives the worker back, sometimes twice.
func (w *world) end(c *call, v core.Verdict) {
	c.ended = true
	w.active = slices.DeleteFunc(w.active, func(o *call) bool { return o == c })
	w.workers[c.lease.Worker].active--
	w.logf("%v release %d worker %d %s", w.now, c.number, c.lease.Worker, v.Failure)
	if a := w.history[c.request.Session]; a != nil {
		a.touched = w.now
		a.forgiven = a.forgiven || (c.lease.Rebound && !c.told) // the loss is told by a later request
	}
	w.core.Release(w.now, &c.lease, &v)
	w.checkConsequence(c, &v)
	if c.lease.Shadow && v.Failure == "" {
		w.shadow()
	}
	w.goOn(c)
	if w.source.oneIn(20) {
		w.core.Release(w.now, &c.lease, &v)
	}
}

// goOn lets the client of a request that has ended do what it does afterwards.
func (w *world) goOn(c *call) {
	if c.then != nil {
		c.then()
		c.then = nil
	}
}

// checkConsequence: what a verdict means for a worker happens at once.
func (w *world) checkConsequence(c *call, v *core.Verdict) {
	p := w.workers[c.lease.Worker]
	action := v.Action
	if v.Failure != "" {
		action = w.config.Recovery.Rule(v.Failure).Worker
	}
	if v.Suspect && action == recovery.Keep {
		action = recovery.Degrade
	}
	state, known := w.state(p.id)
	if p.exited || p.dying || !known {
		return
	}
	switch {
	case action == recovery.Degrade && (state == "ready" || state == "busy"):
		w.fail("worker %d is %s after it has failed request %d", p.id, state, c.number)
	case action == recovery.Remove || action == recovery.Replace:
		w.doomed = append(w.doomed, p)
	}
	if at, armed := w.core.Deadline(); v.Suspect && state == "degraded" && (!armed || at > w.now) {
		w.fail("worker %d is suspected and is not probed at once", p.id)
	}
}

// state returns the state of a worker's machine.
func (w *world) state(id uint64) (string, bool) {
	for _, worker := range w.core.Workers() {
		if worker.ID == id {
			return worker.State.String(), true
		}
	}
	return "", false
}

package sim

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/fsmgen/fsmgen/pool/internal/core"
	"github.com/fsmgen/fsmgen/pool/recovery"
)

// call is one request of a client, or a lease with several.
type call struct {
	number     int
	request    core.Request
	since      core.Time
	ticket     *core.Ticket
	lease      core.Lease
	granted    bool
	ended      bool
	overdue    bool // its time is up
	limit      core.Time
	rest       int    // requests that follow on the lease
	adopted    bool   // the worker has taken the state over
	told       bool   // the loss that the lease spoke of was told
	handedOver bool   // the request has ended while the worker takes the state over
	then       func() // what the client does afterwards; nil for nothing
}

// account is what a client knows of its session.
type account struct {
	acked    int       // the state that was acknowledged last
	maybe    int       // requests since then whose outcome is not known
	forgiven bool      // the state may be gone, for a reason that is in order
	bound    uint64    // the worker that the session was bound to last
	noImport bool      // a worker has refused the state
	touched  core.Time // when a request of the session came, waited or ended last
}

func (w *world) account(session string) *account {
	a := w.history[session]
	if a == nil {
		a = &account{}
		w.history[session] = a
	}
	return a
}

// request lets a client ask for a worker.
func (w *world) request() {
	s := w.source
	w.number++
	c := &call{number: w.number, since: w.now, rest: pick(s, 0, 0, 0, 1, 2)}
	r := &c.request
	r.Owner = c
	r.Priority = pick(s, 0, 0, 1, -1)
	if s.below(4) > 0 {
		r.Session = "s" + strconv.Itoa(s.below(6))
		r.Affinity = pick(s, core.Prefer, core.Prefer, core.Strict, core.FailFast)
		r.Portable = s.oneIn(8)
	}
	if s.oneIn(4) {
		r.Timeout = time.Second
	}
	if s.oneIn(6) {
		r.Deadline = w.now + time.Second
	}
	w.logf("%v request %d session %q affinity %d priority %d portable %v", w.now, c.number, r.Session, r.Affinity, r.Priority, r.Portable)
	if r.Session != "" {
		if w.isOver(r.Session) {
			w.history[r.Session] = &account{} // it has to begin anew
		}
		w.account(r.Session).touched = w.now
	} else {
		r.Idempotent = s.oneIn(4)
	}
	w.acquire(c)
}

// acquire asks the core for a worker.
func (w *world) acquire(c *call) {
	s, r := w.source, &c.request
	lease, ticket, err := w.core.Acquire(w.now, *r)
	switch {
	case err != nil:
		c.ended = true
		w.checkRefusal(c, err)
		w.refused(c, err)
	case ticket != nil:
		if r.Affinity == core.FailFast && w.others(c) > 0 {
			w.fail("request %d waits for others of session %q and does not want to", c.number, r.Session)
		}
		c.ticket = ticket
		w.pending = append(w.pending, c)
		if limit := w.config.MaxQueue; limit >= 0 && len(w.pending) > max(limit, w.queued) {
			w.fail("%d requests wait: at most %d may", len(w.pending), limit)
		}
		w.queued = len(w.pending)
		if !w.steady && s.oneIn(3) {
			w.in(pick(s, 200*time.Millisecond, time.Nanosecond, 2*time.Second), func() { w.cancel(c) })
		}
	default:
		w.begin(c, lease)
	}
}

// isOver reports whether the session was left alone for its timeout.
func (w *world) isOver(session string) bool {
	a := w.account(session)
	return w.uses(session) == 0 && w.onTheWay[session] == 0 && w.config.SessionTimeout > 0 && w.now-a.touched >= w.config.SessionTimeout
}

// uses returns how many requests of the session wait or have a worker.
func (w *world) uses(session string) (n int) {
	for _, c := range slices.Concat(w.pending, w.active) {
		if c.request.Session == session {
			n++
		}
	}
	return n
}

// others returns how many other requests of the session wait or have a worker. A takeover that outlasts its request is none.
func (w *world) others(c *call) (n int) {
	for _, o := range slices.Concat(w.pending, w.active) {
		if o != c && o.request.Session == c.request.Session && !o.handedOver {
			n++
		}
	}
	return n
}

// checkRefusal: a request is refused at once only for what it says.
func (w *world) checkRefusal(c *call, err error) {
	refusal, ok := err.(*core.Refusal)
	if !ok {
		return
	}
	switch refusal.Kind {
	case core.QueueFull:
		if len(w.pending) < w.config.MaxQueue {
			w.fail("request %d is refused with %d in the queue: %d may", c.number, len(w.pending), w.config.MaxQueue)
		}
	case core.SessionLost:
		if w.others(c) > 0 {
			w.fail("request %d is told of a loss before those of session %q that came earlier", c.number, c.request.Session)
		}
	case core.Closed:
		if phase := w.core.Phase().String(); phase != "draining" && phase != "stopped" {
			w.fail("request %d is refused as closed by a pool that is %s", c.number, phase)
		}
	}
}

// cancel ends a request that waits.
func (w *world) cancel(c *call) {
	if c.granted || c.ended {
		return
	}
	w.logf("%v cancel %d", w.now, c.number)
	if !w.core.Cancel(w.now, c.ticket) {
		w.fail("request %d waits and cannot be cancelled", c.number)
		return
	}
	w.unqueue(c)
}

func (w *world) unqueue(c *call) {
	c.ended = true
	if a := w.history[c.request.Session]; a != nil {
		a.touched = w.now
	}
	w.pending = slices.DeleteFunc(w.pending, func(o *call) bool { return o == c })
}

// answer takes the effect that a request has waited for.
func (w *world) answer(e core.Effect) {
	c := e.Owner.(*call)
	w.logf("%v effect %d request %d worker %d %v", w.now, e.Kind, c.number, e.Lease.Worker, e.Err)
	if e.Kind == core.Overdue {
		if !c.granted || c.ended {
			w.fail("request %d is overdue and has no lease", c.number)
			return
		}
		c.overdue = true
		w.giveUp(c)
		return
	}
	if c.granted || c.ended {
		w.fail("request %d ends twice", c.number)
		return
	}
	if e.Kind == core.Refused {
		w.unqueue(c)
		w.refused(c, e.Err)
		return
	}
	w.checkOrder(c, e.Lease.Worker)
	w.unqueue(c)
	if w.source.oneIn(8) && w.core.Cancel(w.now, c.ticket) {
		w.fail("request %d is cancelled after its grant", c.number)
	}
	c.ended = false
	w.begin(c, e.Lease)
}

// checkOrder: of the requests that wait for the same, the one that came first is served first, a second of waiting being
// worth a step of priority. Every worker may serve work without a session.
func (w *world) checkOrder(c *call, worker uint64) {
	order := func(c *call) core.Time { return c.since - core.Time(c.request.Priority)*core.Time(time.Second) }
	for _, o := range w.pending {
		if p := w.workers[worker]; o == c || ((w.inCanary() || w.phased == w.now) && p.version == w.to) || w.isLeaving(p) || (o.request.Session != c.request.Session && o.request.Session != "") {
			continue
		}
		if order(o) < order(c) || (order(o) == order(c) && o.number < c.number) {
			w.fail("request %d is served before request %d", c.number, o.number)
		}
	}
}

func (w *world) refused(c *call, err error) {
	refusal, ok := err.(*core.Refusal)
	if !ok {
		w.fail("request %d: refused with %T", c.number, err)
		return
	}
	w.logf("%v refused %d: %v", w.now, c.number, refusal)
	w.unexpected = append(w.unexpected, refusal)
	w.goOn(c)
	if refusal.Kind == core.SessionLost {
		w.totals.told++
		w.checkLoss(c.request.Session, "is refused")
		w.begunAnew(c.request.Session)
	}
}

// checkLoss: a loss is told only where there was one.
func (w *world) checkLoss(session, what string) {
	a := w.account(session)
	p := w.workers[a.bound]
	if !a.forgiven && p != nil && !p.exited && !p.leaves {
		w.fail("session %q %s because of a loss, and worker %d, which has its state, lives", session, what, a.bound)
	}
	if w.kept && !a.forgiven && w.unbounded() {
		w.fail("session %q %s because of a loss, and every answer brought its state along", session, what)
	}
}

// begunAnew notes that the client knows of a loss. Requests since the loss whose callers were told of a failure instead may
// have begun the session anew.
func (w *world) begunAnew(session string) {
	a := w.account(session)
	*a = account{touched: w.now, bound: a.bound, maybe: a.acked + a.maybe}
}

// unbounded reports whether the pool can keep every state.
func (w *world) unbounded() bool {
	c := w.config
	return c.MaxSnapshot >= 1000 && c.MaxSnapshots >= 100000
}

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
			w.core.Begin(w.now, &c.lease, c, time.Second)
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

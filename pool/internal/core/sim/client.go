package sim

import (
	"slices"
	"strconv"
	"time"

	"github.com/fsmgen/fsmgen/pool/internal/core"
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

package runtime_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	fsm "github.com/fsmgen/fsmgen/runtime"
)

// book is what somebody who knows the rules of gen_statem expects of a machine. It learns what the callback has returned,
// and from that alone says which event must be next, what is postponed, and which timers run. So no event can get lost, be
// handled twice or come out of turn, and no timer can have two lives.
type book struct {
	t     testing.TB
	tape  tape
	clock *fsm.Clock
	core  *fsm.Core[string, int]

	enters    bool
	entries   [3]reaction        // by state
	reactions [3][words]reaction // by state and word
	turns     int                // so far
	ids       int                // of items, so far

	state     string
	data      int
	suspended bool
	mail      []int // sent and not handled, in this order; numbers of items, as in all lists
	queue     []int // inserted and retried
	parked    []int // oldest first
	zero      []fsm.Timer
	timers    map[fsm.Timer]*promise // those of no time too
	answers   map[int]int            // how often each call was answered

	open       *entryOf // the turn that is being written down
	ended      bool
	endState   string // what Terminate is to see
	endData    int
	terminated int
}

// promise is a timer that runs.
type promise struct {
	id       int
	deadline time.Duration
}

// entryOf is what the book learns of one turn.
type entryOf struct {
	id       int // 0: the turn of Init
	to       string
	data     int
	enter    bool // an enter call is due
	postpone bool
	inserts  []int
	ops      []timerDeed
}

type timerDeed struct {
	verb  int
	timer fsm.Timer
	after time.Duration
	id    int
}

// arrive checks that the event is the one whose turn it is.
func (b *book) arrive(x turn, it item) {
	b.t.Helper()
	switch {
	case b.ended:
		b.t.Fatalf("item %d is handled after the end", it.id)
	case x.State != b.state || x.Data != b.data:
		b.t.Fatalf("item %d is handled in state %s with %d; want %s with %d", it.id, x.State, x.Data, b.state, b.data)
	case len(b.queue) > 0:
		b.next(&b.queue, it, "of the queue")
	case len(b.zero) > 0:
		ids := []int{b.timers[b.zero[0]].id}
		b.next(&ids, it, "of the time-outs of no time")
		delete(b.timers, b.zero[0])
		b.zero = b.zero[1:]
	case b.due(x.Event, it):
		delete(b.timers, timerOf(x.Event))
	default:
		b.next(&b.mail, it, "of the mailbox")
	}
}

func (b *book) next(list *[]int, it item, what string) {
	b.t.Helper()
	if len(*list) == 0 || (*list)[0] != it.id {
		b.t.Fatalf("item %d is handled; want the first %s: %v", it.id, what, *list)
	}
	*list = (*list)[1:]
}

// due reports whether the event is that of a timer whose time has come.
func (b *book) due(ev fsm.Event, it item) bool {
	p, ok := b.timers[timerOf(ev)]
	return ok && p.id == it.id && p.deadline <= b.clock.Now()
}

func timerOf(ev fsm.Event) fsm.Timer {
	i := slices.IndexFunc(bookTimers, func(t fsm.Timer) bool { return t.Kind() == ev.Kind && t.Name() == ev.Name })
	if i < 0 {
		return fsm.Timer{}
	}
	return bookTimers[i]
}

// entered checks that an enter call is due, and what it is told.
func (b *book) entered(x turn, from string) {
	b.t.Helper()
	if !b.open.enter || from != b.state || x.State != b.open.to || x.Data != b.open.data {
		b.t.Fatalf("entered %s from %s with %d; want %s from %s with %d, if at all",
			x.State, from, x.Data, b.open.to, b.state, b.open.data)
	}
	b.open.enter = false
}

// note writes down what a call of the callback returns, which adds one to the data.
func (b *book) note(outcome int, to string, entering bool) {
	b.ended = outcome >= outcomeStop
	b.endState, b.endData = b.state, b.data // the transition has not happened
	switch {
	case outcome == outcomeStop:
		b.endState, b.endData = b.open.to, b.open.data+1
	case outcome == outcomeNone && entering:
		b.endState, b.endData = b.open.to, b.open.data // only the enter call has not happened
	case outcome == outcomeNext:
		b.open.to = to
		b.open.enter = to != b.state
	case outcome == outcomeRepeat:
		b.open.enter = true
	}
	b.open.data++
}

func (b *book) terminate(state string, data int) {
	b.terminated++
	if state != b.endState || data != b.endData {
		b.t.Errorf("Terminate saw %s with %d; want %s with %d", state, data, b.endState, b.endData)
	}
}

// settle closes the turn that is being written down, in the order of gen_statem.
func (b *book) settle() {
	e := b.open
	b.open = nil
	if e == nil || b.ended {
		return
	}
	if b.enters && e.enter {
		b.t.Fatalf("item %d led to %s; want that entered", e.id, e.to)
	}
	changed := e.to != b.state
	if e.postpone && e.id != 0 {
		b.parked = append(b.parked, e.id)
	}
	var retried []int
	if changed {
		retried, b.parked = b.parked, nil
	}
	b.cancel(fsm.EventTimer())
	if changed {
		b.cancel(fsm.StateTimer())
	}
	for i, op := range e.ops {
		if !slices.ContainsFunc(e.ops[i+1:], func(later timerDeed) bool { return later.timer == op.timer }) {
			b.apply(op)
		}
	}
	b.queue = slices.Concat(e.inserts, retried, b.queue)
	b.state, b.data = e.to, e.data
}

func (b *book) apply(op timerDeed) {
	running := b.timers[op.timer]
	switch {
	case op.verb == deedCancel || op.verb != deedUpdate && op.after == fsm.Infinity:
		b.cancel(op.timer)
	case op.verb == deedUpdate && running != nil:
		running.id = op.id
	case op.verb == deedUpdate || op.after == 0:
		b.cancel(op.timer)
		b.timers[op.timer] = &promise{op.id, 0}
		b.zero = append(b.zero, op.timer)
	case op.verb == deedSetAt:
		b.cancel(op.timer)
		b.timers[op.timer] = &promise{op.id, op.after}
	default:
		b.cancel(op.timer)
		b.timers[op.timer] = &promise{op.id, b.clock.Now() + op.after}
	}
}

func (b *book) cancel(timer fsm.Timer) {
	delete(b.timers, timer)
	b.zero = slices.DeleteFunc(b.zero, func(z fsm.Timer) bool { return z == timer })
}

// run runs the machine and compares it with the book.
func (b *book) run() {
	b.t.Helper()
	b.core.Run()
	b.settle()
	if b.ended {
		b.checkEnd()
		return
	}
	s := b.core.Status()
	if s.State != b.state || s.Data != b.data || s.Suspended != b.suspended || b.core.Err() != nil {
		b.t.Fatalf("at rest in %s with %d, suspended %v, %v; want %s with %d, suspended %v",
			s.State, s.Data, s.Suspended, b.core.Err(), b.state, b.data, b.suspended)
	}
	if len(b.queue)+len(b.zero) > 0 || len(b.mail) > 0 && !b.suspended {
		b.t.Fatalf("at rest while there are %v in the queue, %v of no time, %v in the mailbox", b.queue, b.zero, b.mail)
	}
	var parked []int
	for _, ev := range s.Postponed {
		parked = append(parked, ev.Content.(item).id)
	}
	if !slices.Equal(parked, b.parked) {
		b.t.Fatalf("postponed: %v; want %v", parked, b.parked)
	}
	b.checkTimers(s.Timeouts)
	b.checkAnswers()
}

func (b *book) checkTimers(timeouts []fsm.Timeout) {
	b.t.Helper()
	running := map[fsm.Timer]promise{}
	for _, timeout := range timeouts {
		if _, twice := running[timeout.Timer]; twice {
			b.t.Fatalf("timer %v runs twice: %v", timeout.Timer, timeouts)
		}
		running[timeout.Timer] = promise{timeout.Content.(item).id, timeout.Deadline}
	}
	want := map[fsm.Timer]promise{}
	for timer, p := range b.timers {
		want[timer] = *p
		if p.deadline <= b.clock.Now() && !b.suspended {
			b.t.Fatalf("at rest while timer %v is due since %v", timer, p.deadline)
		}
	}
	if !cmp.Equal(running, want, cmp.AllowUnexported(fsm.Timer{}, promise{})) {
		b.t.Fatalf("timers that run: %v; want %v", running, want)
	}
}

// checkEnd checks that the machine has ended once, and that nobody waits who could still be told.
func (b *book) checkEnd() {
	b.t.Helper()
	if b.core.Err() == nil || b.terminated != 1 {
		b.t.Fatalf("after the end: %v, Terminate called %d times", b.core.Err(), b.terminated)
	}
	for _, id := range slices.Concat(b.queue, b.parked, b.mail) {
		if n, call := b.answers[id]; call && n == 0 {
			b.t.Fatalf("call %d still waits after the end", id)
		}
	}
	b.checkAnswers()
}

func (b *book) checkAnswers() {
	b.t.Helper()
	for id, n := range b.answers {
		if n > 1 {
			b.t.Fatalf("call %d was answered %d times", id, n)
		}
	}
}

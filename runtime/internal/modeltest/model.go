package modeltest

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	fsm "github.com/fsmgen/fsmgen/runtime"
	"github.com/fsmgen/fsmgen/runtime/statem"
)

// model is a model of gen_statem. It records what the callback returns, and computes from that
// which event comes next, which events are postponed, and which timers run. It finds events that
// are lost, handled twice or out of order, and timers that run twice.
type model struct {
	t     testing.TB
	tape  choices
	clock *fsm.Clock
	core  *statem.Core[string, int]

	enters    bool
	entries   [3]reaction        // by state
	reactions [3][words]reaction // by state and word
	turns     int                // so far
	ids       int                // last id of an item

	state     string
	data      int
	suspended bool
	mailbox   []int // ids of items sent and not handled, in this order; all lists hold ids
	queue     []int // inserted and retried
	postponed []int // oldest first
	zero      []statem.Timer
	timers    map[statem.Timer]*runningTimer // includes zero time-outs
	answers   map[int]int                    // number of answers to each call

	open       *turnRecord // the turn that is being recorded
	ended      bool
	endState   string // the state that Terminate must get
	endData    int
	terminated int
}

// runningTimer is a timer that runs.
type runningTimer struct {
	id       int
	deadline time.Duration
}

// turnRecord is the record of one turn.
type turnRecord struct {
	id       int // 0: the turn of Init
	to       string
	data     int
	enter    bool // an enter call is due
	postpone bool
	inserts  []int
	ops      []timerOp
}

type timerOp struct {
	verb  int
	timer statem.Timer
	after time.Duration
	id    int
}

// handled checks that the event is the next one of the model.
func (b *model) handled(x turn, it item) {
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
		b.next(&b.mailbox, it, "of the mailbox")
	}
}

func (b *model) next(list *[]int, it item, what string) {
	b.t.Helper()
	if len(*list) == 0 || (*list)[0] != it.id {
		b.t.Fatalf("item %d is handled; want the first %s: %v", it.id, what, *list)
	}
	*list = (*list)[1:]
}

// due reports whether the event is that of a timer that is due.
func (b *model) due(ev statem.Event, it item) bool {
	p, ok := b.timers[timerOf(ev)]
	return ok && p.id == it.id && p.deadline <= b.clock.Now()
}

func timerOf(ev statem.Event) statem.Timer {
	i := slices.IndexFunc(timerKeys, func(t statem.Timer) bool { return t.Kind() == ev.Kind && t.Name() == ev.Name })
	if i < 0 {
		return statem.Timer{}
	}
	return timerKeys[i]
}

// entered checks that an enter call is due, and its arguments.
func (b *model) entered(x turn, from string) {
	b.t.Helper()
	if !b.open.enter || from != b.state || x.State != b.open.to || x.Data != b.open.data {
		b.t.Fatalf("entered %s from %s with %d; want %s from %s with %d, if at all",
			x.State, from, x.Data, b.open.to, b.state, b.open.data)
	}
	b.open.enter = false
}

// note records the result of one call of the callback. Each call adds one to the data.
func (b *model) note(outcome int, to string, entering bool) {
	b.ended = outcome >= outcomeStop
	b.endState, b.endData = b.state, b.data // the transition is undone
	switch {
	case outcome == outcomeStop:
		b.endState, b.endData = b.open.to, b.open.data+1
	case outcome == outcomeNone && entering:
		b.endState, b.endData = b.open.to, b.open.data // only the enter call is undone
	case outcome == outcomeNext:
		b.open.to = to
		b.open.enter = to != b.state
	case outcome == outcomeRepeat:
		b.open.enter = true
	}
	b.open.data++
}

func (b *model) terminate(state string, data int) {
	b.terminated++
	if state != b.endState || data != b.endData {
		b.t.Errorf("Terminate saw %s with %d; want %s with %d", state, data, b.endState, b.endData)
	}
}

// settle ends the turn in the order of gen_statem.
func (b *model) settle() {
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
		b.postponed = append(b.postponed, e.id)
	}
	var retried []int
	if changed {
		retried, b.postponed = b.postponed, nil
	}
	b.cancel(statem.EventTimer())
	if changed {
		b.cancel(statem.StateTimer())
	}
	for i, op := range e.ops {
		if !slices.ContainsFunc(e.ops[i+1:], func(later timerOp) bool { return later.timer == op.timer }) {
			b.apply(op)
		}
	}
	b.queue = slices.Concat(e.inserts, retried, b.queue)
	b.state, b.data = e.to, e.data
}

func (b *model) apply(op timerOp) {
	running := b.timers[op.timer]
	switch {
	case op.verb == actCancel || op.verb != actUpdate && op.after == statem.Infinity:
		b.cancel(op.timer)
	case op.verb == actUpdate && running != nil:
		running.id = op.id
	case op.verb == actUpdate || op.after == 0:
		b.cancel(op.timer)
		b.timers[op.timer] = &runningTimer{op.id, 0}
		b.zero = append(b.zero, op.timer)
	case op.verb == actSetAt:
		b.cancel(op.timer)
		b.timers[op.timer] = &runningTimer{op.id, op.after}
	default:
		b.cancel(op.timer)
		b.timers[op.timer] = &runningTimer{op.id, b.clock.Now() + op.after}
	}
}

func (b *model) cancel(timer statem.Timer) {
	delete(b.timers, timer)
	b.zero = slices.DeleteFunc(b.zero, func(z statem.Timer) bool { return z == timer })
}

// run runs the machine and compares it with the model.
func (b *model) run() {
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
	if len(b.queue)+len(b.zero) > 0 || len(b.mailbox) > 0 && !b.suspended {
		b.t.Fatalf("at rest while there are %v in the queue, %v of no time, %v in the mailbox", b.queue, b.zero, b.mailbox)
	}
	var parked []int
	for _, ev := range s.Postponed {
		parked = append(parked, ev.Content.(item).id)
	}
	if !slices.Equal(parked, b.postponed) {
		b.t.Fatalf("postponed: %v; want %v", parked, b.postponed)
	}
	b.checkTimers(s.Timeouts)
	b.checkAnswers()
}

func (b *model) checkTimers(timeouts []statem.Timeout) {
	b.t.Helper()
	running := map[statem.Timer]runningTimer{}
	for _, timeout := range timeouts {
		if _, twice := running[timeout.Timer]; twice {
			b.t.Fatalf("timer %v runs twice: %v", timeout.Timer, timeouts)
		}
		running[timeout.Timer] = runningTimer{timeout.Content.(item).id, timeout.Deadline}
	}
	want := map[statem.Timer]runningTimer{}
	for timer, p := range b.timers {
		want[timer] = *p
		if p.deadline <= b.clock.Now() && !b.suspended {
			b.t.Fatalf("at rest while timer %v is due since %v", timer, p.deadline)
		}
	}
	if !cmp.Equal(running, want, cmp.AllowUnexported(statem.Timer{}, runningTimer{})) {
		b.t.Fatalf("timers that run: %v; want %v", running, want)
	}
}

// checkEnd checks that the machine has ended once, and that every call that could be answered has
// been.
func (b *model) checkEnd() {
	b.t.Helper()
	if b.core.Err() == nil || b.terminated != 1 {
		b.t.Fatalf("after the end: %v, Terminate called %d times", b.core.Err(), b.terminated)
	}
	for _, id := range slices.Concat(b.queue, b.postponed, b.mailbox) {
		if n, call := b.answers[id]; call && n == 0 {
			b.t.Fatalf("call %d still waits after the end", id)
		}
	}
	b.checkAnswers()
}

func (b *model) checkAnswers() {
	b.t.Helper()
	for id, n := range b.answers {
		if n > 1 {
			b.t.Fatalf("call %d was answered %d times", id, n)
		}
	}
}

package lineartest

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"pgregory.net/rapid"

	"github.com/fsmgen/fsmgen/runtime/statem"
)

// method is the typed method of an implementation.
type method func(ctx context.Context, ev event) (int, error)

// workload is a set of senders and the machine that they send to.
type workload struct {
	live
	ledger  *ledger
	senders []sender     // the first one only unlocks the ledger
	clock   atomic.Int64 // counts sends and answers, which gives them an order
	closed  bool
	ended   atomic.Bool // the machine was stopped or crashed before all events were handled

	tasks        int            // number of tasks so far
	interruption *task          // ends the machine early; nil if nothing does
	running      sync.WaitGroup // the senders
	collecting   sync.WaitGroup // the goroutines that wait for replies at the end
}

// sender is one goroutine. Other goroutines may read its results after the workload is closed.
type sender struct {
	tasks   chan task
	results []result
	pending []pendingCall
}

// task is a list of events that a sender sends one after the other, in one way.
type task struct {
	route route
	ops   []operation
}

// route is the way in which an event is sent.
type route string

const (
	byMethod  route = "method"
	byCall    route = "call"
	byGivenUp route = "call that is given up"
	byLater   route = "call whose reply is collected at the end"
	byCast    route = "cast"
	byPost    route = "post"
	byStop    route = "stop"
)

// result is the result of one event for its sender.
type result struct {
	event
	route        route
	total        int
	err          error
	begun, ended int64 // times on the clock of the workload; ended is 0 while no result is known
}

func (o result) String() string {
	return fmt.Sprintf("%s, event %d of sender %d by %s, which got %d and %v", o.op, o.number, o.sender, o.route, o.total, o.err)
}

// pendingCall is a call that waits for its reply at the end.
type pendingCall struct {
	at    int // index in results
	reply pending
}

func (o *workload) begin() {
	for i := 1; i < len(o.senders); i++ {
		s := &o.senders[i]
		s.tasks = make(chan task, 1000)
		o.running.Go(func() {
			for e := range s.tasks {
				o.run(i, e)
			}
			o.collect(s)
		})
	}
}

// close waits for the senders and for the end of the machine.
func (o *workload) close() {
	if o.closed {
		return
	}
	o.closed = true
	for i := 1; i < len(o.senders); i++ {
		close(o.senders[i].tasks)
	}
	gone := make(chan struct{})
	go func() {
		o.running.Wait()
		close(gone)
	}()
	o.unlock(gone)
	_ = o.Inspect(context.Background(), func() {}) // behind every cast
	_ = o.Stop(context.Background(), errClosed)
	<-o.Done()
	o.collecting.Wait()
}

// unlock unlocks the ledger until all senders have ended: a sender may wait for it.
func (o *workload) unlock(gone <-chan struct{}) {
	for o.Err() == nil {
		select {
		case <-gone:
			return
		default:
			o.run(0, task{byCall, []operation{unlock}})
			for range 100 {
				runtime.Gosched()
			}
		}
	}
	<-gone
}

var (
	errClosed  = errors.New("the workload is closed")
	errStopped = errors.New("stopped in the middle")
)

// actions returns the actions that rapid chooses from.
func (o *workload) actions() map[string]func(*rapid.T) {
	send := func(ways ...route) func(*rapid.T) {
		return func(t *rapid.T) {
			o.order(t, task{
				rapid.SampledFrom(ways).Draw(t, "way"),
				rapid.SliceOfN(rapid.SampledFrom([]operation{add, add, wait, wait, lock, unlock}), 5, 30).Draw(t, "words"),
			})
		}
	}
	return map[string]func(*rapid.T){
		"call":    send(byMethod, byCall),
		"give up": send(byGivenUp),
		"collect": send(byLater),
		"cast":    send(byCast, byPost),
		"disturb": o.interrupt,
	}
}

// interrupt ends the machine early if this workload is to be interrupted.
func (o *workload) interrupt(t *rapid.T) {
	if o.interruption == nil || o.tasks < 10 {
		return
	}
	o.order(t, *o.interruption)
	o.interruption = nil
}

// interruptions are the ways to end the machine early.
var interruptions = []*task{
	nil, nil, nil,
	{byStop, []operation{""}},
	{byMethod, []operation{crash}},
	{byCall, []operation{crash}},
	{byCast, []operation{crash}},
}

func (o *workload) order(t *rapid.T, e task) {
	o.tasks++
	o.senders[rapid.IntRange(1, len(o.senders)-1).Draw(t, "sender")].tasks <- e
}

// run sends the events of one task.
func (o *workload) run(i int, e task) {
	s := &o.senders[i]
	for _, w := range e.ops {
		if w == crash || e.route == byStop {
			o.ended.Store(true)
		}
		if e.route == byStop {
			_ = o.Stop(context.Background(), errStopped)
			continue
		}
		out := result{event: event{i, len(s.results), w}, route: e.route, begun: o.clock.Add(1)}
		out.total, out.err = o.deliver(s, out)
		if e.route != byLater {
			out.ended = o.clock.Add(1)
		}
		s.results = append(s.results, out)
	}
}

func (o *workload) deliver(s *sender, out result) (int, error) {
	ctx := context.Background()
	switch out.route {
	case byMethod:
		return o.method(ctx, out.event)
	case byCall:
		return o.call(ctx, out.event)
	case byGivenUp:
		return o.giveUp(out.event)
	case byLater:
		reply, err := o.send(out.event)
		if err == nil {
			s.pending = append(s.pending, pendingCall{len(s.results), reply})
		}
		return 0, err
	case byCast:
		return 0, o.Cast(out.event)
	default:
		return 0, o.Post(out.event)
	}
}

// giveUp makes a call with a context that is cancelled soon.
func (o *workload) giveUp(ev event) (int, error) {
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() {
		for range ev.number % 7 {
			runtime.Gosched()
		}
		cancel()
	})
	return o.method(ctx, ev)
}

// collect abandons some of the pending calls and waits for the others. Some replies come only with
// the end of the machine.
func (o *workload) collect(s *sender) {
	for i, p := range s.pending {
		out := &s.results[p.at]
		if i%3 == 0 && p.reply.Abandon() {
			out.err = statem.ErrAbandoned
			continue
		}
		o.collecting.Go(func() {
			out.total, out.err = p.reply.Wait(context.Background())
			out.ended = o.clock.Add(1)
		})
	}
}

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

func (r result) String() string {
	return fmt.Sprintf("%s, event %d of sender %d by %s, which got %d and %v", r.op, r.number, r.sender, r.route, r.total, r.err)
}

// pendingCall is a call that waits for its reply at the end.
type pendingCall struct {
	at    int // index in results
	reply pending
}

func (w *workload) begin() {
	for i := 1; i < len(w.senders); i++ {
		s := &w.senders[i]
		s.tasks = make(chan task, 1000)
		w.running.Go(func() {
			for e := range s.tasks {
				w.run(i, e)
			}
			w.collect(s)
		})
	}
}

// close waits for the senders and for the end of the machine.
func (w *workload) close() {
	if w.closed {
		return
	}
	w.closed = true
	for i := 1; i < len(w.senders); i++ {
		close(w.senders[i].tasks)
	}
	gone := make(chan struct{})
	go func() {
		w.running.Wait()
		close(gone)
	}()
	w.unlock(gone)
	_ = w.Inspect(context.Background(), func() {}) // behind every cast
	_ = w.Stop(context.Background(), errClosed)
	<-w.Done()
	w.collecting.Wait()
}

// unlock unlocks the ledger until all senders have ended: a sender may wait for it.
func (w *workload) unlock(gone <-chan struct{}) {
	for w.Err() == nil {
		select {
		case <-gone:
			return
		default:
			w.run(0, task{byCall, []operation{unlock}})
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
func (w *workload) actions() map[string]func(*rapid.T) {
	send := func(ways ...route) func(*rapid.T) {
		return func(t *rapid.T) {
			w.order(t, task{
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
		"disturb": w.interrupt,
	}
}

// interrupt ends the machine early if this workload is to be interrupted.
func (w *workload) interrupt(t *rapid.T) {
	if w.interruption == nil || w.tasks < 10 {
		return
	}
	w.order(t, *w.interruption)
	w.interruption = nil
}

// interruptions are the ways to end the machine early.
var interruptions = []*task{
	nil, nil, nil,
	{byStop, []operation{""}},
	{byMethod, []operation{crash}},
	{byCall, []operation{crash}},
	{byCast, []operation{crash}},
}

func (w *workload) order(t *rapid.T, e task) {
	w.tasks++
	w.senders[rapid.IntRange(1, len(w.senders)-1).Draw(t, "sender")].tasks <- e
}

// run sends the events of one task.
func (w *workload) run(i int, e task) {
	s := &w.senders[i]
	for _, op := range e.ops {
		if op == crash || e.route == byStop {
			w.ended.Store(true)
		}
		if e.route == byStop {
			_ = w.Stop(context.Background(), errStopped)
			continue
		}
		out := result{event: event{i, len(s.results), op}, route: e.route, begun: w.clock.Add(1)}
		out.total, out.err = w.deliver(s, out)
		if e.route != byLater {
			out.ended = w.clock.Add(1)
		}
		s.results = append(s.results, out)
	}
}

func (w *workload) deliver(s *sender, out result) (int, error) {
	ctx := context.Background()
	switch out.route {
	case byMethod:
		return w.method(ctx, out.event)
	case byCall:
		return w.call(ctx, out.event)
	case byGivenUp:
		return w.giveUp(out.event)
	case byLater:
		reply, err := w.send(out.event)
		if err == nil {
			s.pending = append(s.pending, pendingCall{len(s.results), reply})
		}
		return 0, err
	case byCast:
		return 0, w.Cast(out.event)
	default:
		return 0, w.Post(out.event)
	}
}

// giveUp makes a call with a context that is cancelled soon.
func (w *workload) giveUp(ev event) (int, error) {
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() {
		for range ev.number % 7 {
			runtime.Gosched()
		}
		cancel()
	})
	return w.method(ctx, ev)
}

// collect abandons some of the pending calls and waits for the others. Some replies come only with
// the end of the machine.
func (w *workload) collect(s *sender) {
	for i, p := range s.pending {
		out := &s.results[p.at]
		if i%3 == 0 && p.reply.Abandon() {
			out.err = statem.ErrAbandoned
			continue
		}
		w.collecting.Go(func() {
			out.total, out.err = p.reply.Wait(context.Background())
			out.ended = w.clock.Add(1)
		})
	}
}

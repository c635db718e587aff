// Package drive takes generated machines of random specs along random walks, on the fake clock of a synctest bubble,
// and writes down what they are seen to do. Whatever else runs the same spec along the same walk must write the same.
package drive

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/fsmgen/fsmgen/internal/spectest"
	fsm "github.com/fsmgen/fsmgen/runtime"
)

// Machine is a generated machine with one owner, as its methods.
type Machine struct {
	Send        []func(n int) (reply any, err error) // in the order of spectest.Events
	State       func() string
	Count       func() int
	Err         func() error
	Expire      func() (time.Duration, bool)
	Invocations func() []fsm.Invocation    // nil: the machine has no invokes
	Finish      func(fsm.Invocation) error // nil: the machine has no invokes
}

// walker takes one machine along one walk.
type walker struct {
	Machine
	trace   *Trace
	begun   time.Time // when the clock of the machine was made
	invokes []fsm.Invocation
}

// Walk takes the machine that start returns along a walk. It runs in a synctest bubble.
func Walk(trace *Trace, walk []spectest.Move, start func() Machine) {
	w := walker{trace: trace, begun: time.Now()}
	w.Machine = start()
	w.see(-1, nil, nil)
	for i, m := range walk {
		reply, err := w.move(m)
		w.see(i, reply, err)
	}
}

func (w *walker) move(m spectest.Move) (any, error) {
	switch {
	case m.Event >= 0:
		return w.Send[m.Event](m.N)
	case m.Wait > 0:
		w.wait(m.Wait)
	case len(w.invokes) > 0:
		w.trace.Return(m)
		w.finish(m.N % len(w.invokes))
	}
	return nil, nil
}

func (w *walker) now() time.Duration { return time.Since(w.begun) }

// wait lets time pass, from the expiry of one timer to the next.
func (w *walker) wait(d time.Duration) {
	end := w.now() + d
	for w.Err() == nil {
		next, ok := w.Expire()
		w.gather()
		if !ok || next > end {
			break
		}
		time.Sleep(next - w.now())
	}
	time.Sleep(end - w.now())
}

// finish ends an invoke.
func (w *walker) finish(i int) {
	invocation := w.invokes[i]
	w.invokes = slices.Delete(w.invokes, i, i+1)
	invocation.Run()
	_ = w.Finish(invocation)
}

// gather takes the invokes that have begun, after the cancelled ones have returned, which those that follow them wait
// for.
func (w *walker) gather() {
	if w.Invocations == nil {
		return
	}
	w.invokes = append(w.invokes, w.Invocations()...)
	for {
		cancelled := slices.IndexFunc(w.invokes, func(i fsm.Invocation) bool { return i.Context().Err() != nil })
		if cancelled < 0 {
			break
		}
		w.finish(cancelled)
		w.invokes = append(w.invokes, w.Invocations()...)
	}
	slices.SortFunc(w.invokes, func(a, b fsm.Invocation) int { return a.Invoke() - b.Invoke() })
}

func (w *walker) see(move int, reply any, err error) {
	w.gather()
	s := Sight{Reply: reply, Err: err, State: w.State(), Count: w.Count(), Invokes: len(w.invokes), Next: -1}
	if w.Err() != nil {
		s.Invokes = 0
	} else if next, ok := w.Expire(); ok {
		s.Next = next - w.now()
	}
	w.trace.See(move, s)
}

// Hooks are the hooks of the generated machine of any random spec. C and V are its Ctx and View, D its Data and O the
// type of the outcomes of its choice.
type Hooks[C, V, D, O any] struct {
	Trace    *Trace
	AddOne   func(*C) // adds one to count
	Outcomes []O
}

// The hooks, as package spectest declares them.

func (h *Hooks[C, V, D, O]) G0(*V) bool { return h.Trace.Guard("g0") }

func (h *Hooks[C, V, D, O]) G1(*V) bool { return h.Trace.Guard("g1") }

func (h *Hooks[C, V, D, O]) Gn(_ *V, n int) bool { return h.Trace.Guard("gn") != (n%3 == 0) }

func (h *Hooks[C, V, D, O]) A0(*C) { h.Trace.Act("a0") }

func (h *Hooks[C, V, D, O]) A1(*C) { h.Trace.Act("a1") }

func (h *Hooks[C, V, D, O]) A2(*C) { h.Trace.Act("a2") }

func (h *Hooks[C, V, D, O]) An(_ *C, n int) { h.Trace.Act("an", n) }

func (h *Hooks[C, V, D, O]) Bump(x *C) {
	h.Trace.Act("bump")
	h.AddOne(x)
}

func (h *Hooks[C, V, D, O]) R0(*V) int { return h.Trace.Reply("r0") }

func (h *Hooks[C, V, D, O]) Rn(_ *V, n int) int { return h.Trace.Reply("rn", n) }

func (h *Hooks[C, V, D, O]) Route(*V) O {
	return h.Outcomes[h.Trace.Choose("route", len(h.Outcomes))]
}

func (h *Hooks[C, V, D, O]) Fetch(context.Context, D) (int, error) { return h.Trace.Invoke() }

func (h *Hooks[C, V, D, O]) Play(context.Context, D) error {
	_, err := h.Trace.Invoke()
	return err
}

func (h *Hooks[C, V, D, O]) Terminated(_ *C, reason error) { h.Trace.Act("terminated", " ", reason) }

// Trace is what a walk is seen to do, and what the hooks answer on it.
type Trace struct {
	Walk  uint64 // the seed
	Lines []string

	actions int
	result  int
	fails   bool
}

// limit is how long a trace may become. Where a machine finds no end, a hook panics.
const limit = 200_000

// Act notes an action, with its payload if it takes one.
func (t *Trace) Act(name string, payload ...any) {
	if len(t.Lines) > limit {
		panic("drive: a walk without end")
	}
	t.actions++
	t.Lines = append(t.Lines, fmt.Sprint(append([]any{name}, payload...)...))
}

// Guard answers a guard.
func (t *Trace) Guard(name string) bool { return spectest.Coin(t.Walk, name, t.actions)%2 == 0 }

// Choose answers a choice with the index of an outcome.
func (t *Trace) Choose(name string, outcomes int) int {
	return int(spectest.Coin(t.Walk, name, t.actions) % uint64(outcomes))
}

// Reply notes and answers a reply.
func (t *Trace) Reply(name string, payload ...any) int {
	t.Lines = append(t.Lines, fmt.Sprint(append([]any{name}, payload...)...))
	return int(spectest.Coin(t.Walk, name, t.actions) % 1000)
}

// Return says what the next invoke that ends comes to.
func (t *Trace) Return(m spectest.Move) { t.result, t.fails = m.N, m.Fails }

// ErrFailed is what an invoke fails with.
var ErrFailed = errors.New("failed")

// Invoke answers an invoke.
func (t *Trace) Invoke() (int, error) {
	if t.fails {
		return 0, ErrFailed
	}
	return t.result, nil
}

// Sight is what can be seen of a machine after a move.
type Sight struct {
	Reply   any
	Err     error
	State   string
	Count   int
	Invokes int
	Next    time.Duration // until the first timer expires; negative: none runs
}

// See notes what can be seen after a move.
func (t *Trace) See(move int, s Sight) {
	if s.Err != nil {
		s.Reply = nil
	}
	t.Lines = append(t.Lines, fmt.Sprintf("%d: %s count=%d invokes=%d next=%v reply=%v err=%v",
		move, s.State, s.Count, s.Invokes, s.Next, s.Reply, s.Err))
}

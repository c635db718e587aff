package drive

import (
	"slices"
	"time"

	fsm "github.com/fsmgen/fsmgen/runtime"
	"github.com/fsmgen/fsmgen/spec/interp/randspec"
)

// Machine is a generated machine with one owner, as its methods.
type Machine struct {
	Send        []func(n int) (reply any, err error) // in the order of randspec.Events
	State       func() string
	Count       func() int
	Err         func() error
	Expire      func() (time.Duration, bool)
	Invocations func() []*fsm.Invocation    // nil: the machine has no invokes
	Finish      func(*fsm.Invocation) error // nil: the machine has no invokes
}

// walker takes one machine along one walk.
type walker struct {
	Machine
	trace   *Trace
	begun   time.Time // when the clock of the machine was made
	invokes []*fsm.Invocation
}

// Walk takes the machine that start returns along a walk. It runs in a synctest bubble.
func Walk(trace *Trace, walk []randspec.Move, start func() Machine) {
	w := walker{trace: trace, begun: time.Now()}
	w.Machine = start()
	w.see(-1, nil, nil)
	for i, m := range walk {
		reply, err := w.move(m)
		w.see(i, reply, err)
	}
}

func (w *walker) move(m randspec.Move) (any, error) {
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

// gather takes the invokes that have begun, after the cancelled ones have returned, which those that follow them wait for.
func (w *walker) gather() {
	if w.Invocations == nil {
		return
	}
	w.invokes = append(w.invokes, w.Invocations()...)
	for {
		cancelled := slices.IndexFunc(w.invokes, func(i *fsm.Invocation) bool { return i.Context().Err() != nil })
		if cancelled < 0 {
			break
		}
		w.finish(cancelled)
		w.invokes = append(w.invokes, w.Invocations()...)
	}
	slices.SortFunc(w.invokes, func(a, b *fsm.Invocation) int { return a.Invoke() - b.Invoke() })
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

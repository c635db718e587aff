package workerfsm_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fsmgen/fsmgen/generated/workerfsm"
	fsm "github.com/fsmgen/fsmgen/runtime"
)

// life is a worker, and what its observer and its hooks have seen.
type life struct {
	t      *testing.T
	worker *workerfsm.Machine
	clock  *fsm.Clock
	diary  diary
	last   string // the state that the observer has seen last
	over   bool
}

func newLife(t *testing.T) *life {
	t.Helper()
	l := &life{t: t, clock: fsm.NewVirtualClock(), last: workerfsm.StateInitializing.String()}
	var err error
	if l.worker, err = workerfsm.NewWith(l.diary.hooks(), workerfsm.Params{}, fsm.BareConfig{Clock: l.clock, Observer: l}); err != nil {
		t.Fatal(err)
	}
	return l
}

// Observe checks that each step is one of the spec and begins where the one before has ended.
func (l *life) Observe(info *fsm.Info, step fsm.Step) {
	if step.From != l.last {
		l.t.Errorf("%s begins in %s; want %s", step.Event, step.From, l.last)
	}
	l.last = step.To
	if step.Kind != fsm.StepAccepted {
		if step.From != step.To {
			l.t.Errorf("%s is %s and leads from %s to %s", step.Event, step.Kind, step.From, step.To)
		}
		return
	}
	taken := info.Transitions[step.Transition]
	to := taken.To
	if taken.Internal {
		to = step.From
	}
	if !within(step.From, taken.From) || taken.Event != step.Event || to != step.To {
		l.t.Errorf("the step %s --%s--> %s is said to be %+v", step.From, step.Event, step.To, taken)
	}
}

// within reports whether a state is another one or inside it.
func within(state, of string) bool {
	inner, err := workerfsm.ParseState(state)
	outer, err2 := workerfsm.ParseState(of)
	return err == nil && err2 == nil && inner.In(outer)
}

// pass lets time pass, from one time-out to the next.
func (l *life) pass(d time.Duration) {
	for end := l.clock.Now() + d; ; {
		next, ok := l.worker.Expire()
		if !ok || next > end {
			l.clock.Advance(end)
			return
		}
		l.clock.Advance(next)
	}
}

// happen lets one event happen.
func (l *life) happen(o occurrence) {
	before, entries, due := l.worker.Data(), len(l.diary.entries), l.due()
	state := l.worker.State()
	err := o.send(l.worker)
	l.checkVerdict(o, state, before.Leases, err)
	if err != nil && (l.worker.State() != state || l.worker.Data() != before || len(l.diary.entries) != entries || l.due() != due) {
		l.t.Errorf("%s in %s is refused (%v) and changes something: %v, %+v", o.name, state, err, l.worker.State(), l.worker.Data())
	}
	if err == nil && !leads(state, o.name, l.worker.State()) {
		l.t.Errorf("%s leads from %s to %s; the spec says otherwise", o.name, state, l.worker.State())
	}
}

// leads reports whether the spec has a transition for this, or ignores the event.
func leads(from workerfsm.State, event string, to workerfsm.State) bool {
	handled := false
	for _, t := range workerfsm.Info().Transitions {
		if within(from.String(), t.From) && t.Event == event {
			if t.To == to.String() || t.Internal && from == to {
				return true
			}
			handled = true
		}
	}
	return !handled && from == to
}

// due is when the worker's next time-out is; never is -1.
func (l *life) due() time.Duration {
	if next, ok := l.worker.Expire(); ok {
		return next
	}
	return -1
}

// checkVerdict checks that an event is refused exactly where the table of the worker has no use for it, or where a client is
// done that there is not.
func (l *life) checkVerdict(o occurrence, state workerfsm.State, leases int, err error) {
	info := workerfsm.Info()
	event := slices.Index(info.Events, o.name)
	switch unhandled := (*fsm.UnhandledError)(nil); {
	case state == workerfsm.StateTerminated:
		if !errors.Is(err, fsm.ErrStopped) {
			l.t.Errorf("%s after the end: %v; want ErrStopped", o.name, err)
		}
	case state.In(workerfsm.StateServing) && leases == 0 && strings.HasPrefix(o.name, "checkin"):
		if !errors.As(err, &unhandled) {
			l.t.Errorf("%s in %s: %v; want an UnhandledError, since no client has the worker", o.name, state, err)
		}
	case info.Accepts(int(state), event):
		if err != nil {
			l.t.Errorf("%s in %s: %v; want it taken", o.name, state, err)
		}
	case !errors.As(err, &unhandled):
		l.t.Errorf("%s in %s: %v; want an UnhandledError", o.name, state, err)
	}
}

// check holds the worker against the spec.
func (l *life) check() {
	l.t.Helper()
	state, data := l.worker.State(), l.worker.Data()
	if l.last != state.String() {
		l.t.Fatalf("the observer has seen the worker last in %s; want %v", l.last, state)
	}
	if owned := data.Leases; owned < 0 || owned > 0 && !state.In(workerfsm.StateServing) {
		l.t.Fatalf("in %s the worker has %d clients", state, owned)
	}
	if serves, want := l.diary.count("ready")-l.diary.count("removal"), state.In(workerfsm.StateAvailable); (serves == 1) != want {
		l.t.Fatalf("in %s the worker has been reported ready %d times more than removed; want once: %t", state, serves, want)
	}
	l.checkTimer()
	l.checkEnd()
}

// checkTimer checks that a time-out is due only in the states that declare one.
func (l *life) checkTimer() {
	l.t.Helper()
	_, armed := l.worker.Expire()
	declares := false
	switch state := l.worker.State(); {
	case state == workerfsm.StateInitializing, state.In(workerfsm.StateDraining):
		declares = true
	case state == workerfsm.StateTerminating:
		declares = l.diary.count("kill") == 0 // the last one
	}
	if armed != declares {
		l.t.Fatalf("in %s, a time-out is due: %v; want %v", l.worker.State(), armed, declares)
	}
}

// checkEnd checks that the end comes once, in the final state, and is for good.
func (l *life) checkEnd() {
	l.t.Helper()
	ended := l.worker.State() == workerfsm.StateTerminated
	if l.over && !ended {
		l.t.Fatalf("a worker that was terminated is %s", l.worker.State())
	}
	l.over = ended
	if err := l.worker.Err(); errors.Is(err, fsm.ErrStopped) != ended {
		l.t.Fatalf("Err() = %v in %s", err, l.worker.State())
	}
	if n := l.diary.count("terminated"); n != 0 && !ended || n != 1 && ended {
		l.t.Fatalf("Terminated has run %d times in %s", n, l.worker.State())
	}
}

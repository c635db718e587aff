package impl_test

import (
	"errors"
	"slices"
	"testing"

	fsm "github.com/fsmgen/fsmgen/runtime"
	"github.com/fsmgen/fsmgen/runtime/impl"
)

// relay is a machine with the states 1 to 3. It passes events on to the next state until one handles them: "to N" is
// handled by state N, "wait" is postponed in state 1, and "never" by none.
type relay struct {
	engine impl.Engine
	log    []string
}

var relayInfo = impl.NewInfo(impl.Info{
	Machine: "relay", States: []string{"", "a", "b", "c"}, Events: []string{"pass", "wait"},
	Calls: []bool{true, false}, Transitions: []fsm.TransitionInfo{{From: "a", Event: "pass", To: "b"}}, Retries: true,
})

// pass is handled by state at; 0: by none.
type pass struct {
	name string
	at   int
}

// wait is postponed in state a.
type wait string

func (r *relay) Step(ev impl.Event) (any, error) {
	state := r.engine.State()
	switch content := ev.Content.(type) {
	case pass:
		if state == content.at {
			r.log = append(r.log, content.name)
			return state, nil
		}
		r.engine.Commit(state%3+1, 0)
		return nil, r.engine.Retry(0)
	case wait:
		if state == 1 {
			return nil, r.engine.Postpone(1)
		}
		r.log = append(r.log, string(content))
	}
	return nil, nil
}

func (r *relay) Terminate(reason error) {}

func newRelay() *relay {
	r := &relay{}
	r.engine.Init(relayInfo, 1)
	r.engine.OpenBare(fsm.BareConfig{})
	return r
}

func TestTakeRetried_ResultIsThatOfTheStateThatHandlesTheEvent(t *testing.T) {
	r := newRelay()
	for range 2 {
		for at := 1; at <= 3; at++ {
			if state, err := impl.TakeRetried[int](&r.engine, r, pass{"x", at}); state != at || err != nil {
				t.Errorf("TakeRetried(at %d) = %d, %v; want it handled there", at, state, err)
			}
		}
	}
}

func TestRetry_ComesAfterOlderPostponedEvents(t *testing.T) {
	r := newRelay()
	for _, w := range []wait{"old", "older"} {
		if err := r.engine.Take(r, w); err != fsm.ErrPending {
			t.Fatalf("Take(%s) = %v; want it to wait", w, err)
		}
	}
	if _, err := impl.TakeRetried[int](&r.engine, r, pass{"x", 2}); err != nil {
		t.Fatal(err)
	}
	if want := []string{"old", "older", "x"}; !slices.Equal(r.log, want) {
		t.Errorf("the order is %q; want %q", r.log, want)
	}
}

func TestRetry_InACircleEndsTheMachine(t *testing.T) {
	r := newRelay()
	for range fsm.EventlessLimit { // retries of different events are no circle
		if _, err := impl.TakeRetried[int](&r.engine, r, pass{"x", r.engine.State()%3 + 1}); err != nil {
			t.Fatal(err)
		}
	}
	_, err := impl.TakeRetried[int](&r.engine, r, pass{"never", 0})
	circle, ok := errors.AsType[*fsm.RetryError](err)
	if !ok || circle.Event != "pass" || !errors.Is(err, fsm.ErrStopped) {
		t.Fatalf("TakeRetried(never) = %v; want the machine to end with a RetryError", err)
	}
	want := "fsm: relay: more than 1000 transitions in a row postponed event pass, the last into state " + circle.State +
		": one of the states must handle it"
	if circle.Error() != want {
		t.Errorf("the error is %q; want %q", circle, want)
	}
}

func TestRetry_ThroughAServer(t *testing.T) {
	r := new(relay)
	r.engine.Init(relayInfo, 1)
	var s impl.Server
	s.Open(r, &r.engine, fsm.Config{})
	if !s.Release(nil) {
		t.Fatal("the new machine has something left to do")
	}
	for range 2 {
		for at := 1; at <= 3; at++ {
			if state, err := impl.Call[int](t.Context(), &s, pass{"x", at}); state != at || err != nil {
				t.Errorf("Call(at %d) = %d, %v; want it handled there", at, state, err)
			}
			if err := s.Cast(pass{"y", at%3 + 1}); err != nil {
				t.Error(err)
			}
		}
	}
	if len(r.log) != 12 {
		t.Errorf("%d events are handled; want 12: %q", len(r.log), r.log)
	}
	if err := s.Stop(t.Context(), nil); err != nil {
		t.Error(err)
	}
}

package engine_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	fsm "github.com/fsmgen/fsmgen/runtime"
	"github.com/fsmgen/fsmgen/runtime/internal/engine"
)

func TestEngine_TypedEvent(t *testing.T) {
	m := newTurnstile(fsm.NewVirtualClock())
	if coins, err := m.Coin(); coins != 1 || err != nil {
		t.Fatalf("Coin() = %d, %v; want 1", coins, err)
	}
	if m.engine.State() != open {
		t.Fatalf("state after a coin = %d; want open", m.engine.State())
	}
}

func TestEngine_RejectedEvent(t *testing.T) {
	m := newTurnstile(fsm.NewVirtualClock())
	err := m.Push()
	unhandled, ok := errors.AsType[*fsm.UnhandledError](err)
	if !ok {
		t.Fatalf("Push() = %v; want an UnhandledError", err)
	}
	want := fsm.UnhandledError{Machine: "turnstile", State: "locked", Event: "push", Allowed: []string{"coin", "visit", "do"}}
	if diff := cmp.Diff(want, *unhandled); diff != "" {
		t.Errorf("Push() (-want +got):\n%s", diff)
	}
	text := "fsm: turnstile: event push is not handled in state locked, which handles coin, visit, do"
	if err.Error() != text {
		t.Errorf("text = %q; want %q", err, text)
	}
	if m.engine.State() != locked {
		t.Errorf("state = %d; want locked", m.engine.State())
	}
}

func TestEngine_EventsWithoutTransition(t *testing.T) {
	tests := []struct {
		name   string
		do     func(e *engine.Engine) error
		want   string
		target any
	}{
		{"no guard held", func(e *engine.Engine) error { return e.Refuse(eventCoin) }, "fsm: turnstile: event coin is refused in state locked: no guard held", new(*fsm.UnhandledError)},
		{"call without a reply", func(e *engine.Engine) error { return e.NoReply(eventCoin) }, "fsm: turnstile: call coin gets no reply in state locked", new(*fsm.NoReplyError)},
		{
			"call without a reply that has moved the machine",
			func(e *engine.Engine) error { e.Commit(open, transitionCoin); return e.NoReplyIn(locked, eventCoin) },
			"fsm: turnstile: call coin gets no reply in state locked", new(*fsm.NoReplyError),
		},
		{"ignored call", func(e *engine.Engine) error { return e.Ignore(eventCoin) }, "fsm: turnstile: call coin gets no reply in state locked", new(*fsm.NoReplyError)},
		{"ignored event", func(e *engine.Engine) error { return e.Ignore(eventPush) }, "", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := newTurnstile(fsm.NewVirtualClock())
			err := tt.do(&m.engine)
			if tt.want == "" {
				if err != nil {
					t.Fatalf("error = %v; want none", err)
				}
				return
			}
			if err == nil || err.Error() != tt.want || !errors.As(err, tt.target) {
				t.Errorf("error = %v; want %s", err, tt.want)
			}
		})
	}
}

func TestEngine_TimersDueAtOnceFireInOrderOfStart(t *testing.T) {
	clock := fsm.NewVirtualClock()
	m := newTurnstile(clock)
	for alarm := range alarms {
		_ = m.Do(alarmAfter(alarm, time.Minute, fmt.Sprint("alarm ", alarm)))
	}
	_ = m.Do(alarmAfter(0, time.Minute, "alarm 0 again")) // started anew: it is the last one now
	clock.Advance(time.Minute)
	m.engine.Expire(m)
	var want []string
	for alarm := 1; alarm < alarms; alarm++ {
		want = append(want, fmt.Sprint("alarm ", alarm))
	}
	if diff := cmp.Diff(append(want, "alarm 0 again"), m.log); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
}

func TestEngine_PostponedEventsAreRetriedOldestFirst(t *testing.T) {
	m := newTurnstile(fsm.NewVirtualClock())
	for _, who := range []string{"ann", "bob"} {
		if err := m.Visit(who); err != fsm.ErrPending {
			t.Fatalf("Visit(%s) = %v; want ErrPending", who, err)
		}
	}
	if err := m.Do(func(t *turnstile) { t.note("no change") }); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Coin(); err != nil {
		t.Fatal(err)
	}
	want := []string{"no change", "visit ann", "visit bob"}
	if diff := cmp.Diff(want, m.log); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
}

func TestEngine_RaisedEventsBeforeRetriedOnes(t *testing.T) {
	m := newTurnstile(fsm.NewVirtualClock())
	_ = m.Visit("ann") // postponed
	err := m.Do(func(t *turnstile) {
		t.note("outer begins")
		t.engine.Raise(do{func(t *turnstile) {
			t.note("first")
			t.engine.Raise(do{func(t *turnstile) { t.note("child of first") }})
		}})
		t.engine.Raise(coin{})
		t.engine.Raise(do{func(t *turnstile) { t.note("second") }})
		t.note("outer ends")
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"outer begins", "outer ends", "first", "child of first", "visit ann", "second"}
	if diff := cmp.Diff(want, m.log); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
}

func TestExpire_FiresDueTimers(t *testing.T) {
	clock := fsm.NewVirtualClock()
	m := newTurnstile(clock)
	m.openTime = 10 * time.Second
	_, _ = m.Coin()
	if next, ok := m.engine.Deadline(); next != 10*time.Second || !ok {
		t.Fatalf("Deadline() = %v, %v; want 10s", next, ok)
	}
	clock.Advance(10*time.Second - 1)
	if next, ok := m.engine.Expire(m); next != 10*time.Second || !ok {
		t.Fatalf("Expire() a moment too early = %v, %v; want 10s", next, ok)
	}
	clock.Advance(10 * time.Second)
	if _, ok := m.engine.Expire(m); ok || m.engine.State() != locked {
		t.Fatalf("after Expire(): state %d, another timer: %v; want locked, none", m.engine.State(), ok)
	}
}

func TestExpire_StoppedTimer(t *testing.T) {
	clock := fsm.NewVirtualClock()
	m := newTurnstile(clock)
	m.openTime = time.Second
	_, _ = m.Coin()
	if err := m.Push(); err != nil {
		t.Fatal(err)
	}
	clock.Advance(time.Minute)
	if _, ok := m.engine.Expire(m); ok || len(m.log) > 0 {
		t.Errorf("Expire() fired %q", m.log)
	}
}

func TestExpire_EarliestFirstMayStopTheNext(t *testing.T) {
	clock := fsm.NewVirtualClock()
	m := newTurnstile(clock)
	note := func(s string) func(*turnstile) { return func(t *turnstile) { t.note("%s", s) } }
	_ = m.Do(func(t *turnstile) {
		t.setAlarm(0, 3*time.Second, note("late"))
		t.setAlarm(1, 2*time.Second, note("stopped"))
		t.setAlarm(2, time.Second, func(t *turnstile) {
			t.note("early")
			t.engine.StopTimer(timerAlarm + 1) // it has expired too, but is not delivered (R038)
			t.setAlarm(2, 0, note("at once"))
		})
	})
	clock.Advance(time.Minute)
	m.engine.Expire(m)
	want := []string{"early", "at once", "late"}
	if diff := cmp.Diff(want, m.log); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
}

func TestEngine_StoppedTerminatesOnce(t *testing.T) {
	m := newTurnstile(fsm.NewVirtualClock())
	broken := errors.New("broken")
	var reason error
	m.terminated = func(err error) { reason = err }
	_ = m.Visit("ann") // postponed, and dropped by the end
	_ = m.Do(func(t *turnstile) {
		t.engine.Stop(broken)
		t.engine.Stop(errors.New("too late: the first reason counts"))
		t.engine.Raise(do{func(t *turnstile) { t.note("never") }})
	})
	if reason != broken {
		t.Errorf("Terminate(%v); want %v", reason, broken)
	}
	_, err := m.Coin()
	if !errors.Is(err, fsm.ErrStopped) || !errors.Is(err, broken) {
		t.Errorf("Coin() after the end = %v; want ErrStopped because of %v", err, broken)
	}
	if diff := cmp.Diff([]string{"terminated"}, m.log); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
	if !errors.Is(m.engine.Err(), fsm.ErrStopped) {
		t.Errorf("Err() = %v; want ErrStopped", m.engine.Err())
	}
}

func TestEngine_TypedPathDoesNotAllocate(t *testing.T) {
	m := newTurnstile(fsm.NewClock())
	allocs := testing.AllocsPerRun(1000, func() {
		_, _ = m.Coin()
		_ = m.Push()
		_ = m.Push() // rejected
	})
	if allocs != 0 {
		t.Errorf("a typed event allocates %v times; want 0", allocs)
	}
}

// listener writes down the events that it gets, and does something in the first.
type listener struct {
	engine engine.Engine
	first  func(e *engine.Engine)
	heard  []any
}

func (l *listener) Step(ev engine.Event) (any, error) {
	if l.heard = append(l.heard, ev.Content); len(l.heard) == 1 {
		l.first(&l.engine)
	}
	return nil, nil
}

func (l *listener) Terminate(error) {}

func TestWithdraw_EventIsNotHandled(t *testing.T) {
	type done struct{}
	tests := []struct {
		name  string
		first func(e *engine.Engine)
		want  []any
	}{
		{"nothing was raised", func(e *engine.Engine) { e.Withdraw(done{}) }, []any{"go"}},
		{
			"it goes, as often as it was raised",
			func(e *engine.Engine) {
				e.Raise(done{})
				e.Raise("other")
				e.Raise(done{})
				e.Withdraw(done{})
			},
			[]any{"go", "other"},
		},
		{
			"what is raised after that stays",
			func(e *engine.Engine) {
				e.Raise(done{})
				e.Withdraw(done{})
				e.Raise(done{})
			},
			[]any{"go", done{}},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			l := &listener{first: test.first}
			l.engine.Init(lampInfo, 1)
			l.engine.OpenBare(fsm.BareConfig{Clock: fsm.NewVirtualClock()})
			if err := l.engine.Take(l, "go"); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(l.heard, test.want) {
				t.Errorf("the machine heard %v; want %v", l.heard, test.want)
			}
		})
	}
}

func TestWithdraw_ByLaterStep(t *testing.T) {
	l := new(listener)
	l.first = func(e *engine.Engine) {
		e.Raise("withdraw")
		e.Raise("done")
	}
	l.engine.Init(lampInfo, 1)
	l.engine.OpenBare(fsm.BareConfig{Clock: fsm.NewVirtualClock()})
	w := &withdrawer{l}
	if err := l.engine.Take(w, "go"); err != nil {
		t.Fatal(err)
	}
	if want := []any{"go", "withdraw"}; !slices.Equal(l.heard, want) {
		t.Errorf("the machine heard %v; want %v", l.heard, want)
	}
}

// withdrawer withdraws done when it is told to.
type withdrawer struct{ *listener }

func (w *withdrawer) Step(ev engine.Event) (any, error) {
	if ev.Content == "withdraw" {
		w.engine.Withdraw("done")
	}
	return w.listener.Step(ev)
}

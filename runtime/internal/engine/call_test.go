package engine_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	fsm "github.com/fsmgen/fsmgen/runtime"
	"github.com/fsmgen/fsmgen/runtime/impl"
	"github.com/fsmgen/fsmgen/runtime/internal/engine"
)

func TestCall_PostponedIsAnsweredByItsRetry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(fsm.Config{})
		defer stop(t, s)
		var wg sync.WaitGroup
		wg.Go(func() {
			if err := s.Visit(t.Context(), "ann"); err != nil {
				t.Errorf("Visit() = %v", err)
			}
			if s.State() != "open" {
				t.Errorf("State() when the visit is over = %s; want open", s.State())
			}
		})
		synctest.Wait()
		if log := s.Log(t); len(log) > 0 {
			t.Errorf("log while locked = %q; want nothing", log)
		}
		if _, err := s.Coin(t.Context()); err != nil {
			t.Error(err)
		}
		wg.Wait()
	})
}

func TestCall_ContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(fsm.Config{})
		defer stop(t, s)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		withdrawn := func(err error) bool {
			t.Helper()
			wait, ok := errors.AsType[*fsm.WaitError](err)
			if !ok || !errors.Is(err, context.DeadlineExceeded) {
				t.Fatalf("Visit() = %v; want a WaitError because of DeadlineExceeded", err)
			}
			return wait.Withdrawn
		}
		if withdrawn(s.Visit(ctx, "ann")) {
			t.Error("an event that the machine has postponed is withdrawn")
		}
		if !withdrawn(s.Visit(ctx, "bob")) {
			t.Error("an event that was never sent is not withdrawn")
		}
		_, _ = s.Coin(t.Context())
		want := []string{"visit ann"} // handled late: its caller has gone
		if diff := cmp.Diff(want, s.Log(t)); diff != "" {
			t.Errorf("log (-want +got):\n%s", diff)
		}
	})
}

func TestCall_ContextEndsWhileServingOtherMessages(t *testing.T) {
	s := start(fsm.Config{})
	defer stop(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	release := make(chan struct{})
	_, err := engine.Call[int](ctx, &s.server, patient{locked: func() {
		_ = s.server.Cast(do{func(*turnstile) { cancel() }})
		_ = s.server.Cast(do{func(*turnstile) { <-release }}) // the goroutine that serves it is held
	}})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Call() = %v; want Canceled", err)
	}
	close(release)
}

func TestCall_ReplyEndsServingOfOtherMessages(t *testing.T) {
	s := start(fsm.Config{})
	defer stop(t, s)
	release := make(chan struct{})
	err := s.DoBoxed(t.Context(), func(*turnstile) {
		_ = s.server.Cast(do{func(*turnstile) { <-release }})
	})
	if err != nil {
		t.Errorf("DoBoxed() = %v", err)
	}
	close(release)
}

func TestCall_FromHookOfSameMachine(t *testing.T) {
	s := start(fsm.Config{})
	defer stop(t, s)
	err := s.Do(t.Context(), func(x *turnstile) {
		ctx, cancel := context.WithCancel(x.engine.HookContext())
		defer cancel()
		for name, err := range map[string]error{
			"Push":    s.Push(ctx),
			"Inspect": s.server.Inspect(ctx, func() {}),
			"Stop":    s.server.Stop(ctx, nil),
		} {
			if err != fsm.ErrReentrant {
				t.Errorf("%s() from a hook = %v; want ErrReentrant", name, err)
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}

// startDeferring starts a turnstile that answers what it is asked later.
func startDeferring() *liveTurnstile {
	spec := turnstileSpec
	spec.Defers = true
	info := engine.NewInfo(spec)
	return start(fsm.Config{}, func(x *turnstile) { x.engine.Init(info, locked) })
}

type answer struct {
	value string
	err   error
}

// asked makes a call that the turnstile answers later. It returns the caller and the result.
func asked(t *testing.T, s *liveTurnstile) (fsm.Caller[string], *answer) {
	t.Helper()
	got := new(answer)
	go func() { got.value, got.err = engine.Call[string](t.Context(), &s.server, ask{}) }()
	synctest.Wait()
	var caller fsm.Caller[string]
	if err := s.server.Inspect(t.Context(), func() { caller = s.t.asked[len(s.t.asked)-1] }); err != nil {
		t.Fatal(err)
	}
	return caller, got
}

func TestCaller_KeptByHookAnsweredLater(t *testing.T) {
	refused := errors.New("not today")
	tests := []struct {
		name   string
		answer func(fsm.Caller[string]) bool
		want   answer
	}{
		{"reply", func(c fsm.Caller[string]) bool { return c.Reply("yes") }, answer{value: "yes"}},
		{"error", func(c fsm.Caller[string]) bool { return c.Fail(refused) }, answer{err: refused}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := startDeferring()
				defer stop(t, s)
				caller, got := asked(t, s)
				if *got != (answer{}) {
					t.Fatalf("answered %v before the answer", *got)
				}
				if !tt.answer(caller) {
					t.Error("the first answer does not count")
				}
				if caller.Reply("again") {
					t.Error("the second answer counts")
				}
				synctest.Wait()
				if *got != tt.want {
					t.Errorf("got %v; want %v", *got, tt.want)
				}
			})
		})
	}
}

// TestCaller_KeptByHookMachineEnds shows R071 for calls that only a hook knows of.
func TestCaller_KeptByHookMachineEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := startDeferring()
		caller, got := asked(t, s)
		stop(t, s)
		synctest.Wait()
		if !errors.Is(got.err, fsm.ErrStopped) {
			t.Errorf("got %v; want ErrStopped", *got)
		}
		if caller.Reply("too late") {
			t.Error("an answer counts after the machine has ended")
		}
	})
}

func TestCaller_OfCast(t *testing.T) {
	if impl.CallerOf[string](engine.Event{Kind: engine.KindCast}).Reply("hello") {
		t.Error("a reply to a cast counts")
	}
}

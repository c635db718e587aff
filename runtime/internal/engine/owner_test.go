package engine_test

import (
	"context"
	"errors"
	"runtime/debug"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	fsm "github.com/fsmgen/fsmgen/runtime"
	"github.com/fsmgen/fsmgen/runtime/internal/reply"
)

// Which goroutine owns a machine, and when it gives the machine back.

func TestServer_IdleRunsOnGoroutineOfSender(t *testing.T) {
	s := start(fsm.Config{})
	defer stop(t, s)
	hook := func(stack *string) func(*turnstile) {
		return func(*turnstile) { *stack = string(debug.Stack()) }
	}
	ways := map[string]func(f func(*turnstile)) error{
		"direct": func(f func(*turnstile)) error { return s.Do(t.Context(), f) },
		"boxed":  func(f func(*turnstile)) error { return s.DoBoxed(t.Context(), f) },
		"cast":   func(f func(*turnstile)) error { return s.server.Cast(do{f}) },
	}
	for name, send := range ways {
		var stack string
		if err := send(hook(&stack)); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(stack, t.Name()) {
			t.Errorf("%s: the hook ran elsewhere:\n%s", name, stack)
		}
	}
}

func TestServer_SenderServesOneBatch(t *testing.T) {
	const others, batch = 100, 16
	s := start(fsm.Config{})
	defer stop(t, s)
	release, served := make(chan struct{}), 0
	// Each hook has one more message sent. Another goroutine than that of the sender must serve the one that waits.
	var next func(*turnstile)
	next = func(*turnstile) {
		if served++; served == batch+2 { // the own event of the sender, and one that is served while it hands over
			<-release
		}
		if served < others {
			_ = s.server.Cast(do{next})
		}
	}
	if err := s.server.Cast(do{next}); err != nil {
		t.Fatal(err)
	}
	close(release)
	if err := s.server.Inspect(t.Context(), func() {}); err != nil {
		t.Fatal(err)
	}
}

func TestServer_ContextEndsDuringHook(t *testing.T) {
	ways := map[string]func(s *liveTurnstile, ctx context.Context, f func(*turnstile)) error{
		"direct": (*liveTurnstile).Do, "boxed": (*liveTurnstile).DoBoxed,
	}
	for name, do := range ways {
		s := start(fsm.Config{})
		ctx, cancel := context.WithCancel(t.Context())
		err := do(s, ctx, func(x *turnstile) {
			cancel()
			x.note("hook")
		})
		if err != nil || len(s.Log(t)) != 1 {
			t.Errorf("%s: error %v, log %v; want the answer, though the context has ended meanwhile", name, err, s.Log(t))
		}
		stop(t, s)
	}
}

// TestServer_NoLockHeldInHookObserverAndReply has each of them wait for another goroutine that uses the machine.
func TestServer_NoLockHeldInHookObserverAndReply(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s *liveTurnstile
		used := 0
		use := func() {
			done := make(chan struct{})
			go func() {
				defer close(done)
				_ = s.server.Cast(do{func(*turnstile) {}})
				_, _, _ = s.State(), s.server.Stats(), s.server.Err()
				s.server.Done()
			}()
			<-done
			used++
		}
		observer := observerFunc(func(_ *fsm.Info, step fsm.Step) {
			if step.Event == "coin" {
				use()
			}
		})
		s = start(fsm.Config{Observer: observer})
		defer stop(t, s)
		if err := s.Do(t.Context(), func(*turnstile) { use() }); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Coin(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := s.Do(t.Context(), func(*turnstile) { reply.NewFrom(func(any, error) { use() }).Reply(nil) }); err != nil {
			t.Fatal(err)
		}
		if used != 3 {
			t.Errorf("used %d times; want 3", used)
		}
	})
}

func TestServer_CallToItselfWithOtherContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(fsm.Config{})
		defer stop(t, s)
		ctx, cancel := context.WithTimeout(t.Context(), 1)
		defer cancel()
		var inner error
		if err := s.Do(t.Context(), func(*turnstile) { inner = s.Push(ctx) }); err != nil {
			t.Fatal(err)
		}
		if wait, ok := inner.(*fsm.WaitError); !ok || !wait.Withdrawn {
			t.Errorf("Push() from a hook = %v; want that it was withdrawn", inner)
		}
	})
}

func TestInspect_BetweenEventsWithPanic(t *testing.T) {
	s := start(fsm.Config{})
	defer stop(t, s)
	err := s.server.Inspect(t.Context(), func() { panic("looked too closely") })
	if p, ok := errors.AsType[*fsm.PanicError](err); !ok || p.Value != "looked too closely" {
		t.Errorf("Inspect() = %v; want a PanicError", err)
	}
	if _, err := s.Coin(t.Context()); err != nil {
		t.Errorf("Coin() after that = %v; want a machine that lives on", err)
	}
}

func TestInspect_GivenUpIsNotRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(fsm.Config{})
		defer stop(t, s)
		ran := false
		held(t, s, func() {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			if err := s.server.Inspect(ctx, func() { ran = true }); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("Inspect() of a busy machine = %v; want DeadlineExceeded", err)
			}
		})
		_ = s.Log(t)
		if ran {
			t.Error("the request was run after its caller had left")
		}
	})
}

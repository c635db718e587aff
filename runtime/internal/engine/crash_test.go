package engine_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	fsm "github.com/fsmgen/fsmgen/runtime"
	"github.com/fsmgen/fsmgen/runtime/internal/engine"
)

// crashes are the two ways in which a hook does not return.
var crashes = []struct {
	name  string
	hook  func(*turnstile)
	value any
}{
	{"panic", func(*turnstile) { panic("boom") }, "boom"},
	{"goexit", func(*turnstile) { runtime.Goexit() }, nil},
}

// paths are the ways in which a hook gets to run. Each reports what its caller got; nil if it has none, or if the hook
// ended the caller's goroutine.
var paths = []struct {
	name string
	run  func(s *liveTurnstile, hook func(*turnstile)) error
}{
	{"direct", func(s *liveTurnstile, hook func(*turnstile)) error { return s.Do(context.Background(), hook) }},
	{"boxed", func(s *liveTurnstile, hook func(*turnstile)) error { return s.DoBoxed(context.Background(), hook) }},
	{"cast", func(s *liveTurnstile, hook func(*turnstile)) error { return s.server.Cast(do{hook}) }},
	{"post", func(s *liveTurnstile, hook func(*turnstile)) error { return s.server.Post(do{hook}) }},
	{"raised by a direct event", func(s *liveTurnstile, hook func(*turnstile)) error {
		return s.Do(context.Background(), func(t *turnstile) { t.engine.Raise(do{hook}) })
	}},
	{"raised by a boxed event", func(s *liveTurnstile, hook func(*turnstile)) error {
		return s.DoBoxed(context.Background(), func(t *turnstile) { t.engine.Raise(do{hook}) })
	}},
	{"timer", func(s *liveTurnstile, hook func(*turnstile)) error {
		return s.Do(context.Background(), func(t *turnstile) { t.setAlarm(0, time.Millisecond, hook) })
	}},
	{"timer of no time", func(s *liveTurnstile, hook func(*turnstile)) error {
		return s.Do(context.Background(), func(t *turnstile) { t.setAlarm(0, 0, hook) })
	}},
	{"terminate", func(s *liveTurnstile, hook func(*turnstile)) error {
		return s.Do(context.Background(), func(t *turnstile) {
			t.terminated = func(error) { hook(t) }
			t.engine.Stop(errors.New("replaced by the crash"))
		})
	}},
}

func TestCrash_OnEachPathEndsOnlyTheMachine(t *testing.T) {
	for _, path := range paths {
		for _, crash := range crashes {
			t.Run(path.name+" "+crash.name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := start(fsm.Config{})
					postponed := make(chan error, 1)
					go func() { postponed <- s.Visit(context.Background(), "ann") }()
					synctest.Wait()
					var err error
					var wg sync.WaitGroup
					wg.Go(func() { err = path.run(s, crash.hook) })
					wg.Wait()
					<-s.server.Done()

					p, ok := errors.AsType[*fsm.PanicError](s.server.Err())
					if !ok || p.Value != crash.value {
						t.Errorf("Err() = %v; want a PanicError of %v", s.server.Err(), crash.value)
					}
					if !errors.Is(s.server.Err(), fsm.ErrStopped) {
						t.Errorf("Err() = %v; want ErrStopped", s.server.Err())
					}
					if err != nil && !errors.As(err, new(*fsm.PanicError)) {
						t.Errorf("its caller got %v; want the PanicError or nothing", err)
					}
					if err := <-postponed; !errors.Is(err, fsm.ErrStopped) {
						t.Errorf("a postponed caller got %v; want ErrStopped", err)
					}
					if log := s.Log(t); len(log) != 1 || log[0] != "terminated" {
						t.Errorf("log = %q; want one Terminate", log)
					}
				})
			})
		}
	}
}

func TestCrash_CallerGetsPanicError(t *testing.T) {
	for _, boxed := range []bool{false, true} {
		s := start(fsm.Config{})
		run := s.Do
		if boxed {
			run = s.DoBoxed
		}
		cause := errors.New("disk on fire")
		err := run(t.Context(), func(t *turnstile) {
			t.engine.Stop(errors.New("a crash counts for more"))
			panic(cause)
		})
		p, ok := errors.AsType[*fsm.PanicError](err)
		if !ok || len(p.Stack) == 0 || !errors.Is(err, cause) || errors.Is(err, fsm.ErrStopped) {
			t.Errorf("boxed %v: caller got %v; want a PanicError with a stack that wraps %v", boxed, err, cause)
		}
		if want := "fsm: turnstile: hook engine_test.TestCrash_CallerGetsPanicError.func1 panicked on event do in state locked: disk on fire"; err.Error() != want {
			t.Errorf("text = %q; want %q", err, want)
		}
		<-s.server.Done()
	}
}

func TestCrash_RetryOfPostponedCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(fsm.Config{})
		errs := make(chan error, 1)
		go func() {
			_, err := engine.Call[int](t.Context(), &s.server, patient{func() {}, func() { panic("boom") }})
			errs <- err
		}()
		synctest.Wait()
		_, _ = s.Coin(t.Context())
		if err := <-errs; !errors.As(err, new(*fsm.PanicError)) {
			t.Errorf("the retried call = %v; want a PanicError", err)
		}
		<-s.server.Done()
	})
}

func TestGroup_GoexitOfOneMachineKeepsTimersOfOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		group := fsm.NewGroup()
		fired := make(chan int, 3)
		for i := range 3 {
			s := start(fsm.Config{Group: group})
			_ = s.Do(t.Context(), func(x *turnstile) {
				x.setAlarm(0, time.Second, func(*turnstile) {
					fired <- i
					runtime.Goexit()
				})
			})
			defer func() { <-s.server.Done() }()
		}
		for range 3 {
			<-fired
		}
	})
}

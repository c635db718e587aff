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
	"github.com/fsmgen/fsmgen/runtime/internal/engine"
)

// noteAt is a hook that notes how long the test has run.
func noteAt(begin time.Time, what string) func(*turnstile) {
	return func(t *turnstile) { t.note("%s at %v", what, time.Since(begin)) }
}

func TestServerTimer_FiresWithoutEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(fsm.Config{}, func(x *turnstile) { x.openTime = 10 * time.Second })
		defer stop(t, s)
		_, _ = s.Coin(t.Context())
		time.Sleep(10*time.Second - time.Nanosecond)
		synctest.Wait()
		if s.State() != "open" {
			t.Fatal("the timer fired early")
		}
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		if s.State() != "locked" {
			t.Fatal("the timer did not fire")
		}
	})
}

func TestServerTimer_StoppedAndEarlierOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(fsm.Config{}, func(x *turnstile) { x.openTime = 10 * time.Second })
		defer stop(t, s)
		begin := time.Now()
		_, _ = s.Coin(t.Context())
		_ = s.Push(t.Context()) // stops it
		_ = s.Do(t.Context(), func(x *turnstile) {
			x.setAlarm(0, 20*time.Second, noteAt(begin, "late"))
			x.setAlarm(1, time.Second, noteAt(begin, "early"))
			x.setAlarm(2, 2*time.Second, noteAt(begin, "never"))
			x.setAlarm(2, 15*time.Second, noteAt(begin, "put off"))
		})
		time.Sleep(time.Minute)
		want := []string{"early at 1s", "put off at 15s", "late at 20s"}
		if diff := cmp.Diff(want, s.Log(t)); diff != "" {
			t.Errorf("log (-want +got):\n%s", diff)
		}
	})
}

func TestGroup_FiresInOrderOfDeadlines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		group := fsm.NewGroup()
		const machines = 100
		var mu sync.Mutex
		var fired, want []time.Duration
		begin := time.Now()
		for i := range machines {
			d := time.Duration(i*37%machines+1) * time.Second
			s := start(fsm.Config{Group: group})
			defer stop(t, s)
			_ = s.Do(t.Context(), func(x *turnstile) {
				x.setAlarm(0, d, func(*turnstile) {
					mu.Lock()
					defer mu.Unlock()
					fired = append(fired, time.Since(begin))
				})
			})
			want = append(want, time.Duration(i+1)*time.Second)
		}
		time.Sleep(2 * machines * time.Second)
		synctest.Wait()
		if diff := cmp.Diff(want, fired); diff != "" {
			t.Errorf("fired (-want +got):\n%s", diff)
		}
	})
}

func TestServerTimer_MachineEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(fsm.Config{}, func(x *turnstile) { x.openTime = time.Second })
		_, _ = s.Coin(t.Context())
		stop(t, s)
		time.Sleep(time.Minute)
		synctest.Wait()
		if diff := cmp.Diff([]string{"terminated"}, s.Log(t)); diff != "" {
			t.Errorf("log (-want +got):\n%s", diff)
		}
	})
}

func TestSuspend_ServesOnlyRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(fsm.Config{})
		defer stop(t, s)
		begin := time.Now()
		_ = s.Do(t.Context(), func(x *turnstile) {
			x.setAlarm(0, 2*time.Second, noteAt(begin, "first timer"))
			x.setAlarm(1, 4*time.Second, noteAt(begin, "second timer"))
		})
		if err := s.server.Suspend(t.Context()); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err := s.Do(ctx, noteAt(begin, "given up"))
		if wait, ok := errors.AsType[*fsm.WaitError](err); !ok || !wait.Withdrawn || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a call to a suspended machine = %v; want that it was withdrawn, because of DeadlineExceeded", err)
		}
		if _, err := engine.Send[struct{}](&s.server, do{noteAt(begin, "call")}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Second)
		_ = s.server.Cast(do{noteAt(begin, "cast")})
		time.Sleep(2 * time.Second)
		if log := s.Log(t); len(log) > 0 {
			t.Errorf("log while suspended = %q; want nothing", log)
		}
		if err := s.server.Resume(t.Context()); err != nil {
			t.Fatal(err)
		}
		want := []string{"call at 5s", "first timer at 5s", "cast at 5s", "second timer at 5s"}
		if diff := cmp.Diff(want, s.Log(t)); diff != "" {
			t.Errorf("log: what piled up, in the order of arrival (-want +got):\n%s", diff)
		}
		if err := s.Do(t.Context(), func(*turnstile) {}); err != nil {
			t.Errorf("a call after Resume = %v", err)
		}
	})
}

func TestSuspend_ExpiredTimerCanBeCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(fsm.Config{})
		defer stop(t, s)
		_ = s.Do(t.Context(), func(x *turnstile) {
			x.setAlarm(0, time.Second, func(x *turnstile) { x.note("fired") })
		})
		_ = s.server.Suspend(t.Context())
		_ = s.server.Cast(do{func(x *turnstile) { x.engine.StopTimer(timerAlarm) }})
		time.Sleep(time.Minute)
		_ = s.server.Resume(t.Context())
		if log := s.Log(t); len(log) > 0 {
			t.Errorf("log = %q; want the expired timer taken back (R038)", log)
		}
	})
}

// A timer that expires while the machine is suspended has a message in the mailbox. An event before
// that message starts the timer anew: the message must not deliver the new one, and neither must that
// of the second time.
func TestSuspend_ExpiredTimerCanBeStartedAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(fsm.Config{})
		defer stop(t, s)
		begin := time.Now()
		again := func(x *turnstile) { x.setAlarm(0, time.Hour, noteAt(begin, "fired")) }
		_ = s.Do(t.Context(), func(x *turnstile) { x.setAlarm(0, time.Second, noteAt(begin, "too early")) })
		for range 2 {
			_ = s.server.Suspend(t.Context())
			_ = s.server.Cast(do{again})
			time.Sleep(2 * time.Hour)
			_ = s.server.Resume(t.Context())
		}
		time.Sleep(2 * time.Hour)
		if diff := cmp.Diff([]string{"fired at 5h0m0s"}, s.Log(t)); diff != "" {
			t.Errorf("log (-want +got):\n%s", diff)
		}
	})
}

func TestSuspend_Stop(t *testing.T) {
	s := start(fsm.Config{})
	_ = s.server.Suspend(t.Context())
	_ = s.server.Cast(do{func(x *turnstile) { x.note("never") }})
	stop(t, s)
	if diff := cmp.Diff([]string{"terminated"}, s.Log(t)); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
	if err := s.server.Suspend(t.Context()); !errors.Is(err, fsm.ErrStopped) {
		t.Errorf("Suspend() of an ended machine = %v; want ErrStopped", err)
	}
}

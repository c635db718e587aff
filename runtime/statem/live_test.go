package statem_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	fsm "github.com/fsmgen/fsmgen/runtime"
	"github.com/fsmgen/fsmgen/runtime/statem"
)

// live starts a counter, see there, that is stopped when the test is over.
func live(t *testing.T, c *statem.Callback[string, int], config fsm.Config) *statem.Live[string, int] {
	t.Helper()
	m, err := statem.Start(c, config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = m.Stop(context.Background(), nil)
		<-m.Done()
	})
	return m
}

func TestStart_ReturnsBeforeFirstEntry(t *testing.T) {
	c := counter(new(string))
	started, done := make(chan struct{}), make(chan string, 2)
	c.Init = func(x turn) result {
		return x.Next("on", statem.Raise(func(x turn) result { done <- "raised"; return x.Keep() }))
	}
	c.Enter = func(x turn, from string) result {
		<-started
		done <- "entered " + x.State + " from " + from
		return x.Keep()
	}
	m := live(t, c, fsm.Config{})
	close(started)
	if state, _, err := m.State(t.Context()); state != "on" || err != nil {
		t.Errorf("State() = %s, %v; want on", state, err)
	}
	if first, second := <-done, <-done; first != "entered on from on" || second != "raised" {
		t.Errorf("after Start: %s, then %s; want the entry, then what Init raised", first, second)
	}
}

func TestStart_InitFails(t *testing.T) {
	broken := errors.New("broken")
	tests := []struct {
		name string
		init func(x turn) result
		want error
	}{
		{"stop", func(x turn) result { return x.Stop(broken) }, broken},
		{"ignore", func(x turn) result { return x.Ignore() }, statem.ErrIgnored},
		{"panic", func(turn) result { panic(broken) }, broken},
		{"nothing", func(turn) result { return result{} }, statem.ErrBadResult},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var ended string
			var leaked *statem.Live[string, int]
			c := counter(&ended)
			c.Init = func(x turn) result {
				leaked = x.Live()
				_ = leaked.Cast(func(x turn) result { panic("never handled") })
				return tt.init(x)
			}
			m, err := statem.Start(c, fsm.Config{Observer: observerFunc(func(_ *fsm.Info, s fsm.Step) { t.Errorf("observed %+v", s) })})
			if m != nil || !errors.Is(err, tt.want) {
				t.Errorf("Start() = %v, %v; want %v", m, err, tt.want)
			}
			if ended != "" {
				t.Errorf("Terminate ran: %s", ended)
			}
			if err := leaked.Cast("too late"); !errors.Is(err, fsm.ErrStopped) {
				t.Errorf("Cast() to what never was = %v; want ErrStopped", err)
			}
		})
	}
}

func TestStart_FirstEntryCrashes(t *testing.T) {
	c := counter(new(string))
	c.Enter = func(turn, string) result { panic("boom") }
	m := live(t, c, fsm.Config{})
	<-m.Done()
	if p, ok := errors.AsType[*fsm.PanicError](m.Err()); !ok || p.Value != "boom" {
		t.Errorf("Err() = %v; want the PanicError", m.Err())
	}
}

func TestLive_CallAnsweredAtOnceOrLater(t *testing.T) {
	m := live(t, counter(new(string)), fsm.Config{})
	ctx := t.Context()
	var kept *statem.From
	keep := func(x turn) result { kept = x.Event.From; return x.Keep() }

	if reply, err := m.Call(ctx, func(x turn) result { return x.Keep(statem.Reply(x.Event.From, "at once")) }); reply != "at once" || err != nil {
		t.Errorf("Call() = %v, %v; want the reply", reply, err)
	}
	later, err := statem.Send[string](m, keep)
	if err != nil {
		t.Fatal(err)
	}
	_ = m.Cast(func(x turn) result { return x.Keep(statem.Reply(kept, "in a later turn")) })
	if reply, err := later.Wait(ctx); reply != "in a later turn" || err != nil {
		t.Errorf("Wait() = %v, %v; want the reply", reply, err)
	}
	if reply, err := statem.Call[string](ctx, m, func(x turn) result {
		go x.Event.From.Reply("by another goroutine")
		return x.Keep()
	}); reply != "by another goroutine" || err != nil {
		t.Errorf("Call() = %v, %v; want the reply", reply, err)
	}
}

func TestLive_EndFailsUnansweredCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broken := errors.New("broken")
		m := live(t, counter(new(string)), fsm.Config{})
		var kept *statem.From
		calls := []func(x turn) result{
			func(x turn) result { kept = x.Event.From; return x.Keep() },
			func(x turn) result { return x.Keep(statem.Postpone(true)) },
			func(x turn) result { return x.Stop(broken) },
		}
		errs := make(chan error, len(calls))
		for _, call := range calls {
			go func() {
				_, err := m.Call(t.Context(), call)
				errs <- err
			}()
			synctest.Wait()
		}
		for range calls {
			if err := <-errs; !errors.Is(err, fsm.ErrStopped) || !errors.Is(err, broken) {
				t.Errorf("an unanswered call = %v; want ErrStopped because of %v", err, broken)
			}
		}
		if kept.Reply("too late") {
			t.Error("a reply after the end counts")
		}
	})
}

func TestCall_ReplyOfAnotherType(t *testing.T) {
	m := live(t, counter(new(string)), fsm.Config{})
	_, err := statem.Call[int](t.Context(), m, func(x turn) result { return x.Keep(statem.Reply(x.Event.From, "seven")) })
	if want := "fsm: call: the reply is a string; ask for that instead of int"; !errors.As(err, new(*fsm.ReplyTypeError)) || err.Error() != want {
		t.Errorf("Call() = %v; want %s", err, want)
	}
}

func TestReplace_IsNoStateChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := counter(new(string))
		entered := 0
		c.Enter = func(x turn, _ string) result { entered++; return x.Keep() }
		m := live(t, c, fsm.Config{})
		ctx := t.Context()
		fired := func(x turn) result { x.Data *= 100; return x.Keep() }
		_ = m.Cast(func(x turn) result {
			return x.Keep(statem.StateTimer().After(time.Second, fired))
		})
		_ = m.Cast(func(x turn) result { return x.Keep(statem.Postpone(true)) })
		if err := m.Replace(ctx, func(string, int) (string, int) { return "replaced", 7 }); err != nil {
			t.Fatal(err)
		}
		if err := m.Replace(ctx, func(string, int) (string, int) { panic("boom") }); !errors.As(err, new(*fsm.PanicError)) {
			t.Errorf("Replace() with a function that panics = %v; want a PanicError", err)
		}
		s, err := m.Status(ctx)
		if err != nil || s.State != "replaced" || s.Data != 7 || len(s.Postponed) != 1 || len(s.Timeouts) != 1 || entered != 1 {
			t.Errorf("Status() = %+v, %v after %d entries; want the new state and data, and nothing else changed", s, err, entered)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if _, data, _ := m.State(ctx); data != 700 {
			t.Errorf("data = %d; want 700: the state time-out has kept running", data)
		}
	})
}

func TestLive_ChangeCode(t *testing.T) {
	m := live(t, counter(new(string)), fsm.Config{})
	ctx := t.Context()
	next := counter(new(string))
	next.Handle = func(x turn) result {
		return x.Keep(statem.Reply(x.Event.From, fmt.Sprintf("the next version has %d", x.Data)))
	}
	double := func(state string, data int) (string, int, error) { return state, 2 * data, nil }
	_ = m.Replace(ctx, func(state string, _ int) (string, int) { return state, 21 })
	if err := m.ChangeCode(ctx, next, double); err != statem.ErrNotSuspended {
		t.Errorf("ChangeCode() of a running machine = %v; want ErrNotSuspended", err)
	}
	if err := m.Suspend(ctx); err != nil {
		t.Fatal(err)
	}
	waiting, err := statem.Send[string](m, "an event of the next version")
	if err != nil {
		t.Fatal(err)
	}
	refused := errors.New("refused")
	if err := m.ChangeCode(ctx, next, func(s string, _ int) (string, int, error) { return s, 0, refused }); err != refused {
		t.Errorf("ChangeCode() with a migration that fails = %v; want %v", err, refused)
	}
	if err := m.ChangeCode(ctx, next, double); err != nil {
		t.Fatal(err)
	}
	if err := m.Resume(ctx); err != nil {
		t.Fatal(err)
	}
	if reply, err := waiting.Wait(ctx); reply != "the next version has 42" || err != nil {
		t.Errorf("Wait() = %q, %v; want the next version to answer what has piled up", reply, err)
	}
}

func TestLive_CastToItselfComesLast(t *testing.T) {
	m := live(t, counter(new(string)), fsm.Config{})
	var got []string
	note := func(s string) func(turn) result {
		return func(x turn) result { got = append(got, fmt.Sprint(s, " ", x.Event.Kind)); return x.Keep() }
	}
	_, _ = m.Call(t.Context(), func(x turn) result {
		_ = x.Live().Cast(note("first"))
		_ = m.Tell(note("second"))
		return x.Keep(statem.Raise(note("raised")), statem.Reply(x.Event.From, nil))
	})
	_, _, _ = m.State(t.Context()) // its turn comes behind them
	if diff := cmp.Diff([]string{"raised internal", "first cast", "second info"}, got); diff != "" {
		t.Errorf("handled (-want +got):\n%s", diff)
	}
}

func TestLive_CallToItself(t *testing.T) {
	m := live(t, counter(new(string)), fsm.Config{})
	reply, err := m.Call(t.Context(), func(x turn) result {
		_, err := m.Call(x.Context(), "myself")
		pending, _ := statem.Send[string](m, func(x turn) result { return x.Keep() })
		_, later := pending.Wait(x.Context())
		return x.Keep(statem.Reply(x.Event.From, []error{err, later}))
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range reply.([]error) {
		if err != fsm.ErrReentrant {
			t.Errorf("a call from the callback = %v; want ErrReentrant", err)
		}
	}
}

func TestTurn_WithoutMachine(t *testing.T) {
	var x turn
	if x.Context() == nil || x.Live() != nil {
		t.Errorf("Context() = %v, Live() = %v; want a context and no live machine", x.Context(), x.Live())
	}
}

func TestLive_CallbackEndsGoroutine(t *testing.T) {
	var ended string
	m := live(t, counter(&ended), fsm.Config{})
	_ = m.Post(func(x turn) result { x.Data = 7; runtime.Goexit(); return x.Keep() })
	<-m.Done()
	if want := "on 0: fsm: counter: a hook ended its goroutine in state on"; ended != want {
		t.Errorf("Terminate saw %q; want %q", ended, want)
	}
}

func TestTimerAt_EarliestInstantFiresAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fired := make(chan time.Duration, 2)
		begin := time.Now()
		note := func(x turn) result {
			fired <- time.Since(begin)
			return x.Keep()
		}
		c := counter(new(string))
		c.Init = func(x turn) result {
			return x.Next("on", statem.NamedTimer("past").At(math.MinInt64, note), statem.NamedTimer("later").After(time.Second, note))
		}
		live(t, c, fsm.Config{})
		time.Sleep(time.Minute)
		synctest.Wait()
		if len(fired) != 2 {
			t.Fatalf("%d timers fired in a minute; want 2", len(fired))
		}
		if past, later := <-fired, <-fired; past != 0 || later != time.Second {
			t.Errorf("the timers fired after %v and %v; want 0s and 1s", past, later)
		}
	})
}

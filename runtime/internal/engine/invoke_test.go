package engine_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	fsm "github.com/fsmgen/fsmgen/runtime"
	"github.com/fsmgen/fsmgen/runtime/internal/engine"
)

// workFunc is a function as work.
type workFunc func(ctx context.Context) (any, error)

func (f workFunc) Run(ctx context.Context) (any, error) { return f(ctx) }

// returns is work that returns at once.
func returns(value any, err error) engine.Work {
	return workFunc(func(context.Context) (any, error) { return value, err })
}

// stubborn is work that cares for no context: it says when it begins and returns when it is let.
type stubborn struct {
	begun chan context.Context
	let   chan struct{}
	value string
}

func newStubborn(value string) *stubborn {
	return &stubborn{begun: make(chan context.Context, 1), let: make(chan struct{}), value: value}
}

func (w *stubborn) Run(ctx context.Context) (any, error) {
	w.begun <- ctx
	<-w.let
	return w.value, nil
}

func (w *stubborn) hasBegun() bool { return len(w.begun) > 0 }

func wash(w engine.Work) func(t *turnstile) {
	return func(t *turnstile) { t.engine.StartInvoke(invokeWash, w) }
}

func unwash(t *turnstile) { t.engine.StopInvoke(invokeWash) }

func TestInvoke_ResultIsAnEvent(t *testing.T) {
	wet := errors.New("still wet")
	tests := []struct {
		name string
		work engine.Work
		want string
	}{
		{"value", returns(42, nil), "wash: 42, <nil>"},
		{"error", returns(nil, wet), "wash: <nil>, still wet"},
		{
			"panic", workFunc(func(context.Context) (any, error) { panic("flood") }),
			"wash: <nil>, fsm: turnstile: hook wash panicked: flood",
		},
		{
			"end of the goroutine", workFunc(func(context.Context) (any, error) { runtime.Goexit(); return nil, nil }),
			"wash: <nil>, fsm: turnstile: hook wash ended its goroutine",
		},
	}
	ways := map[string]func(s *liveTurnstile, ctx context.Context, f func(*turnstile)) error{
		"direct": (*liveTurnstile).Do, "boxed": (*liveTurnstile).DoBoxed,
	}
	for _, tt := range tests {
		for way, do := range ways {
			t.Run(tt.name+", "+way, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := start(fsm.Config{})
					defer stop(t, s)
					if err := do(s, t.Context(), wash(tt.work)); err != nil {
						t.Fatal(err)
					}
					synctest.Wait()
					if diff := cmp.Diff([]string{tt.want}, s.Log(t)); diff != "" {
						t.Errorf("log (-want +got):\n%s", diff)
					}
				})
			})
		}
	}
}

func TestInvoke_StoppedResultIsDropped(t *testing.T) {
	tests := []struct {
		name    string
		between func(t *testing.T, s *liveTurnstile, w *stubborn)
	}{
		{"before it has come", func(t *testing.T, s *liveTurnstile, w *stubborn) {
			_ = s.Do(t.Context(), unwash)
			if ctx := <-w.begun; ctx.Err() == nil {
				t.Error("the context of the work goes on")
			}
			close(w.let)
		}},
		{"while it waits in the mailbox", func(t *testing.T, s *liveTurnstile, w *stubborn) {
			_ = s.server.Suspend(t.Context())
			close(w.let)
			synctest.Wait()
			_ = s.server.Inspect(t.Context(), func() { unwash(&s.t) })
			_ = s.server.Resume(t.Context())
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := start(fsm.Config{})
				defer stop(t, s)
				w := newStubborn("late")
				_ = s.Do(t.Context(), wash(w))
				synctest.Wait()
				tt.between(t, s, w)
				synctest.Wait()
				if log := s.Log(t); len(log) > 0 {
					t.Errorf("log %v; want none", log)
				}
			})
		})
	}
}

func TestInvoke_StartsAfterThePreviousReturned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(fsm.Config{})
		defer stop(t, s)
		first, second, third := newStubborn("first"), newStubborn("second"), newStubborn("third")
		for _, w := range []*stubborn{first, second, third} {
			_ = s.Do(t.Context(), wash(w))
			synctest.Wait()
		}
		if second.hasBegun() || third.hasBegun() {
			t.Fatal("two invocations run at a time")
		}
		close(first.let)
		close(third.let)
		synctest.Wait()
		if second.hasBegun() {
			t.Error("the second one has started after it was stopped")
		}
		if diff := cmp.Diff([]string{"wash: third, <nil>"}, s.Log(t)); diff != "" {
			t.Errorf("log (-want +got):\n%s", diff)
		}
	})
}

func TestInvoke_DifferentOnesRunConcurrently(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(fsm.Config{})
		defer stop(t, s)
		slow := newStubborn("washed")
		_ = s.Do(t.Context(), func(x *turnstile) {
			x.engine.StartInvoke(invokeWash, slow)
			x.engine.StartInvoke(invokeDry, returns("dried", nil))
		})
		synctest.Wait()
		close(slow.let)
		synctest.Wait()
		if diff := cmp.Diff([]string{"dry: dried, <nil>", "wash: washed, <nil>"}, s.Log(t)); diff != "" {
			t.Errorf("log (-want +got):\n%s", diff)
		}
	})
}

func TestInvoke_StepLeavesStateOrCrashes(t *testing.T) {
	tests := map[string]func(x *turnstile){
		"left":    unwash,
		"crashed": func(*turnstile) { panic("in an entry") },
		"ended":   func(x *turnstile) { x.engine.Stop(nil) },
	}
	for name, then := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := start(fsm.Config{})
				defer stop(t, s)
				w := newStubborn("never")
				_ = s.Do(t.Context(), func(x *turnstile) { wash(w)(x); then(x) })
				synctest.Wait()
				if w.hasBegun() {
					t.Error("the work has begun")
				}
			})
		})
	}
}

func TestInvoke_ResultWhileSuspendedWithFullMailbox(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(fsm.Config{Mailbox: 1})
		defer stop(t, s)
		w := newStubborn("clean")
		_ = s.Do(t.Context(), wash(w))
		_ = s.server.Suspend(t.Context())
		_ = s.server.Cast(visit{"fills the mailbox"})
		close(w.let)
		synctest.Wait()
		if log := s.Log(t); len(log) > 0 {
			t.Fatalf("log %v of a suspended machine; want none", log)
		}
		_ = s.server.Resume(t.Context())
		synctest.Wait()
		if diff := cmp.Diff([]string{"wash: clean, <nil>"}, s.Log(t)); diff != "" {
			t.Errorf("log (-want +got):\n%s", diff)
		}
	})
}

// closed reports whether a channel is.
func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

func TestInvoke_DoneWaitsCallersDoNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(fsm.Config{})
		w := newStubborn("too late")
		_ = s.Do(t.Context(), wash(w))
		var kept error
		go func() { _, kept = engine.Call[struct{}](t.Context(), &s.server, visit{"waits"}) }()
		synctest.Wait()
		stopped := make(chan error, 1)
		go func() { stopped <- s.server.Stop(t.Context(), nil) }()
		synctest.Wait()

		if ctx := <-w.begun; ctx.Err() == nil {
			t.Error("the context of the work goes on")
		}
		if !errors.Is(kept, fsm.ErrStopped) || !errors.Is(s.server.Err(), fsm.ErrStopped) {
			t.Errorf("call %v, Err() = %v; want ErrStopped, though the work goes on", kept, s.server.Err())
		}
		if closed(s.server.Done()) || len(stopped) > 0 {
			t.Error("Done is closed while the work goes on")
		}
		close(w.let)
		synctest.Wait()
		if !closed(s.server.Done()) || len(stopped) == 0 {
			t.Error("Done is open after the work has returned")
		}
	})
}

func TestInvocations_OwnerRunsWork(t *testing.T) {
	m := newTurnstile(fsm.NewVirtualClock())
	if begun := m.engine.Invocations(); len(begun) > 0 {
		t.Fatalf("Invocations() = %v of a machine that has begun none", begun)
	}
	_ = m.Do(wash(returns("first", nil)))
	first := m.engine.Invocations()
	_ = m.Do(wash(returns("second", nil)))
	if more := m.engine.Invocations(); len(first) != 1 || len(more) > 0 {
		t.Fatalf("%d and then %d invocations of one number at a time; want one", len(first), len(more))
	}
	if first[0].Context().Err() == nil {
		t.Error("the context of the stopped one has not ended")
	}
	first[0].Run()
	_ = m.engine.Finish(m, first[0])
	second := m.engine.Invocations()
	second[0].Run()
	_ = m.engine.Finish(m, second[0])
	_ = m.Do(func(x *turnstile) { x.engine.StartInvoke(invokeDry, returns("is not done", nil)) })
	simulated := m.engine.Invocations()[0]
	simulated.Resolve("simulated", nil)
	if simulated.Invoke() != invokeDry {
		t.Errorf("Invoke() = %d; want %d", simulated.Invoke(), invokeDry)
	}
	_ = m.engine.Finish(m, simulated)
	if diff := cmp.Diff([]string{"wash: second, <nil>", "dry: simulated, <nil>"}, m.log); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
}

func TestInvocations_EndCancelsWork(t *testing.T) {
	m := newTurnstile(fsm.NewVirtualClock())
	_ = m.Do(wash(returns("never", nil)))
	i := m.engine.Invocations()[0]
	_ = m.Do(func(x *turnstile) { x.engine.Stop(nil) })
	if i.Context().Err() == nil {
		t.Error("the context of the work goes on")
	}
	i.Run()
	if err := m.engine.Finish(m, i); err != nil {
		t.Errorf("Finish() = %v; want nil, since the state has been left", err)
	}
}

// TestFinish_WhatCannotBeFinished changes nothing: the invocation can still be finished where it belongs, once.
func TestFinish_WhatCannotBeFinished(t *testing.T) {
	begin := func() (*turnstile, fsm.Invocation) {
		m := newTurnstile(fsm.NewVirtualClock())
		_ = m.Do(wash(returns("clean", nil)))
		return m, m.engine.Invocations()[0]
	}
	for _, tt := range []struct {
		name   string
		try    func(m *turnstile, i fsm.Invocation) error
		want   error
		invoke string
	}{
		{"work that was never run", func(m *turnstile, i fsm.Invocation) error {
			return m.engine.Finish(m, i)
		}, fsm.ErrWorkNotDone, "wash"},
		{"invocation of another machine", func(m *turnstile, _ fsm.Invocation) error {
			_, other := begin()
			other.Run()
			return m.engine.Finish(m, other)
		}, fsm.ErrForeignWork, ""},
		{"machine that has begun none", func(_ *turnstile, i fsm.Invocation) error {
			idle := newTurnstile(fsm.NewVirtualClock())
			return idle.engine.Finish(idle, i)
		}, fsm.ErrForeignWork, ""},
		{"no invocation", func(m *turnstile, _ fsm.Invocation) error {
			return m.engine.Finish(m, nil)
		}, fsm.ErrForeignWork, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m, i := begin()
			for range 2 {
				checkInvocationError(t, tt.try(m, i), tt.want, tt.invoke)
			}
			if len(m.log) > 0 {
				t.Errorf("the machine has got %q; want nothing", m.log)
			}
			i.Run()
			if err := m.engine.Finish(m, i); err != nil {
				t.Errorf("Finish = %v; want nil when the work is done", err)
			}
			checkInvocationError(t, m.engine.Finish(m, i), fsm.ErrWorkFinished, "wash")
			i.Resolve("again", nil)
			checkInvocationError(t, m.engine.Finish(m, i), fsm.ErrWorkFinished, "wash")
			if diff := cmp.Diff([]string{"wash: clean, <nil>"}, m.log); diff != "" {
				t.Errorf("log (-want +got):\n%s", diff)
			}
			_ = m.Do(wash(returns("next", nil))) // whose turn comes although some were refused
			if begun := m.engine.Invocations(); len(begun) != 1 {
				t.Errorf("%d invocations have begun; want one", len(begun))
			}
		})
	}
}

func checkInvocationError(t *testing.T, err, want error, invoke string) {
	t.Helper()
	e, ok := errors.AsType[*fsm.InvocationError](err)
	if !ok || !errors.Is(err, want) || e.Invoke != invoke || e.Machine == "" {
		t.Errorf("Finish = %v; want an InvocationError of %q: %v", err, invoke, want)
	}
}

// TestFinish_WhileTheWorkRuns on another goroutine is too early.
func TestFinish_WhileTheWorkRuns(t *testing.T) {
	m := newTurnstile(fsm.NewVirtualClock())
	begun, let := make(chan struct{}), make(chan struct{})
	runs := 0
	_ = m.Do(wash(workFunc(func(context.Context) (any, error) {
		runs++
		close(begun)
		<-let
		return "clean", nil
	})))
	i := m.engine.Invocations()[0]
	done := make(chan struct{})
	go func() {
		defer close(done)
		i.Run()
	}()
	<-begun
	i.Run() // which does not do the work again
	checkInvocationError(t, m.engine.Finish(m, i), fsm.ErrWorkNotDone, "wash")
	close(let)
	<-done
	if err := m.engine.Finish(m, i); err != nil || runs != 1 {
		t.Errorf("Finish = %v after %d runs of the work; want nil after one", err, runs)
	}
}

// washing is a turnstile that is logged and observed. The result of a wash lets a visitor in, without
// a coin, which is two steps.
func washing(t *testing.T) (s *liveTurnstile, log *bytes.Buffer, steps *[]fsm.Step) {
	log, steps = new(bytes.Buffer), new([]fsm.Step)
	s = start(fsm.Config{
		Name: "north gate", Logger: slog.New(slog.NewTextHandler(log, nil)),
		Observer: observerFunc(func(_ *fsm.Info, step fsm.Step) { *steps = append(*steps, step) }),
	}, func(m *turnstile) {
		m.washed = func(engine.Outcome) {
			m.engine.Commit(open, transitionCoin)
			m.engine.Commit(locked, transitionPush)
		}
	})
	t.Cleanup(func() { stop(t, s) })
	return s, log, steps
}

func flood(context.Context) (any, error) { panic("flood") }

func TestInvoke_PanicIsLogged(t *testing.T) {
	drops := map[string]func(t *turnstile){"the result is handled": func(*turnstile) {}, "the state is left": unwash}
	for name, drop := range drops {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, log, _ := washing(t)
				for range 2 { // once, and the same again
					log.Reset()
					let := make(chan struct{})
					_ = s.Do(t.Context(), wash(workFunc(func(ctx context.Context) (any, error) { <-let; return flood(ctx) })))
					_ = s.Do(t.Context(), drop)
					close(let)
					synctest.Wait()
					for _, want := range []string{"level=ERROR", `machine="north gate"`, "invoke=wash", "flood", "stack=", "invoke_test.go"} {
						if !strings.Contains(log.String(), want) {
							t.Errorf("the log does not have %s:\n%s", want, log)
						}
					}
					if got := strings.Count(log.String(), "level=ERROR"); got != 1 {
						t.Errorf("%d lines for one panic:\n%s", got, log)
					}
				}
			})
		})
	}
}

func TestInvoke_ErrorIsNotLoggedAsPanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, log, _ := washing(t)
		_ = s.Do(t.Context(), wash(returns(nil, errors.New("still wet"))))
		synctest.Wait()
		if log.Len() > 0 {
			t.Errorf("log of an error that the machine handles:\n%s", log)
		}
	})
}

func TestInvoke_PanicWithLoggerThatPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(fsm.Config{Logger: slog.New(panickyHandler{})})
		defer stop(t, s)
		for range 2 {
			_ = s.Do(t.Context(), wash(workFunc(flood)))
			synctest.Wait()
		}
		if log := s.Log(t); len(log) != 2 {
			t.Errorf("log %v; want the results of both", log)
		}
	})
}

// panickyHandler is a handler of a log that takes errors only, and panics.
type panickyHandler struct{ slog.Handler }

func (panickyHandler) Enabled(_ context.Context, level slog.Level) bool {
	return level >= slog.LevelError
}
func (panickyHandler) Handle(context.Context, slog.Record) error { panic("disk full") }

func TestInvoke_StepOfItsErrorHasTheReason(t *testing.T) {
	wet := errors.New("still wet")
	synctest.Test(t, func(t *testing.T) {
		s, _, steps := washing(t)
		for _, want := range []error{wet, nil, wet} {
			*steps = nil
			_ = s.Do(t.Context(), wash(returns(nil, want)))
			synctest.Wait()
			_, _ = s.Coin(t.Context())
			_ = s.Push(t.Context())
			if len(*steps) < 5 {
				t.Fatalf("steps %v; want that of the start, two of the result and two of events", *steps)
			}
			for i, step := range *steps {
				if i == 1 && step.Reason != want || i != 1 && step.Reason != nil {
					t.Errorf("step %d has the reason %v; the work returned %v", i, step.Reason, want)
				}
			}
		}
	})
}

func TestInvoke_UnreportedErrorIsNotTheReasonOfAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _, steps := washing(t)
		_ = s.Do(t.Context(), func(m *turnstile) { m.washed = nil })
		_ = s.Do(t.Context(), wash(returns(nil, errors.New("still wet"))))
		synctest.Wait()
		_, _ = s.Coin(t.Context())
		if last := (*steps)[len(*steps)-1]; last.Event != "coin" || last.Reason != nil {
			t.Errorf("step %v has the reason %v; want a coin without one", last, last.Reason)
		}
	})
}

// A machine that is loaded for each request hands the result of the work of one to another.
func TestInvocation_ResultOfAnotherMachine(t *testing.T) {
	wet := errors.New("still wet")
	for _, tt := range []struct {
		value any
		err   error
		want  string
	}{
		{7, nil, "wash: 7, <nil>"},
		{nil, wet, "wash: <nil>, still wet"},
	} {
		before, after := newTurnstile(fsm.NewVirtualClock()), newTurnstile(fsm.NewVirtualClock())
		for range 2 {
			_ = before.Do(wash(returns(tt.value, tt.err)))
			_ = after.Do(wash(workFunc(flood)))
			done, own := before.engine.Invocations()[0], after.engine.Invocations()[0]
			if value, err := done.Result(); value != nil || err != fsm.ErrWorkNotDone {
				t.Errorf("Result() before Run = %v, %v; want ErrWorkNotDone", value, err)
			}
			done.Run()
			if err := after.engine.Finish(after, done); !errors.Is(err, fsm.ErrForeignWork) {
				t.Errorf("Finish() of the work of another machine = %v; want ErrForeignWork", err)
			}
			own.Resolve(done.Result())
			if err := after.engine.Finish(after, own); err != nil {
				t.Errorf("Finish() = %v", err)
			}
			if got := after.log[len(after.log)-1]; got != tt.want {
				t.Errorf("the machine got %q; want %q", got, tt.want)
			}
			_ = before.engine.Finish(before, done)
		}
	}
}

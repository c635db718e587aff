package pool

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fsmgen/fsmgen/pool/internal/core"
	"github.com/fsmgen/fsmgen/pool/recovery"
	fsm "github.com/fsmgen/fsmgen/runtime"
)

// stepsFunc is an observer of machines.
type stepsFunc func(step fsm.Step)

func (f stepsFunc) Observe(_ *fsm.Info, step fsm.Step) { f(step) }

// observerFunc is an observer of a pool.
type observerFunc func(Event)

func (f observerFunc) ObservePool(ev Event) { f(ev) }

// everything is a log handler that keeps the records of all levels.
type everything struct{ *records }

func (everything) Enabled(context.Context, slog.Level) bool { return true }

func newEverything() everything { return everything{&records{}} }

// levels returns the levels of the records with that message.
func (h everything) levels(message string) (levels []slog.Level) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, r := range h.all {
		if r.Message == message {
			levels = append(levels, r.Level)
		}
	}
	return levels
}

// TestObserver_Panics goes on with the request, and says so in the log.
func TestObserver_Panics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newEverything()
		p := startFake(t, &fake{}, Config{
			Logger: slog.New(h), Observer: observerFunc(func(Event) { panic("told to") }), Steps: stepsFunc(func(fsm.Step) { panic("told to") }),
		})
		defer closePool(t, p)
		for range 2 {
			if _, err := p.Execute(t.Context(), "echo", nil); err != nil {
				t.Errorf("Execute = %v; want an answer", err)
			}
		}
		for _, message := range []string{"an observer of the pool panicked", "an observer of the machines panicked"} {
			levels := h.levels(message)
			if len(levels) < 4 || levels[0] != slog.LevelError {
				t.Errorf("%q has been logged with %v; want an error for each event", message, levels)
			}
		}
	})
}

// TestSteps_GoToTheObserverAndTheLog has either, both and neither.
func TestSteps_GoToTheObserverAndTheLog(t *testing.T) {
	for _, tt := range []struct{ observed, logged bool }{{false, false}, {false, true}, {true, false}, {true, true}} {
		t.Run(fmt.Sprintf("%+v", tt), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var mu sync.Mutex
				seen, h, c := 0, newEverything(), Config{}
				if tt.observed {
					c.Steps = stepsFunc(func(fsm.Step) {
						mu.Lock()
						defer mu.Unlock()
						seen++
					})
				}
				if tt.logged {
					c.Logger = slog.New(h)
				}
				p := startFake(t, &fake{}, c)
				closePool(t, p)
				mu.Lock()
				defer mu.Unlock()
				if levels := h.levels("step"); (seen > 0) != tt.observed || (len(levels) > 0) != tt.logged {
					t.Errorf("%d steps are observed, %d logged; want %+v", seen, len(levels), tt)
				} else if tt.logged && levels[0] != slog.LevelDebug {
					t.Errorf("steps have the level %v; want DEBUG", levels[0])
				}
			})
		})
	}
}

// endings is a tracer that notes how spans end.
type endings struct {
	mu    sync.Mutex
	ended []string
}

type spanKey struct{}

func (s *endings) Begin(ctx context.Context, command, session string) (context.Context, string, func(uint64, error)) {
	return context.WithValue(ctx, spanKey{}, command), "trace of " + command, func(worker uint64, err error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.ended = append(s.ended, fmt.Sprintf("%s %q on %d: %v", command, session, worker, err != nil))
	}
}

// TestTracer_SpanOfEachRequest also has the request run with the context of its span.
func TestTracer_SpanOfEachRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, l := &endings{}, &log{}
		p := startFake(t, &fake{}, Config{Tracer: s, Observer: l})
		defer closePool(t, p)
		q := newRequest(p.conf(), "echo", nil, []Option{Session("s")})
		_, err := p.watched(t.Context(), p.conf(), &q, func(ctx context.Context) (*Result, error) {
			if ctx.Value(spanKey{}) != "echo" || q.traceparent != "trace of echo" {
				t.Errorf("the request has the context of %v and the trace %q; want those of its span", ctx.Value(spanKey{}), q.traceparent)
			}
			return p.runRequest(ctx, &q)
		})
		if err != nil {
			t.Error(err)
		}
		_, _ = p.Execute(t.Context(), "fail", nil)
		if got := strings.Join(s.ended, "; "); got != `echo "s" on 1: false; fail "" on 0: true` {
			t.Errorf("the spans end with %s; want each once, with its worker", got)
		}
		got := eventsOf[EventExecuted](l)
		if len(got) != 2 || got[0].Worker != 1 || got[0].Session != "s" || got[0].Failure != "" || got[1].Failure != recovery.HandlerError {
			t.Errorf("the events are %+v; want the worker of the first, and the failure of the second", got)
		}
		if s := p.Stats(); s.Requests != 2 || s.Failures != 1 {
			t.Errorf("%d requests, %d failed; want 2 and 1", s.Requests, s.Failures)
		}
	})
}

// TestStats_RequestsWithoutAnObserver counts them too.
func TestStats_RequestsWithoutAnObserver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{})
		defer closePool(t, p)
		for _, command := range []string{"echo", "fail", "echo"} {
			_, _ = p.Execute(t.Context(), command, nil)
		}
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		_, _ = p.Execute(ctx, "listen", nil)
		if s := p.Stats(); s.Requests != 4 || s.Failures != 1 || s.Cancelled != 1 {
			t.Errorf("%d requests, %d failed, %d cancelled; want 4, 1, 1", s.Requests, s.Failures, s.Cancelled)
		}
	})
}

func TestIsCancelled_ByTheCallerAlone(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want bool
	}{
		{nil, false},
		{&AbandonedError{Err: context.Canceled}, true},
		{&AbandonedError{Err: errLeft}, true},
		{&AbandonedError{Err: context.DeadlineExceeded}, false},
		{&AbandonedError{Err: &TimeoutError{}}, false},
		{&WaitError{Err: context.Canceled}, true},
		{&WaitError{Err: context.DeadlineExceeded}, false},
		{&WaitError{Err: &TimeoutError{}}, false},
		{&LostError{Err: context.Canceled}, false},
	} {
		if got := isCancelled(tt.err); got != tt.want {
			t.Errorf("isCancelled(%T %v) = %v; want %v", tt.err, tt.err, got, tt.want)
		}
	}
}

// TestCommands_FitForLabels has a caller ask for many names.
func TestCommands_FitForLabels(t *testing.T) {
	c := &commands{}
	c.declare([]string{"declared"})
	c.declare(nil)
	failed := &HandlerError{}
	for _, tt := range []struct {
		name string
		err  error
		want bool
	}{
		{"declared", errors.New("lost"), true},
		{"unknown", &UnknownCommandError{}, false},
		{"lost", &LostError{}, false},
		{"answered", nil, true},
		{"answered", &LostError{}, true},
		{"failed", failed, true},
		{"failed", &WaitError{}, true},
	} {
		if got := c.knows(tt.name, tt.err); got != tt.want {
			t.Errorf("knows(%q, %T) = %v; want %v", tt.name, tt.err, got, tt.want)
		}
	}
	for n := range 2 * maxCommands {
		c.knows(fmt.Sprint("name ", n), nil)
	}
	if len(c.names) != maxCommands || c.knows("one more", nil) || !c.knows("declared", nil) {
		t.Errorf("%d names are known; want %d, the declared ones among them", len(c.names), maxCommands)
	}
}

// TestLogger_SessionsLost is a warning while the pool is open, and names what it knows.
func TestLogger_SessionsLost(t *testing.T) {
	const message = "sessions have lost their state"
	synctest.Test(t, func(t *testing.T) {
		h := &records{}
		p := startFake(t, &fake{}, Config{Name: "p", Size: Size{Min: 2}, Logger: slog.New(h)})
		loseSession(t, p, "s")
		level, attrs := h.of(t, message)
		if level != slog.LevelWarn || attrs["pool"].String() != "p" || attrs["worker"].Uint64() != 1 || attrs["sessions"].Int64() != 1 {
			t.Errorf("the record is %v with %v; want a warning about worker 1 and one session", level, attrs)
		}
		if session, ok := attrs["session"]; ok && session.String() == "" {
			t.Errorf("the record has %v; want no session without a name", attrs)
		}
		h.all = nil
		p.happened(nil, core.Event{Kind: core.SessionsLost, Session: "s", Count: 1})
		_, attrs = h.of(t, message)
		if _, worker := attrs["worker"]; worker || attrs["session"].String() != "s" {
			t.Errorf("the record has %v; want the session, and no worker", attrs)
		}
		counts(t, p, "t")
		h.all = nil
		if err := p.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		if level, _ := h.of(t, message); level != slog.LevelInfo {
			t.Errorf("the sessions of a pool that closes are lost with %v; want INFO", level)
		}
	})
}

// TestLogger_StartsThatFail is an error for each worker, and one more when no start is tried any more.
func TestLogger_StartsThatFail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, l, f := &records{}, &log{}, &fake{}
		p := startFake(t, f, Config{Name: "p", Logger: slog.New(h), Observer: l, Breaker: Breaker{BreakerThreshold: 1, BreakerCoolDown: time.Hour}})
		defer closePool(t, p)
		if _, err := p.Execute(t.Context(), "echo", nil); err != nil {
			t.Fatal(err)
		}
		f.setStart(func(context.Context, uint64) error { return errors.New("no module") })
		workersOf(p)[0].current().(*fakeWorker).print("said before")
		workersOf(p)[0].kill()
		time.Sleep(time.Minute)
		level, attrs := h.of(t, "a worker did not start")
		failed, ok := attrs["err"].Any().(*StartError)
		if level != slog.LevelError || attrs["worker"].Uint64() != 2 || !ok || failed.Worker != 2 || failed.Pool != "p" {
			t.Errorf("the record is %v with %v; want an error of worker 2", level, attrs)
		}
		level, attrs = h.of(t, "workers do not start: no start is tried for a while")
		if level != slog.LevelError || attrs["pause"].Duration() != time.Hour {
			t.Errorf("the record is %v with %v; want an error and the pause", level, attrs)
		}
		if gone := eventsOf[EventWorkerGone](l); len(gone) != 2 || len(gone[0].Output) != 1 || gone[0].Output[0] != "said before" {
			t.Errorf("the events are %+v; want the end of two workers, with what the first one printed", gone)
		}
		if opened := eventsOf[EventBreakerOpened](l); len(opened) != 1 || opened[0].Err == nil || is[*core.Cause](opened[0].Err) {
			t.Errorf("the events are %+v; want why the last worker did not start", opened)
		}
	})
}

func TestLogger_StateThatIsTooLarge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &records{}
		p := startFake(t, &fake{}, Config{Sessions: Sessions{Checkpoint: true, MaxSnapshot: 3}, Logger: slog.New(h)})
		defer closePool(t, p)
		counts(t, p, "s")
		level, attrs := h.of(t, "the state of a session is not kept: it is over Sessions.MaxSnapshot")
		if level != slog.LevelWarn || attrs["session"].String() != "s" || attrs["bytes"].Int64() != int64(len(`{"count":1}`)) {
			t.Errorf("the record is %v with %v; want a warning with the session and its bytes", level, attrs)
		}
	})
}

// TestStartFailure_AdviceForAScriptThatEnds is given only where a program ended well without a word.
func TestStartFailure_AdviceForAScriptThatEnds(t *testing.T) {
	for how, want := range map[string]bool{"exit status 0": true, "exit status 1": false, "killed by SIGKILL": false} {
		p := &Pool{name: "p"}
		err := p.startFailure(nil, &ExitError{How: how})
		if got := strings.Contains(err.Error(), "worker.run()"); got != want || !is[*ExitError](err) {
			t.Errorf("%s: %v; want advice: %v", how, err, want)
		}
	}
}

// TestStartFailure_FirstAndLatest are kept apart: the first one explains a start, the latest one a pool that is not ready.
func TestStartFailure_FirstAndLatest(t *testing.T) {
	p := &Pool{name: "p"}
	for n := range 3 {
		p.startFailure(&worker{id: uint64(n + 1), pool: p, version: &version{}}, errors.New("no"))
	}
	if p.failure.Worker != 1 || p.latest.Worker != 3 {
		t.Errorf("the first failure is of worker %d, the latest of %d; want 1 and 3", p.failure.Worker, p.latest.Worker)
	}
}

// TestContained_HandlersOfEveryKind panic with each record, also with attributes and in a group.
func TestContained_HandlersOfEveryKind(t *testing.T) {
	logger := contain(slog.New(panicking{slog.DiscardHandler}))
	for _, l := range []*slog.Logger{logger, logger.With("a", 1), logger.WithGroup("g"), logger.With("a", 1).WithGroup("g").With("b", 2)} {
		l.Error("no disk") // a panic would end the test
	}
	if contain(logger) != logger {
		t.Error("a log that is contained is wrapped again")
	}
}

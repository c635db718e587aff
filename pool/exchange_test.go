package pool

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fsmgen/fsmgen/pool/internal/core"
	"github.com/fsmgen/fsmgen/pool/recovery"
	"github.com/fsmgen/fsmgen/pool/wire"
)

// failing is a step of a script that always fails with err.
func failing(err error) func(context.Context, *scriptedWorker, wire.Request) (wire.Response, error) {
	return func(context.Context, *scriptedWorker, wire.Request) (wire.Response, error) {
		return wire.Response{}, err
	}
}

var (
	errUnsent  = &wire.LostError{Sent: wire.NotSent, Err: io.ErrClosedPipe}
	errPassing = &wire.RemoteError{Kind: wire.KindHandlerError, Type: "Busy", Message: "later", Retryable: true}
	errFatal   = &wire.RemoteError{Kind: wire.KindHandlerError, Type: "Broken", Message: "gpu", Fatal: true, Traceback: "line"}
)

// TestExecute_TriedAgain counts the attempts of a request that fails each time, in both ways to ask for it.
func TestExecute_TriedAgain(t *testing.T) {
	noInput := Input(func(func([]byte, error) bool) {}, "")
	for _, tt := range []struct {
		name      string
		err       error
		options   []Option
		calls     int
		streams   int // calls of a stream
		as        func(error) bool
		different bool // worker
	}{
		{"it was not sent", errUnsent, nil, 3, 3, is[*LostError], true},
		{"it was not sent, and its input would be gone", errUnsent, []Option{noInput}, 1, 1, is[*LostError], true},
		{"the handler expects it to pass", errPassing, nil, 1, 1, is[*HandlerError], false},
		{"and running it twice does no harm", errPassing, []Option{Idempotent()}, 3, 1, is[*HandlerError], false},
		{"the handler says that its process is unfit", errFatal, nil, 1, 1, is[*HandlerError], true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				calls, l := 0, &log{}
				s := &scripted{exchange: func(context.Context, *scriptedWorker, wire.Request) (wire.Response, error) {
					calls++
					return wire.Response{}, tt.err
				}}
				s.stream = func(ctx context.Context, w *scriptedWorker, r wire.Request) (wire.Answers, error) {
					return wire.Single(s.exchange(ctx, w, r))
				}
				p := startScripted(t, s, Config{Observer: l})
				defer closePool(t, p)
				since := time.Now()
				if _, err := p.Execute(t.Context(), "f", nil, tt.options...); !tt.as(err) || calls != tt.calls {
					t.Errorf("Execute = %v after %d attempts; want %d", err, calls, tt.calls)
				}
				paused := time.Duration(0)
				for _, ev := range l.of(Retried) {
					paused += ev.Duration
					if ev.Reason == "" || ev.Err == nil || ev.Command != "f" {
						t.Errorf("the event is %+v; want why the request is tried again", ev)
					}
				}
				if got := len(l.of(Retried)); got != tt.calls-1 || time.Since(since) < paused {
					t.Errorf("%d retries are observed in %v; want %d that wait %v", got, time.Since(since), tt.calls-1, paused)
				}
				time.Sleep(time.Minute)
				if got := stateOf(t, p, 1) == 0; got != tt.different {
					t.Errorf("the worker is gone: %v; want %v", got, tt.different)
				}
				calls = 0
				for _, err := range p.Stream(t.Context(), "f", nil, tt.options...) {
					if !tt.as(err) || calls != tt.streams {
						t.Errorf("Stream = %v after %d attempts; want %d", err, calls, tt.streams)
					}
				}
			})
		})
	}
}

// TestExecute_CallerGivesUpBeforeTheRetry gets the failure that was to be tried again.
func TestExecute_CallerGivesUpBeforeTheRetry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &scripted{exchange: failing(errPassing)}
		p := startScripted(t, s, Config{})
		defer closePool(t, p)
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Millisecond, cancel)
		since := time.Now()
		if _, err := p.Execute(ctx, "f", nil, Idempotent()); !is[*HandlerError](err) || time.Since(since) != time.Millisecond {
			t.Errorf("Execute = %v after %v; want the handler's error at once", err, time.Since(since))
		}
	})
}

// TestRetry_Budget has every request fail: there are ten retries in advance, and one for ten requests.
func TestRetry_Budget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		s := &scripted{exchange: func(context.Context, *scriptedWorker, wire.Request) (wire.Response, error) {
			calls++
			return wire.Response{}, errPassing
		}}
		p := startScripted(t, s, Config{})
		defer closePool(t, p)
		const requests = 100
		for range requests {
			_, _ = p.Execute(t.Context(), "f", nil, Idempotent())
		}
		if got, want := calls-requests, 10+requests/10; got > want || got < want-1 {
			t.Errorf("%d retries of %d requests; want %d", got, requests, want)
		}
	})
}

// TestExecute_PanicOfTheLink has code that the request runs on the goroutine of its caller panic.
func TestExecute_PanicOfTheLink(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &scripted{exchange: func(_ context.Context, w *scriptedWorker, r wire.Request) (wire.Response, error) {
			if r.Command == "panic" {
				panic("told to")
			}
			return wire.Response{}, nil
		}}
		p := startScripted(t, s, Config{})
		defer closePool(t, p)
		for range 2 {
			func() {
				defer func() { _ = recover() }()
				_, err := p.Execute(t.Context(), "panic", nil)
				t.Errorf("Execute = %v; want the panic", err)
			}()
			if r, err := p.Execute(t.Context(), "f", nil); err != nil || r.WorkerID == 1 || p.Stats().Busy != 0 {
				t.Errorf("Execute = %+v, %v, %d slots taken; want another worker, and none", r, err, p.Stats().Busy)
			}
		}
	})
}

// TestVerdict_OfAFailure says what the core decides by.
func TestVerdict_OfAFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{})
		defer closePool(t, p)
		ended, end := context.WithCancel(t.Context())
		end()
		bounded, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		deadline := p.now() + time.Minute
		lost, suspect := &LostError{Work: Unknown, Err: io.EOF}, &AbandonedError{Stopped: true, Work: NotRun, Unbegun: time.Second}
		for _, tt := range []struct {
			ctx     context.Context
			options []Option
			err     error
			want    core.Verdict
		}{
			{t.Context(), nil, nil, core.Verdict{Attempt: 2}},
			{t.Context(), nil, lost, core.Verdict{Attempt: 2, Failure: recovery.LostInFlight, Err: lost, Run: true}},
			{t.Context(), []Option{Idempotent()}, lost, core.Verdict{Attempt: 2, Failure: recovery.LostInFlight, Err: lost, Run: true, Idempotent: true}},
			{bounded, nil, lost, core.Verdict{Attempt: 2, Failure: recovery.LostInFlight, Err: lost, Run: true, Deadline: deadline}},
			{ended, nil, lost, core.Verdict{Failure: recovery.LostInFlight, Err: lost, Run: true}},
			{t.Context(), nil, suspect, core.Verdict{Attempt: 2, Failure: recovery.TimeoutKept, Err: suspect, Suspect: true}},
		} {
			q := newRequest(p.conf(), "f", nil, tt.options)
			if got := p.verdict(tt.ctx, &q, 2, tt.err); !reflect.DeepEqual(got, tt.want) {
				t.Errorf("the verdict on %v is %+v; want %+v", tt.err, got, tt.want)
			}
		}
	})
}

func TestIsSuspect_OnlyWithTimeEnough(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want bool
	}{
		{&AbandonedError{}, false},
		{&AbandonedError{Unbegun: suspectAfter - 1}, false},
		{&AbandonedError{Unbegun: suspectAfter}, true},
		{&LostError{}, false},
		{nil, false},
	} {
		if got := isSuspect(tt.err); got != tt.want {
			t.Errorf("isSuspect(%+v) = %v; want %v", tt.err, got, tt.want)
		}
	}
}

// newTestLoan returns a slot of a worker of the pool.
func newTestLoan(t *testing.T, p *Pool, options ...Option) *loan {
	t.Helper()
	q := newRequest(p.conf(), "f", nil, options)
	c := &call{Context: t.Context()}
	if err := p.acquire(t.Context(), c, &q.options, 1, 0); err != nil {
		t.Fatal(err)
	}
	return &c.loan
}

// TestExplain_ErrorsOfTheLink says what each means for the request.
func TestExplain_ErrorsOfTheLink(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{Name: "p"})
		defer closePool(t, p)
		l := newTestLoan(t, p)
		defer p.release(&l.lease, &core.Verdict{})
		l.worker.current().(*fakeWorker).print("said before")
		ended, cancel := context.WithCancelCause(t.Context())
		cancel(errEnough)
		live, gone := &call{Context: t.Context()}, &call{Context: ended}
		since := time.Now()
		time.Sleep(time.Second)
		said := []string{"said before"}
		for _, tt := range []struct {
			name string
			call *call
			err  error
			want error
		}{
			{"answer", live, nil, nil},
			{"not sent", live, errUnsent, &LostError{Worker: 1, Command: "f", Work: NotRun, Err: io.ErrClosedPipe, Output: said}},
			{"sent", live, &wire.LostError{Sent: wire.SentUnknown, Err: io.ErrNoProgress},
				&LostError{Worker: 1, Command: "f", Work: Unknown, Err: io.ErrNoProgress, Output: said}},
			{"caller gave up, not sent", gone, &wire.LostError{Sent: wire.NotSent, Err: errEnough},
				&AbandonedError{Worker: 1, Command: "f", Work: NotRun, Err: errEnough}},
			{"caller gave up, sent", gone, &wire.LostError{Sent: wire.SentUnknown, Err: errEnough},
				&AbandonedError{Worker: 1, Command: "f", Work: Unknown, Err: errEnough}},
			{"stopped, begun", gone, &wire.CancelledError{Begun: true, Err: errEnough},
				&AbandonedError{Worker: 1, Command: "f", Work: Unknown, Stopped: true, Err: errEnough}},
			{"stopped, not begun", gone, &wire.CancelledError{Err: errEnough},
				&AbandonedError{Worker: 1, Command: "f", Work: NotRun, Stopped: true, Unbegun: time.Since(since), Err: errEnough}},
			{"handler failed", live, errFatal,
				&HandlerError{Worker: 1, Command: "f", Kind: "handler_error", Type: "Broken", Message: "gpu", Traceback: "line", Fatal: true}},
			{"handler expects it to pass", live, errPassing,
				&HandlerError{Worker: 1, Command: "f", Kind: "handler_error", Type: "Busy", Message: "later", Retryable: true}},
			{"unknown command", live, &wire.RemoteError{Kind: wire.KindUnknownCommand, Message: "it has g"},
				&UnknownCommandError{Worker: 1, Command: "f", Message: "it has g"}},
			{"before anything", gone, context.Canceled, &WaitError{Pool: "p", Err: context.Canceled}},
		} {
			at := since
			if _, unsent := errors.AsType[*wire.CancelledError](tt.err); !unsent {
				at = time.Now()
			}
			got := l.explain(tt.call, &request{command: "f"}, at, tt.err)
			if a, ok := errors.AsType[*AbandonedError](got); ok && a.Unbegun > 0 {
				a.Unbegun = tt.want.(*AbandonedError).Unbegun // time has passed in the rows before
			}
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("%s: %+v; want %+v", tt.name, got, tt.want)
			}
		}
	})
}

// TestLost_WaitsForTheEndOfTheProcess where the connection says that it comes.
func TestLost_WaitsForTheEndOfTheProcess(t *testing.T) {
	for _, tt := range []struct {
		name   string
		why    error
		within time.Duration // in which the process ends
		exit   bool
	}{
		{"hung up", io.EOF, dying / 2, true},
		{"hung up for too long", io.EOF, 2 * dying, false},
		{"another failure", io.ErrNoProgress, settling / 2, true},
		{"another failure for too long", io.ErrNoProgress, dying / 2, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := startFake(t, &fake{}, Config{})
				defer closePool(t, p)
				w := workersOf(p)[0]
				time.AfterFunc(tt.within, w.kill)
				err := w.lost("f", Unknown, tt.why)
				if is[*ExitError](err) != tt.exit || errors.Is(err, tt.why) == tt.exit {
					t.Errorf("lost = %v; want how the process ended: %v", err, tt.exit)
				}
				time.Sleep(time.Minute)
			})
		})
	}
}

// TestExchange_WhatIsSentAndReturned has the content types and the trace of a request.
func TestExchange_WhatIsSentAndReturned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sent wire.Request
		s := &scripted{exchange: func(_ context.Context, _ *scriptedWorker, r wire.Request) (wire.Response, error) {
			sent = r
			return wire.Response{Meta: wire.Metadata{ContentType: "text/html"}, Payload: []byte("x")}, nil
		}}
		p := startScripted(t, s, Config{Tracer: spans{"trace"}})
		defer closePool(t, p)
		r, err := p.Execute(t.Context(), "f", []byte("y"), Session("s"), ContentType("text/csv"), Input(func(func([]byte, error) bool) {}, "image/png"))
		if err != nil || r.ContentType != "text/html" || string(r.Payload) != "x" || r.Attempts != 1 || r.WorkerID != 1 {
			t.Errorf("the result is %+v, %v; want the type and the payload of the answer", r, err)
		}
		if sent.Meta.ContentType != "text/csv" || sent.Meta.Traceparent != "trace" || sent.InputType != "image/png" || sent.Input == nil ||
			string(sent.Payload) != "y" || sent.Session != "s" || sent.Command != "f" || sent.Generation == 0 {
			t.Errorf("the request is %+v; want what its caller has said", sent)
		}
	})
}

// TestLearn_WhatAnAnswerShows of the state of a session.
func TestLearn_WhatAnAnswerShows(t *testing.T) {
	state := &wire.Snapshot{ContentType: "text/plain", Payload: []byte("x")}
	kept := &core.Snapshot{ContentType: "text/plain", Data: []byte("x")}
	for _, tt := range []struct {
		name        string
		session     string
		checkpoints bool
		state       *wire.Snapshot
		err         error
		want        core.Learned
	}{
		{"answer", "s", false, nil, nil, core.Learned{Ran: true}},
		{"answer that would have brought it", "s", true, nil, nil, core.Learned{Ran: true, Unchanged: true}},
		{"answer that brings it", "s", true, state, nil, core.Learned{Ran: true, Unchanged: true, State: kept}},
		{"anonymous", "", true, state, nil, core.Learned{}},
		{"handler failed", "s", true, state, &HandlerError{}, core.Learned{Ran: true, Unchanged: true, State: kept}},
		{"worker could not read it", "s", true, nil, &HandlerError{Kind: "bad_request"}, core.Learned{}},
		{"unknown command", "s", true, nil, &UnknownCommandError{}, core.Learned{}},
		{"lost", "s", true, nil, &LostError{Work: Unknown}, core.Learned{}},
	} {
		l := &loan{lease: core.Lease{Session: tt.session}, checkpoint: tt.checkpoints}
		var got core.Learned
		if l.learn(&got, tt.state, tt.err); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: %+v; want %+v", tt.name, got, tt.want)
		}
	}
}

func TestAccept_AnswerAtTheLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{MaxPayload: 10})
		defer closePool(t, p)
		l := &loan{worker: workersOf(p)[0]}
		for size, want := range map[int]bool{0: true, 10: true, 11: false} {
			err := l.accept(wire.Response{Payload: make([]byte, size)})
			if remote, refused := errors.AsType[*wire.RemoteError](err); refused == want || refused && remote.Kind != wire.KindTooLarge {
				t.Errorf("an answer of %d bytes: %v; want it accepted: %v", size, err, want)
			}
		}
		q := func(size int) *request { return &request{payload: make([]byte, size)} }
		if p.checkRequest(q(10)) != nil || p.checkRequest(q(11)) == nil {
			t.Error("a payload at the limit is refused, or one over it is not")
		}
		for size, want := range map[int]bool{maxName: true, maxName + 1: false} {
			name := strings.Repeat("x", size)
			for what, q := range map[string]*request{"command": {command: name}, "session": {options: options{session: name}}} {
				if err := p.checkRequest(q); (err == nil) != want {
					t.Errorf("a %s of %d bytes: %.100v; want it accepted: %v", what, size, err, want)
				}
			}
		}
		if err := p.checkRequest(&request{options: options{session: "\xff"}}); !is[*RequestError](err) {
			t.Errorf("a session that is not UTF-8: %v; want a *RequestError", err)
		}
	})
}

// TestImport_RefusedByTheWorker has a state that was kept, and that the next worker does not take.
func TestImport_RefusedByTheWorker(t *testing.T) {
	for _, affinity := range []Affinity{Prefer, Strict, FailFast} {
		t.Run(affinity.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h, refused := &records{}, 0
				s := &scripted{imports: func(wire.Session, wire.Snapshot) error {
					refused++
					return &wire.RemoteError{Kind: wire.KindBadRequest, Message: "older"}
				}}
				p := startScripted(t, s, Config{Checkpoint: true, Affinity: affinity, Logger: slog.New(h)})
				defer closePool(t, p)
				_, r := counts(t, p, "s")
				workerOf(t, p, r).kill()
				time.Sleep(time.Second)
				if affinity == Prefer {
					if n, r := counts(t, p, "s"); n != 1 || !r.Rebound {
						t.Errorf("counts %d, rebound %v; want a new session, and to be told", n, r.Rebound)
					}
				} else if _, err := p.Execute(t.Context(), "count", nil, Session("s")); !errors.Is(err, ErrSessionLost) || OutcomeOf(err) != NotRun {
					t.Errorf("Execute = %v; want ErrSessionLost", err)
				}
				if level, attrs := h.of(t, "a worker did not take the state of a session over"); level != slog.LevelWarn || attrs["session"].String() != "s" {
					t.Errorf("the record is %v with %v; want a warning", level, attrs)
				}
				if _, r := counts(t, p, "s"); r.Rebound || refused != 1 {
					t.Errorf("rebound %v, %d states are handed over; want the loss told once, and one", r.Rebound, refused)
				}
			})
		})
	}
}

// TestImport_OncePerLease hands the state of a session over with the first request of a lease.
func TestImport_OncePerLease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		imports := 0
		s := &scripted{imports: func(_ wire.Session, state wire.Snapshot) error {
			imports++
			return nil
		}}
		p := startScripted(t, s, Config{Checkpoint: true, Affinity: Strict})
		defer closePool(t, p)
		_, r := counts(t, p, "s")
		workerOf(t, p, r).kill()
		time.Sleep(time.Second)
		l := checkout(t, p, Session("s"), WithAffinity(Prefer))
		for range 3 {
			if _, err := l.Execute(t.Context(), "echo", nil); err != nil {
				t.Error(err)
			}
		}
		if imports != 1 {
			t.Errorf("the state is handed over %d times; want once", imports)
		}
		if err := l.Checkin(nil); err != nil {
			t.Error(err)
		}
	})
}

// TestImport_LeaseHasItsOwnPolicy is told of a state that the worker refuses as the lease has it, not the configuration.
func TestImport_LeaseHasItsOwnPolicy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &scripted{imports: func(wire.Session, wire.Snapshot) error {
			return &wire.RemoteError{Kind: wire.KindBadRequest, Message: "older"}
		}}
		p := startScripted(t, s, Config{Checkpoint: true})
		defer closePool(t, p)
		_, r := counts(t, p, "s")
		workerOf(t, p, r).kill()
		time.Sleep(time.Second)
		l := checkout(t, p, Session("s"), WithAffinity(Strict))
		if _, err := l.Execute(t.Context(), "count", nil); !errors.Is(err, ErrSessionLost) {
			t.Errorf("Execute = %v; want ErrSessionLost, since the lease is strict", err)
		}
		if r, err := l.Execute(t.Context(), "count", nil); err != nil || r.Rebound {
			t.Errorf("Execute = %+v, %v; want the session begun anew", r, err)
		}
		if err := l.Checkin(nil); err != nil {
			t.Error(err)
		}
	})
}

// TestCall_AnswerSaysWhichTypeItHas wraps the error of encoding/json.
func TestCall_AnswerSaysWhichTypeItHas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{})
		defer closePool(t, p)
		_, err := Call[string, int](t.Context(), p, "echo", "text", Session("s"))
		if !is[*AnswerError](err) || !is[*json.UnmarshalTypeError](err) || OutcomeOf(err) != Failed {
			t.Errorf("Call = %v; want an *AnswerError with that of encoding/json", err)
		}
		if homeOf(p, "s") != 1 {
			t.Error("the session of a typed call is not known")
		}
	})
}

// TestQueue_TurnAndEndAtOnce has the turn of a request come at the moment at which its caller gives up.
func TestQueue_TurnAndEndAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{})
		defer closePool(t, p)
		for range 50 { // one of two events that are ready is chosen at random
			l := checkout(t, p)
			ctx, cancel := context.WithCancel(t.Context())
			q := newRequest(p.conf(), "f", nil, nil)
			at, rest, _ := p.tryAcquire(ctx, &call{Context: ctx}, &core.Request{})
			p.carryOut(rest)
			if err := l.Checkin(nil); err != nil {
				t.Fatal(err)
			}
			cancel()
			if err := p.queue(ctx, &q.options, at); !is[*WaitError](err) {
				t.Fatalf("queue = %v; want a *WaitError", err)
			}
			if s := p.Stats(); s.Busy != 0 || s.Waiting != 0 {
				t.Fatalf("%d slots are taken, %d requests wait; want none", s.Busy, s.Waiting)
			}
		}
	})
}

func TestQueue_WaitedInVain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{QueueTimeout: 3 * time.Second})
		defer closePool(t, p)
		l := checkout(t, p)
		_, err := p.Execute(t.Context(), "echo", nil)
		if wait, ok := errors.AsType[*WaitError](err); !ok || wait.Waited != 3*time.Second || !is[*TimeoutError](err) {
			t.Errorf("Execute = %+v; want a *WaitError after 3 s because of QueueTimeout", err)
		}
		if err := l.Checkin(nil); err != nil {
			t.Error(err)
		}
	})
}

// TestRefusal_AsTheCallerGetsIt has each refusal of the core.
func TestRefusal_AsTheCallerGetsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{Name: "p"})
		defer closePool(t, p)
		q := newRequest(p.conf(), "f", nil, []Option{Session("s")})
		for _, tt := range []struct {
			refusal core.Refusal
			want    error
		}{
			{core.Refusal{Kind: core.QueueFull, Queue: 3, Limit: 2}, &OverloadError{Pool: "p", Waiting: 3, Limit: 2}},
			{core.Refusal{Kind: core.TooLate, Queue: 3, Estimate: time.Minute, Left: time.Second},
				&OverloadError{Pool: "p", Waiting: 3, Estimate: time.Minute, Left: time.Second}},
			{core.Refusal{Kind: core.SessionBusy}, &SessionBusyError{Pool: "p", Session: "s"}},
			{core.Refusal{Kind: core.SessionLost}, &SessionLostError{Pool: "p", Session: "s"}},
		} {
			if got := p.refusal(&q.options, &tt.refusal, 0); !reflect.DeepEqual(got, tt.want) {
				t.Errorf("%+v: %+v; want %+v", tt.refusal, got, tt.want)
			}
		}
	})
}

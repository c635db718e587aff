package pool

import (
	"context"
	"errors"
	"io"
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
		lost, suspect := &LostError{Work: OutcomeUnknown, Err: io.EOF}, &AbandonedError{Stopped: true, Work: OutcomeNotRun, Unbegun: time.Second}
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
		over := endOf(ended)
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
			{"not sent", live, errUnsent, &LostError{Worker: 1, Command: "f", Work: OutcomeNotRun, Err: io.ErrClosedPipe, Output: said}},
			{
				"sent", live, &wire.LostError{Sent: wire.SentUnknown, Err: io.ErrNoProgress},
				&LostError{Worker: 1, Command: "f", Work: OutcomeUnknown, Err: io.ErrNoProgress, Output: said},
			},
			{
				"caller gave up, not sent", gone, &wire.LostError{Sent: wire.NotSent, Err: errEnough},
				&AbandonedError{Worker: 1, Command: "f", Work: OutcomeNotRun, Err: over},
			},
			{
				"caller gave up, sent", gone, &wire.LostError{Sent: wire.SentUnknown, Err: errEnough},
				&AbandonedError{Worker: 1, Command: "f", Work: OutcomeUnknown, Err: over},
			},
			{
				"stopped, begun", gone, &wire.CancelledError{Begun: true, Err: errEnough},
				&AbandonedError{Worker: 1, Command: "f", Work: OutcomeUnknown, Stopped: true, Err: over},
			},
			{
				"stopped, not begun", gone, &wire.CancelledError{Err: errEnough},
				&AbandonedError{Worker: 1, Command: "f", Work: OutcomeNotRun, Stopped: true, Unbegun: time.Since(since), Err: over},
			},
			{
				"handler failed", live, errFatal,
				&HandlerError{Worker: 1, Command: "f", Kind: "handler_error", Type: "Broken", Message: "gpu", Traceback: "line", Fatal: true},
			},
			{
				"handler expects it to pass", live, errPassing,
				&HandlerError{Worker: 1, Command: "f", Kind: "handler_error", Type: "Busy", Message: "later", Retryable: true},
			},
			{
				"unknown command", live, &wire.RemoteError{Kind: wire.KindUnknownCommand, Message: "it has g"},
				&UnknownCommandError{Worker: 1, Command: "f", Message: "it has g"},
			},
			{"before anything", gone, context.Canceled, &WaitError{Pool: "p", Err: over}},
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
				err := w.lost("f", OutcomeUnknown, tt.why)
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
		{"lost", "s", true, nil, &LostError{Work: OutcomeUnknown}, core.Learned{}},
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

package pool

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fsmgen/fsmgen/pool/wire"
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
				for _, ev := range eventsOf[EventRetried](l) {
					paused += ev.Delay
					if ev.Failure == "" || ev.Err == nil || ev.Command != "f" {
						t.Errorf("the event is %+v; want why the request is tried again", ev)
					}
				}
				if got := len(eventsOf[EventRetried](l)); got != tt.calls-1 || time.Since(since) < paused {
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

package pool

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fsmgen/fsmgen/pool/wire"
)

// pieces is the answer of a stream in as many pieces as a test says. A pause comes before each piece but the first, and as
// an endless one after the last.
type pieces struct {
	ctx    context.Context
	count  int
	first  time.Duration // before the first piece
	pause  time.Duration
	stuck  bool           // nothing comes after the last piece, not even the end
	state  *wire.Snapshot // comes with the end
	broken error          // what Close returns

	sent   int
	closed int
}

func (a *pieces) Next() (wire.Response, error) {
	pause := a.pause
	if a.sent == 0 {
		pause = a.first
	}
	if a.sent == a.count {
		if !a.stuck {
			return wire.Response{State: a.state}, wire.EndOfStream
		}
		pause = time.Hour
	}
	select {
	case <-a.ctx.Done():
		return wire.Response{}, &wire.CancelledError{Begun: true, Err: context.Cause(a.ctx)}
	case <-time.After(pause):
	}
	a.sent++
	return wire.Response{Payload: []byte{byte('0' + a.sent)}}, nil
}

func (a *pieces) Close() error {
	a.closed++
	return a.broken
}

// streaming is a script whose streams are copies of a.
func streaming(a *pieces) *scripted {
	return &scripted{stream: func(ctx context.Context, _ *scriptedWorker, _ wire.Request) (wire.Answers, error) {
		a.ctx, a.sent = ctx, 0
		return a, nil
	}}
}

// TestStream_Silence has nothing come for longer than SilenceTimeout, at each place of a stream.
func TestStream_Silence(t *testing.T) {
	const limit = 10 * time.Second
	for _, tt := range []struct {
		name   string
		answer pieces
		loop   time.Duration // that the caller takes for a piece
		pieces int
		silent bool
	}{
		{"before the first piece", pieces{count: 2, first: limit + 1, pause: time.Second}, 0, 0, true},
		{"before the second piece", pieces{count: 2, pause: limit + 1}, 0, 1, true},
		{"before the end", pieces{count: 2, pause: time.Second, stuck: true}, 0, 2, true},
		{"never for too long", pieces{count: 9, first: limit - 1, pause: limit - 1}, 0, 9, false},
		{"of the caller", pieces{count: 3, pause: time.Second}, 5 * limit, 3, false},
		{"after a slow caller", pieces{count: 3, pause: limit + 1}, 5 * limit, 1, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := startScripted(t, streaming(&tt.answer), Config{SilenceTimeout: limit})
				defer closePool(t, p)
				for range 2 {
					got, failure := 0, error(nil)
					for _, err := range p.Stream(t.Context(), "f", nil) {
						if err != nil {
							failure = err
							continue
						}
						got++
						time.Sleep(tt.loop)
					}
					late, silent := errors.AsType[*TimeoutError](failure)
					if got != tt.pieces || silent != tt.silent || silent && (late.What != "SilenceTimeout" || late.After != limit || !is[*AbandonedError](failure)) {
						t.Errorf("%d pieces, then %v; want %d, silent: %v", got, failure, tt.pieces, tt.silent)
					}
				}
				if s := p.Stats(); s.Busy != 0 {
					t.Errorf("%d slots are taken; want none", s.Busy)
				}
			})
		})
	}
}

// TestStream_LeftEarly cancels the rest. A worker that does not stop is removed.
func TestStream_LeftEarly(t *testing.T) {
	for _, tt := range []struct {
		name   string
		broken error
		kept   bool
	}{{"it stops", nil, true}, {"it does not stop", errEnough, false}} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				answer := &pieces{count: 9, broken: tt.broken}
				p := startScripted(t, streaming(answer), Config{})
				defer closePool(t, p)
				for range 2 {
					var got []byte
					for piece, err := range p.Stream(t.Context(), "f", nil) {
						if err != nil {
							t.Errorf("the stream fails with %v", err)
						}
						if got = append(got, piece...); len(got) == 3 {
							break
						}
					}
					if string(got) != "123" || answer.closed == 0 {
						t.Errorf("the pieces are %q, the answer was closed %d times; want 123 and once at least", got, answer.closed)
					}
					answer.closed = 0
				}
				r, err := p.Execute(t.Context(), "echo", nil)
				if err != nil || (r.WorkerID == 1) != tt.kept || p.Stats().Busy != 0 {
					t.Errorf("Execute = %+v, %v, %d slots taken; want the first worker: %v", r, err, p.Stats().Busy, tt.kept)
				}
				if s := p.Stats(); !tt.kept && s.Cancelled != 2 || s.Failures != 0 {
					t.Errorf("%d requests failed, %d are cancelled; want no failure", s.Failures, s.Cancelled)
				}
			})
		})
	}
}

// TestStream_LoopThatPanics removes a worker whose stream has not ended.
func TestStream_LoopThatPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		answer := &pieces{count: 9}
		p := startScripted(t, streaming(answer), Config{})
		defer closePool(t, p)
		for range 2 {
			answer.closed = 0
			var w *worker
			func() {
				defer func() { _ = recover() }()
				for range p.Stream(t.Context(), "f", nil) {
					w = workersOf(p)[0]
					panic("told to")
				}
			}()
			w.mu.Lock()
			if w.calls != 0 || answer.closed == 0 {
				t.Errorf("%d requests in flight, the answer was closed %d times; want none, and once at least", w.calls, answer.closed)
			}
			w.mu.Unlock()
			time.Sleep(time.Second)
			if r, err := p.Execute(t.Context(), "echo", nil); err != nil || r.WorkerID == w.id || p.Stats().Busy != 0 {
				t.Errorf("Execute = %+v, %v, %d slots taken; want another worker", r, err, p.Stats().Busy)
			}
		}
	})
}

// TestStream_CountsAsOneRequestInFlight until it ends, in whatever way.
func TestStream_CountsAsOneRequestInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startScripted(t, streaming(&pieces{count: 3}), Config{})
		defer closePool(t, p)
		w := workersOf(p)[0]
		inFlight := func() int {
			w.mu.Lock()
			defer w.mu.Unlock()
			return w.calls
		}
		for leave := range 4 {
			n := 0
			for range p.Stream(t.Context(), "f", nil) {
				if got := inFlight(); got != 1 {
					t.Errorf("%d requests in flight within the stream; want 1", got)
				}
				if n++; n == leave {
					break
				}
			}
			if got := inFlight(); got != 0 {
				t.Errorf("%d requests in flight after the stream; want none", got)
			}
		}
	})
}

// TestStream_StateOfTheSession comes with the end, or is asked for where the caller has left before.
func TestStream_StateOfTheSession(t *testing.T) {
	state := wire.Snapshot{ContentType: "text/plain", Payload: []byte("x")}
	missing := &wire.RemoteError{Kind: wire.KindNoSession}
	for _, tt := range []struct {
		name       string
		checkpoint bool
		leave      bool
		exports    error
		kept       int // snapshots
		asked      int
		lost       uint64 // when the worker ends
	}{
		{"comes with the end", true, false, nil, 1, 0, 0},
		{"is asked for", true, true, nil, 1, 1, 0},
		{"there is none", true, true, missing, 0, 1, 0},
		{"cannot be had", true, true, &wire.RemoteError{Kind: wire.KindNotExportable}, 0, 1, 1},
		{"is not kept", false, true, nil, 0, 0, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				asked := 0
				s := streaming(&pieces{count: 2, state: &state})
				s.exports = func(context.Context, wire.Session) (wire.Snapshot, error) {
					asked++
					return state, tt.exports
				}
				p := startScripted(t, s, Config{Sessions: Sessions{Checkpoint: tt.checkpoint}})
				defer closePool(t, p)
				for _, err := range p.Stream(t.Context(), "f", nil, Session("s")) {
					if err != nil {
						t.Fatal(err)
					}
					if tt.leave {
						break
					}
				}
				if got := p.Stats().Sessions; got.Snapshots != tt.kept || asked != tt.asked {
					t.Errorf("%d snapshots, asked %d times; want %d and %d", got.Snapshots, asked, tt.kept, tt.asked)
				}
				workersOf(p)[0].kill()
				time.Sleep(time.Second)
				if got := p.Stats().SessionsLost; got != tt.lost {
					t.Errorf("%d sessions are lost with the worker; want %d", got, tt.lost)
				}
			})
		})
	}
}

// TestStream_LeftAndTheStateIsNotAnswered removes the worker after Sessions.ExportTimeout.
func TestStream_LeftAndTheStateIsNotAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := streaming(&pieces{count: 2})
		s.exports = func(ctx context.Context, _ wire.Session) (wire.Snapshot, error) {
			<-ctx.Done()
			return wire.Snapshot{}, &wire.LostError{Sent: wire.SentUnknown, Err: context.Cause(ctx)}
		}
		p := startScripted(t, s, Config{Sessions: Sessions{Checkpoint: true, ExportTimeout: 7 * time.Second}})
		defer closePool(t, p)
		since := time.Now()
		for range p.Stream(t.Context(), "f", nil, Session("s")) {
			break
		}
		if time.Since(since) != 7*time.Second {
			t.Errorf("the loop was left after %v; want Sessions.ExportTimeout", time.Since(since))
		}
		time.Sleep(time.Minute)
		if got := stateOf(t, p, 1); got != 0 {
			t.Errorf("the worker is %v; want it removed", got)
		}
	})
}

package pool

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/fsmgen/fsmgen/pool/recovery"
	"github.com/fsmgen/fsmgen/pool/wire"
)

// records is a log handler that keeps the records of the level Info and above.
type records struct {
	mu  sync.Mutex
	all []slog.Record
}

func (h *records) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelInfo }
func (h *records) WithAttrs([]slog.Attr) slog.Handler               { return h }
func (h *records) WithGroup(string) slog.Handler                    { return h }

func (h *records) Handle(_ context.Context, r slog.Record) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.all = append(h.all, r)
	return nil
}

// of returns the only record with that message.
func (h *records) of(t *testing.T, message string) (level slog.Level, attrs map[string]slog.Value) {
	t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	found := slices.DeleteFunc(slices.Clone(h.all), func(r slog.Record) bool { return r.Message != message })
	if len(found) != 1 {
		t.Fatalf("%d records say %q; want one", len(found), message)
	}
	attrs = map[string]slog.Value{}
	found[0].Attrs(func(a slog.Attr) bool {
		attrs[a.Key] = a.Value
		return true
	})
	return found[0].Level, attrs
}

// TestLogger_WorkerGone has the level say whether an operator has to look: a worker that has failed is a warning, one that
// the pool has no more use for is none.
func TestLogger_WorkerGone(t *testing.T) {
	execute := func(command string) func(*testing.T, *Pool) {
		return func(t *testing.T, p *Pool) { _, _ = p.Execute(t.Context(), command, nil) }
	}
	for _, tt := range []struct {
		name   string
		end    func(t *testing.T, p *Pool)
		level  slog.Level
		reason string
	}{
		{"handler panics", execute("crash"), slog.LevelWarn, "exited"},
		{"idle worker is killed", func(_ *testing.T, p *Pool) { workersOf(p)[0].kill() }, slog.LevelWarn, "exited"},
		{"handler does not stop", execute("wait"), slog.LevelWarn, "timeout_stuck"},
		{"caller discards it", func(t *testing.T, p *Pool) { _ = checkout(t, p).Discard() }, slog.LevelInfo, "client"},
		{"operator recycles it", func(_ *testing.T, p *Pool) { p.Recycle(1) }, slog.LevelInfo, "recycled"},
		{"pool closes", func(t *testing.T, p *Pool) { closePool(t, p) }, slog.LevelInfo, "closed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := &records{}
				p := startFake(t, &fake{}, Config{Name: "p", Logger: slog.New(h), RequestTimeout: time.Second})
				workersOf(p)[0].current().(*fakeWorker).print(strings.Repeat("a line of a worker that prints a lot\n", 1000))
				tt.end(t, p)
				time.Sleep(5 * time.Second)
				synctest.Wait()
				level, attrs := h.of(t, "a worker is gone")
				if level != tt.level || attrs["reason"].String() != tt.reason {
					t.Errorf("the level is %v, the reason %v; want %v, %s", level, attrs["reason"], tt.level, tt.reason)
				}
				if attrs["pool"].String() != "p" || attrs["worker"].Uint64() != 1 || attrs["err"].Any() == nil {
					t.Errorf("the record has %v; want the pool, the worker and the error", attrs)
				}
				if n := len(attrs["output"].String()); n == 0 || n > 2*maxLogged {
					t.Errorf("the output has %d bytes; want the last lines, bounded", n)
				}
				closePool(t, p)
			})
		})
	}
}

// TestStats_CancelledIsNoFailure counts callers that have gone apart from requests that have failed.
func TestStats_CancelledIsNoFailure(t *testing.T) {
	cancelled := func(ctx context.Context) context.Context {
		ctx, cancel := context.WithCancel(ctx)
		time.AfterFunc(time.Second, cancel)
		return ctx
	}
	late := func(ctx context.Context) context.Context {
		ctx, cancel := context.WithTimeout(ctx, time.Second)
		time.AfterFunc(time.Minute, cancel)
		return ctx
	}
	execute := func(context func(context.Context) context.Context, command string) func(*testing.T, *Pool) {
		return func(t *testing.T, p *Pool) { _, _ = p.Execute(context(t.Context()), command, nil) }
	}
	queued := func(context func(context.Context) context.Context) func(*testing.T, *Pool) {
		return func(t *testing.T, p *Pool) {
			l := checkout(t, p)
			_, _ = p.Execute(context(t.Context()), "echo", nil)
			_ = l.Checkin(nil)
		}
	}
	for _, tt := range []struct {
		name      string
		do        func(t *testing.T, p *Pool)
		cancelled bool
		failure   recovery.Kind
	}{
		{"answer", execute(cancelled, "echo"), false, ""},
		{"caller cancels", execute(cancelled, "listen"), true, ""},
		{"caller cancels, the handler does not stop", execute(cancelled, "wait"), true, ""},
		{"caller cancels in the queue", queued(cancelled), true, ""},
		{"caller leaves a stream", func(t *testing.T, p *Pool) {
			for range p.Stream(t.Context(), "echo", nil) {
				break
			}
		}, false, ""},
		{"deadline of the caller", execute(late, "listen"), false, "timeout_kept"},
		{"deadline in the queue", queued(late), false, "no_worker"},
		{"handler fails", execute(cancelled, "fail"), false, "handler_error"},
		{"unknown command", execute(cancelled, "nonsense"), false, "bad_request"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := &log{}
				p := startFake(t, &fake{}, Config{Observer: l, CancelGrace: 100 * time.Millisecond})
				defer closePool(t, p)
				tt.do(t, p)
				var cancelled, failures uint64
				if tt.cancelled {
					cancelled = 1
				}
				if tt.failure != "" {
					failures = 1
				}
				if s := p.Stats(); s.Requests != 1 || s.Cancelled != cancelled || s.Failures != failures {
					t.Errorf("%d requests, %d cancelled, %d failed; want 1, %d, %d", s.Requests, s.Cancelled, s.Failures, cancelled, failures)
				}
				if got := eventsOf[EventExecuted](l); len(got) != 1 || got[0].Cancelled != tt.cancelled || got[0].Failure != tt.failure {
					t.Errorf("the events are %+v; want one, cancelled: %v, with the failure %q", got, tt.cancelled, tt.failure)
				}
			})
		})
	}
}

// TestObserver_DeclaredCommands says which commands are fit for labels: a caller may ask for any name.
func TestObserver_DeclaredCommands(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &log{}
		p := startFake(t, &fake{}, Config{Observer: l})
		defer closePool(t, p)
		want := map[string]bool{"echo": true, "fail": true}
		for _, command := range []string{"echo", "fail", "nonsense", "/index.php", ""} {
			for range 2 {
				_, _ = p.Execute(t.Context(), command, nil)
			}
			for _, ev := range eventsOf[EventExecuted](l) {
				if ev.Command == command && ev.Declared != want[command] {
					t.Errorf("command %q: declared is %v; want %v", command, ev.Declared, want[command])
				}
			}
		}
	})
}

// lowerCase is how names in JSON are written.
var lowerCase = regexp.MustCompile(`^[a-z][a-z_]*$`)

func TestStats_JSON(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{})
		defer closePool(t, p)
		text, err := json.Marshal(p.Stats())
		if err != nil {
			t.Fatal(err)
		}
		var fields map[string]any
		if err := json.Unmarshal(text, &fields); err != nil {
			t.Fatal(err)
		}
		sessions, _ := fields["sessions"].(map[string]any)
		for _, object := range []map[string]any{fields, sessions} {
			if len(object) == 0 {
				t.Errorf("an object of %s is empty", text)
			}
			for name, value := range object {
				if !lowerCase.MatchString(name) || value == nil {
					t.Errorf("%q is %v; want a name in lower case and no null", name, value)
				}
			}
		}
	})
}

// TestHandler_OutputOnlyIfAsked has workers print a secret, and fail to start because of it.
//
// Rows: H5.
func TestHandler_OutputOnlyIfAsked(t *testing.T) {
	const secret = "password=hunter2"
	synctest.Test(t, func(t *testing.T) {
		f := &fake{}
		p := startFake(t, f, Config{Size: Size{Min: 2}})
		defer closePool(t, p)
		workersOf(p)[0].current().(*fakeWorker).print(secret)
		if _, err := p.Execute(t.Context(), "echo", nil); err != nil {
			t.Fatal(err)
		}
		f.setStart(func(context.Context, uint64) error { return errors.New(secret) })
		workersOf(p)[1].kill()
		time.Sleep(5 * time.Second)
		for path, shown := range map[string]bool{
			"/healthz": false, "/readyz": false, "/workers.json": false, "/readyz?reason=1": true, "/workers.json?output=1": true,
		} {
			w := httptest.NewRecorder()
			p.HTTPHandler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
			if got := strings.Contains(w.Body.String(), secret); got != shown {
				t.Errorf("%s shows what workers say: %v; want %v: %s", path, got, shown, w.Body)
			}
		}
		f.setStart(nil)
		time.Sleep(time.Minute)
		w := httptest.NewRecorder()
		p.HTTPHandler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/readyz?reason=1", nil))
		if w.Code != http.StatusOK || strings.Contains(w.Body.String(), secret) {
			t.Errorf("/readyz = %d, %s; want 200, and no failure of the past", w.Code, w.Body)
		}
	})
}

// TestErrors_OneBoundedLine gives every error text of a worker or caller that is long, has many lines and control
// characters.
func TestErrors_OneBoundedLine(t *testing.T) {
	const most = 64 << 10
	evil := strings.Repeat("line\r\n\x1b[31mERROR forged\x00\u2028\xff ", 1<<20/32)
	remote := &wire.RemoteError{Kind: wire.KindHandlerError, Type: evil, Message: evil, Traceback: evil}
	output := []string{evil, `File "` + evil + `", line 3`, evil}
	for _, err := range []error{
		&HandlerError{Command: evil, Type: evil, Message: evil, Traceback: evil},
		&HandlerError{Command: evil, Message: evil},
		&UnknownCommandError{Command: evil, Message: evil},
		&LostError{Command: evil, Err: remote, Output: output},
		&LostError{Command: evil, Err: &ExitError{How: "exit status 1"}, Output: []string{`File "` + evil + `", line 3`, "x"}},
		&AbandonedError{Command: evil, Err: errors.New(evil)},
		&StartError{Pool: "p", Worker: 1, Err: remote, Output: output},
		&StartError{Pool: "p", Err: errors.New(evil)},
		&SessionLostError{Session: evil, Err: remote},
		&SessionBusyError{Session: evil},
		&WaitError{Session: evil, Err: errors.New(evil)},
		&RequestError{Command: evil, What: "no", Err: errors.New(evil)},
		&AnswerError{Command: evil, Err: errors.New(evil)},
		&PoisonError{Command: evil, Err: &LostError{Command: evil, Err: remote, Output: output}},
	} {
		t.Run(fmt.Sprintf("%T", err), func(t *testing.T) {
			text := err.Error()
			if len(text) > most {
				t.Errorf("the error has %d bytes; want at most %d", len(text), most)
			}
			if i := strings.IndexAny(text, "\r\n\x1b\x00\u2028"); i >= 0 || !utf8.ValidString(text) {
				t.Errorf("the error is not one plain line: ...%q...", text[max(0, i-40):min(len(text), max(0, i)+40)])
			}
		})
	}
}

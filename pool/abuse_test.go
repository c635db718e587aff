package pool

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fsmgen/fsmgen/internal/proc"
)

// The tests of this file do what users should not, and what they should at its limits.

// sources are a Python worker and one in this process that know "echo" and "fail".
func sources(t *testing.T) map[string]Source {
	needPython(t)
	return map[string]Source{"python": Python("testdata/worker.py"), "func": Func(echo)}
}

func TestPayload_ExactlyAtTheLimit(t *testing.T) {
	const limit = 100_000
	longest := strings.Repeat("ä", maxName/2)
	for name, source := range sources(t) {
		t.Run(name, func(t *testing.T) {
			p := startPython(t, Config{Source: source, MaxPayload: limit})
			payload := `"` + strings.Repeat("x", limit-2) + `"`
			r, err := p.Execute(t.Context(), "echo", []byte(payload), Session(longest))
			if err != nil || string(r.Payload) != payload {
				t.Errorf("Execute with %d bytes = %v; want them back", len(payload), err)
			}
			_, err = p.Execute(t.Context(), "echo", []byte(payload+" "))
			large, ok := errors.AsType[*TooLargeError](err)
			if !ok || large.What != "payload" || large.Size != limit+1 || large.Limit != limit || OutcomeOf(err) != OutcomeNotRun {
				t.Errorf("Execute with a byte more = %v; want a *TooLargeError", err)
			}
		})
	}
}

func TestAnswer_OverTheLimit(t *testing.T) {
	const limit = 5000
	needPython(t)
	script := filepath.Join(t.TempDir(), "worker.py")
	code := "from fsmpool import worker\n@worker.command\ndef fill(args):\n    return b'x' * args\nworker.run()\n"
	if err := os.WriteFile(script, []byte(code), 0o666); err != nil {
		t.Fatal(err)
	}
	for name, source := range map[string]Source{
		"python": Python(script),
		"func": Func(func(_ context.Context, r *Request) ([]byte, error) {
			var n int
			_, err := fmt.Sscan(string(r.Payload), &n)
			return bytes.Repeat([]byte("x"), n), err
		}),
	} {
		t.Run(name, func(t *testing.T) {
			p := startPython(t, Config{Source: source, MaxPayload: limit})
			for _, size := range []int{limit + 1, frameRoom + limit + 1} {
				_, err := p.Execute(t.Context(), "fill", fmt.Append(nil, size))
				if handler, ok := errors.AsType[*HandlerError](err); !ok || handler.Kind != "too_large" || OutcomeOf(err) != OutcomeFailed {
					t.Errorf("an answer of %d bytes = %v; want a *HandlerError", size, err)
				}
			}
			r, err := p.Execute(t.Context(), "fill", fmt.Append(nil, limit))
			if err != nil || len(r.Payload) != limit || r.WorkerID != 1 {
				t.Errorf("an answer of %d bytes = %v; want it of the same worker", limit, err)
			}
		})
	}
}

func TestPayload_EmptyOrBinary(t *testing.T) {
	p := startPython(t, Config{})
	if r, err := p.Execute(t.Context(), "echo", nil); err != nil || string(r.Payload) != "null" {
		t.Errorf("Execute without a payload = %q, %v; want null", r.Payload, err)
	}
	_, err := p.Execute(t.Context(), "echo", []byte{0xff, 0, 1})
	if handler, ok := errors.AsType[*HandlerError](err); !ok || handler.Kind != "bad_request" || OutcomeOf(err) != OutcomeNotRun {
		t.Errorf("Execute with bytes that are not JSON = %v; want a *HandlerError", err)
	}
}

func TestNames_ThatCannotBeSent(t *testing.T) {
	tooLong, longest := strings.Repeat("x", maxName+1), strings.Repeat("x", maxName)
	for name, source := range sources(t) {
		t.Run(name, func(t *testing.T) {
			p := startPython(t, Config{Source: source})
			for _, tt := range []struct {
				name, command, session string
				is                     func(error) bool
			}{
				{"spaces", "two words", "", is[*UnknownCommandError]},
				{"unicode", "жабa 🐸\n", "", is[*UnknownCommandError]},
				{"no name", "", "", is[*UnknownCommandError]},
				{"longest command", longest, "", is[*UnknownCommandError]},
				{"longer command", tooLong, "", is[*TooLargeError]},
				{"not UTF-8", "\xff", "", is[*RequestError]},
				{"longest session", "nonsense", longest, is[*UnknownCommandError]},
				{"longer session", "echo", tooLong, is[*TooLargeError]},
				{"session not UTF-8", "echo", "\xff", is[*RequestError]},
			} {
				_, err := p.Execute(t.Context(), tt.command, nil, Session(tt.session))
				if !tt.is(err) || OutcomeOf(err) != OutcomeNotRun {
					t.Errorf("%s: Execute = %.200v; want another type than %T", tt.name, err, err)
				}
				if len(fmt.Sprint(err)) > 5000 {
					t.Errorf("%s: the error has %d bytes; want something that can be read", tt.name, len(fmt.Sprint(err)))
				}
			}
			if _, err := p.Checkout(t.Context(), Session(tooLong)); !is[*TooLargeError](err) {
				t.Errorf("Checkout = %.200v; want a *TooLargeError", err)
			}
			if r, err := p.Execute(t.Context(), "echo", nil); err != nil || r.WorkerID != 1 {
				t.Errorf("Execute = %+v, %v; want the first worker, unharmed", r, err)
			}
		})
	}
}

func TestCall_ArgumentsThatAreNotJSON(t *testing.T) {
	p := startPython(t, Config{Source: Func(echo)})
	if _, err := Call[any, any](t.Context(), p, "echo", func() {}); !is[*RequestError](err) || OutcomeOf(err) != OutcomeNotRun {
		t.Errorf("Call = %v; want a *RequestError", err)
	}
}

func TestInterpreter_LookedUpInTheWorkersEnvironment(t *testing.T) {
	_, err := Start(t.Context(), Config{Source: &ProcessSource{Script: "testdata/worker.py", Env: []string{"PATH=/nowhere"}}})
	if !is[*StartError](err) || !is[*proc.InterpreterError](err) {
		t.Errorf("Start = %v; want a *StartError about the interpreter", err)
	}
}

func TestStart_InterpreterThatHangs(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "python3"), []byte("#!/bin/sh\nsleep 100\n"), 0o777); err != nil {
		t.Fatal(err)
	}
	_, err := Start(t.Context(), Config{
		Source:       &ProcessSource{Script: "testdata/worker.py", Env: []string{"PATH=" + dir + ":/usr/bin:/bin"}},
		StartTimeout: 100 * time.Millisecond,
	})
	if late, ok := errors.AsType[*TimeoutError](err); !ok || late.What != "StartTimeout" || !is[*StartError](err) {
		t.Errorf("Start = %v; want StartTimeout", err)
	}
}

func TestPythonPath_Empty(t *testing.T) {
	env := append(proc.BaseEnv(os.Environ()), "PYTHONPATH=")
	p := startPython(t, Config{Source: &ProcessSource{Script: "testdata/worker.py", Env: env}})
	if _, err := p.Execute(t.Context(), "echo", []byte(`1`)); err != nil {
		t.Error(err)
	}
}

func TestScript_RelativeToDir(t *testing.T) {
	p := startPython(t, Config{Source: &ProcessSource{Script: "worker.py", Dir: "testdata"}})
	if _, err := p.Execute(t.Context(), "echo", []byte(`1`)); err != nil {
		t.Error(err)
	}
}

func TestStart_UnreadableScript(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root reads everything")
	}
	dir := filepath.Join(t.TempDir(), "locked")
	if err := os.Mkdir(dir, 0); err != nil {
		t.Fatal(err)
	}
	_, err := Start(t.Context(), Config{Source: Python(filepath.Join(dir, "worker.py"))})
	if !is[*StartError](err) || !errors.Is(err, os.ErrPermission) {
		t.Errorf("Start = %v; want a *StartError about the permission", err)
	}
}

func TestSession_OneOfTenThousand(t *testing.T) {
	if testing.Short() {
		t.Skip("10,000 requests")
	}
	p := startPython(t, Config{Recycle: Recycle{MaxWorkerRequests: -1}, Sessions: Sessions{MaxSessions: -1}})
	for i := range 10_001 {
		if _, err := p.Execute(t.Context(), "count", nil, Session(fmt.Sprint(i))); err != nil {
			t.Fatal(err)
		}
	}
	got, err := Call[any, counted](t.Context(), p, "count", nil, Session("0"))
	if err != nil || got.Count != 2 {
		t.Errorf("the first session counts %d, %v; want 2", got.Count, err)
	}
}

func TestQueue_TenThousandRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{QueueTimeout: time.Hour, MaxQueue: -1})
		defer closePool(t, p)
		l := checkout(t, p)
		var clients sync.WaitGroup
		for i := range 10_000 {
			clients.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				_, err := p.Execute(ctx, "echo", nil, Session(fmt.Sprint(i%100)))
				if i%2 == 0 && err != nil {
					t.Errorf("request %d = %v", i, err)
				}
			})
		}
		synctest.Wait()
		if n := p.Stats().Waiting; n != 10_000 {
			t.Errorf("%d requests wait; want all", n)
		}
		if err := l.Checkin(nil); err != nil {
			t.Error(err)
		}
		clients.Wait()
	})
}

func TestSize_HundredsOfWorkers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const workers = 200
		p := startFake(t, &fake{}, Config{Size: Size{Min: workers}})
		defer closePool(t, p)
		seen := make(map[uint64]bool)
		for range workers {
			l := checkout(t, p)
			defer func() { _ = l.Checkin(nil) }()
			seen[l.WorkerID()] = true
		}
		if len(seen) != workers {
			t.Errorf("%d workers were handed out; want %d", len(seen), workers)
		}
	})
}

func TestFunc_HandlerThatEndsItsGoroutine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{})
		defer closePool(t, p)
		begin := time.Now()
		if _, err := p.Execute(t.Context(), "exit", nil); !is[*LostError](err) || time.Since(begin) > time.Second {
			t.Errorf("Execute = %v after %v; want a lost worker at once", err, time.Since(begin))
		}
		if _, err := p.Execute(t.Context(), "echo", nil); err != nil {
			t.Errorf("Execute = %v; want another worker", err)
		}
	})
}

func TestExecute_ContextThatHasEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{})
		defer closePool(t, p)
		ctx, cancel := context.WithCancelCause(t.Context())
		tooLate := errors.New("too late")
		cancel(tooLate)
		for range 50 {
			_, err := p.Execute(ctx, "echo", nil)
			if wait, ok := errors.AsType[*WaitError](err); !ok || !errors.Is(wait, tooLate) {
				t.Fatalf("Execute = %v; want a *WaitError with the cause", err)
			}
			if _, err := p.Checkout(ctx); !is[*WaitError](err) {
				t.Fatalf("Checkout = %v; want a *WaitError", err)
			}
		}
		if r, err := p.Execute(t.Context(), "echo", nil); err != nil || r.WorkerID != 1 {
			t.Errorf("Execute = %+v, %v; want the first worker", r, err)
		}
	})
}

func TestLease_OutcomeAfterItsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{})
		defer closePool(t, p)
		l := checkout(t, p)
		if err := l.Checkin(nil); err != nil {
			t.Error(err)
		}
		if _, err := l.Execute(t.Context(), "echo", nil); OutcomeOf(err) != OutcomeNotRun {
			t.Errorf("the outcome of %v is %v; want not run", err, OutcomeOf(err))
		}
	})
}

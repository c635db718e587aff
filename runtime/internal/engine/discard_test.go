package engine_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	fsm "github.com/fsmgen/fsmgen/runtime"
	"github.com/fsmgen/fsmgen/runtime/internal/engine"
)

// connection counts how often it was closed.
type connection struct {
	mu     sync.Mutex
	closes int
	panics bool
}

func (c *connection) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closes++
	if c.panics {
		panic("broken pipe")
	}
	return nil
}

func (c *connection) closed() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.closes
}

// dial is work that returns a result when it is let.
type dial struct {
	let   chan struct{}
	value any
	err   error
}

func (d *dial) Run(context.Context) (any, error) {
	<-d.let
	return d.value, d.err
}

// closerFunc is a function as an [io.Closer].
type closerFunc func()

func (f closerFunc) Close() error { f(); return nil }

// results are what work may come to, and whether a connection in it is to be closed.
func results(c *connection, let chan struct{}) map[string]struct {
	work   engine.Work
	closes int
} {
	type result struct {
		Turns int
		Conn  io.Closer
		Other io.Closer // stays nil
		quiet io.Closer // is not exported, so it belongs to the struct
	}
	return map[string]struct {
		work   engine.Work
		closes int
	}{
		"a closer":                 {&dial{let, c, nil}, 1},
		"a struct with a closer":   {&dial{let, result{Conn: c, quiet: c}, nil}, 1},
		"a closer beside an error": {&dial{let, c, errors.New("refused")}, 0},
		"nothing":                  {&dial{let, nil, nil}, 0},
		"a number":                 {&dial{let, 7, nil}, 0},
	}
}

func TestDiscard_ResultThatTheMachineDrops(t *testing.T) {
	ways := map[string]func(t *testing.T, s *liveTurnstile, let chan struct{}){
		"the state is left before the result comes": func(t *testing.T, s *liveTurnstile, let chan struct{}) {
			_ = s.Do(t.Context(), unwash)
			close(let)
		},
		"the state is left while the result waits": func(t *testing.T, s *liveTurnstile, let chan struct{}) {
			_ = s.server.Suspend(t.Context())
			close(let)
			synctest.Wait()
			_ = s.server.Inspect(t.Context(), func() { unwash(&s.t) })
			_ = s.server.Resume(t.Context())
		},
		"the machine has ended before the result comes": func(t *testing.T, s *liveTurnstile, let chan struct{}) {
			go func() { _ = s.server.Stop(t.Context(), nil) }()
			synctest.Wait()
			close(let)
		},
		"the machine ends while the result waits": func(t *testing.T, s *liveTurnstile, let chan struct{}) {
			_ = s.server.Suspend(t.Context())
			close(let)
			synctest.Wait()
			_ = s.server.Stop(t.Context(), nil)
		},
	}
	for way, drop := range ways {
		for name := range results(nil, nil) {
			t.Run(way+", "+name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s, c, let := start(fsm.Config{}), &connection{}, make(chan struct{})
					tt := results(c, let)[name]
					_ = s.Do(t.Context(), wash(tt.work))
					synctest.Wait()
					drop(t, s, let)
					synctest.Wait()
					_ = s.server.Stop(t.Context(), nil)
					<-s.server.Done()
					if got := c.closed(); got != tt.closes {
						t.Errorf("the connection was closed %d times; want %d", got, tt.closes)
					}
				})
			})
		}
	}
}

func TestDiscard_ResultThatTheMachineTakesIsLeftAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c, let := start(fsm.Config{}), &connection{}, make(chan struct{})
		defer stop(t, s)
		_ = s.Do(t.Context(), wash(&dial{let, c, nil}))
		close(let)
		synctest.Wait()
		if got, log := c.closed(), s.Log(t); got != 0 || len(log) != 1 {
			t.Errorf("closed %d times, log %v; want the machine to have it", got, log)
		}
	})
}

func TestDiscard_DoneWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, let, goOn := start(fsm.Config{}), make(chan struct{}), make(chan struct{})
		_ = s.Do(t.Context(), wash(&dial{let, closerFunc(func() { <-goOn }), nil}))
		_ = s.server.Suspend(t.Context())
		close(let)
		synctest.Wait()
		go func() { _ = s.server.Stop(t.Context(), nil) }()
		synctest.Wait()
		if closed(s.server.Done()) {
			t.Error("Done is closed while a result is discarded")
		}
		close(goOn)
		<-s.server.Done()
	})
}

func TestDiscard_PanicIsLogged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var text bytes.Buffer
		s, let := start(fsm.Config{Logger: slog.New(slog.NewTextHandler(&text, nil))}), make(chan struct{})
		_ = s.Do(t.Context(), wash(&dial{let, &connection{panics: true}, nil}))
		_ = s.Do(t.Context(), unwash)
		close(let)
		synctest.Wait()
		stop(t, s)
		if !strings.Contains(text.String(), "was not discarded") || !strings.Contains(text.String(), "broken pipe") {
			t.Errorf("log:\n%s\nwant the panic", &text)
		}
	})
}

func TestDiscard_BareMachine(t *testing.T) {
	for name := range results(nil, nil) {
		m, c, let := newTurnstile(fsm.NewVirtualClock()), &connection{}, make(chan struct{})
		close(let)
		tt := results(c, let)[name]
		for range 2 { // once, and the same again
			_ = m.Do(wash(tt.work))
			i := m.engine.Invocations()[0]
			_ = m.Do(unwash)
			i.Run()
			if err := m.engine.Finish(m, i); err != nil {
				t.Errorf("%s: Finish() = %v; want nil", name, err)
			}
		}
		if got := c.closed(); got != 2*tt.closes {
			t.Errorf("%s: closed %d times; want %d", name, got, 2*tt.closes)
		}
	}
	m, let := newTurnstile(fsm.NewVirtualClock()), make(chan struct{})
	close(let)
	_ = m.Do(wash(&dial{let, &connection{panics: true}, nil}))
	i := m.engine.Invocations()[0]
	_ = m.Do(unwash)
	i.Run()
	if err := m.engine.Finish(m, i); !errors.As(err, new(*fsm.PanicError)) {
		t.Errorf("Finish() = %v; want the panic of Close", err)
	}
}

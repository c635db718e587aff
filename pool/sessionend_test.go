package pool

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// TestCloseSession_WaitsForItsRequests in each way in which a session may be in use.
func TestCloseSession_WaitsForItsRequests(t *testing.T) {
	for _, tt := range []struct {
		name string
		use  func(t *testing.T, p *Pool) (end func()) // until end is called
	}{
		{"no such session", func(*testing.T, *Pool) func() { return func() {} }},
		{"a session without requests", func(t *testing.T, p *Pool) func() {
			counts(t, p, "s")
			return func() {}
		}},
		{"requests in progress and waiting", func(t *testing.T, p *Pool) func() {
			counts(t, p, "s")
			ctx, cancel := context.WithCancel(t.Context())
			for _, command := range []string{"listen", "echo", "echo"} {
				go func() { _, _ = p.Execute(ctx, command, nil, Session("s")) }()
				synctest.Wait()
			}
			return cancel
		}},
		{"a request whose handler does not stop", func(t *testing.T, p *Pool) func() {
			ctx, cancel := context.WithCancel(t.Context())
			go func() { _, _ = p.Execute(ctx, "wait", nil, Session("s")) }()
			synctest.Wait()
			return cancel
		}},
		{"a lease", func(t *testing.T, p *Pool) func() {
			l := checkout(t, p, Session("s"))
			return func() { _ = l.Checkin(nil) }
		}},
		{"a request that waits for a worker", func(t *testing.T, p *Pool) func() {
			l := checkout(t, p)
			go func() { _, _ = p.Execute(t.Context(), "echo", nil, Session("s")) }()
			synctest.Wait()
			return func() { _ = l.Checkin(nil) }
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := startFake(t, &fake{}, Config{CancelGrace: 100 * time.Millisecond})
				defer closePool(t, p)
				for range 2 {
					end := tt.use(t, p)
					closed := make(chan error, 2)
					for range cap(closed) { // more than one caller may wait
						go func() { closed <- p.CloseSession(t.Context(), "s") }()
					}
					synctest.Wait()
					end()
					for range cap(closed) {
						if err := <-closed; err != nil {
							t.Errorf("CloseSession = %v; want nil", err)
						}
					}
					if s := p.Stats().Sessions; s.Sessions != 0 || s.Lost != 0 {
						t.Errorf("%+v; want no session, and no loss", s)
					}
				}
				if n, r := counts(t, p, "s"); n != 1 || r.Rebound {
					t.Errorf("counts %d, rebound %v; want a session that begins anew", n, r.Rebound)
				}
			})
		})
	}
}

// TestCloseSession_ContextEnds leaves the session as it is.
func TestCloseSession_ContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{Name: "p"})
		defer closePool(t, p)
		counts(t, p, "s")
		l := checkout(t, p, Session("s"))
		closing := errors.New("the editor is closing")
		for range 2 {
			ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, closing)
			err := p.CloseSession(ctx, "s")
			cancel()
			e, ok := errors.AsType[*SessionEndError](err)
			if !ok || e.Pool != "p" || e.Session != "s" || e.Waited != time.Second || !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, closing) {
				t.Errorf("CloseSession = %v; want a SessionEndError with the end of the context and its cause", err)
			}
		}
		if err := l.Checkin(nil); err != nil {
			t.Error(err)
		}
		if n, _ := counts(t, p, "s"); n != 2 {
			t.Errorf("counts %d; want a session that goes on", n)
		}
		if !p.EndSession("s") {
			t.Error("EndSession = false; want true: it is not in use")
		}
	})
}

// TestClosedPool_SaysNo to what needs a pool that takes requests.
func TestClosedPool_SaysNo(t *testing.T) {
	for name, end := range map[string]func(p *Pool) error{
		"closed":  func(p *Pool) error { return p.Close(context.Background()) },
		"drained": func(p *Pool) error { return p.Drain(context.Background()) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := startFake(t, &fake{}, Config{})
				counts(t, p, "s")
				if err := end(p); err != nil {
					t.Fatal(err)
				}
				for range 2 {
					if p.EndSession("s") || p.EndSession("unknown") || p.Recycle(1) {
						t.Error("EndSession or Recycle = true; want false")
					}
					_, err := p.Upgrade(t.Context(), &fake{label: "new"}, Rollout{})
					for what, err := range map[string]error{
						"Reconfigure": p.Reconfigure(Config{}), "CloseSession": p.CloseSession(t.Context(), "s"), "Upgrade": err,
					} {
						if !errors.Is(err, ErrClosed) {
							t.Errorf("%s = %v; want ErrClosed", what, err)
						}
					}
				}
			})
		})
	}
}

// TestCloseSession_PoolStops while it waits.
func TestCloseSession_PoolStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{})
		l := checkout(t, p, Session("s"))
		closed := make(chan error)
		go func() { closed <- p.CloseSession(context.Background(), "s") }()
		synctest.Wait()
		closePool(t, p)
		if err := <-closed; !errors.Is(err, ErrClosed) {
			t.Errorf("CloseSession = %v; want ErrClosed", err)
		}
		_ = l.Close()
	})
}

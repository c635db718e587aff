package pool

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// manyErrors is a cause that cannot be compared, as validators make them.
type manyErrors []string

func (e manyErrors) Error() string { return e[0] }

// TestEnd_OfAContextWithACause is the end of a request like that of a context without one: the error matches the end as
// well as the cause, and what was cancelled has not failed.
func TestEnd_OfAContextWithACause(t *testing.T) {
	stale := errors.New("the document has changed")
	after := func(d time.Duration, cause error) func(context.Context) context.Context {
		return func(ctx context.Context) context.Context {
			ctx, cancel := context.WithCancelCause(ctx)
			if d == 0 {
				cancel(cause)
			}
			time.AfterFunc(d, func() { cancel(cause) })
			return ctx
		}
	}
	within := func(cause error) func(context.Context) context.Context {
		return func(ctx context.Context) context.Context {
			ctx, cancel := context.WithTimeoutCause(ctx, time.Second, cause)
			time.AfterFunc(time.Minute, cancel)
			return ctx
		}
	}
	ends := []struct {
		name    string
		begin   func(context.Context) context.Context
		matches []error
	}{
		{"cancelled", after(time.Second, nil), []error{context.Canceled}},
		{"cancelled before", after(0, stale), []error{context.Canceled, stale}},
		{"cancelled with a cause", after(time.Second, stale), []error{context.Canceled, stale}},
		{"cancelled with a deadline as cause", after(time.Second, context.DeadlineExceeded), []error{context.Canceled}},
		{"cancelled with a cause that cannot be compared", after(time.Second, manyErrors{"a", "b"}), []error{context.Canceled}},
		{"deadline", within(nil), []error{context.DeadlineExceeded}},
		{"deadline with a cause", within(stale), []error{context.DeadlineExceeded, stale}},
		{"deadline with a cancellation as cause", within(context.Canceled), []error{context.DeadlineExceeded}},
	}
	for _, way := range waysToWait {
		for _, end := range ends {
			t.Run(way.name+"/"+end.name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					p := startFake(t, &fake{}, Config{CancelGrace: 100 * time.Millisecond, QueueTimeout: time.Hour})
					defer closePool(t, p)
					for n := uint64(1); n <= 2; n++ {
						err := way.wait(t, p, end.begin(t.Context()))
						for _, want := range end.matches {
							if !errors.Is(err, want) {
								t.Errorf("the request ended with %v; want an error that matches %q", err, want)
							}
						}
						cancelled, failed := n, uint64(0)
						if end.matches[0] != context.Canceled {
							cancelled, failed = 0, n
						}
						if s := p.Stats(); way.counts && (s.Cancelled != cancelled || s.Failures != failed) {
							t.Errorf("%d requests are cancelled, %d have failed; want %d, %d", s.Cancelled, s.Failures, cancelled, failed)
						}
					}
				})
			})
		}
	}
}

// waysToWait are the ways in which a context may end a request of one that has it. The pool has one worker.
var waysToWait = []struct {
	name   string
	wait   func(t *testing.T, p *Pool, ctx context.Context) error
	counts bool // as a request, and no other is made
}{
	{"Execute, the handler stops", execution("listen"), true},
	{"Execute, the handler does not stop", execution("wait"), true},
	{"Execute in the queue", whileBusy(execution("echo")), true},
	{"Call", func(_ *testing.T, p *Pool, ctx context.Context) error {
		_, err := Call[int, int](ctx, p, "listen", 1)
		return err
	}, true},
	{"Stream", streamed("listen"), true},
	{"Stream in the queue", whileBusy(streamed("echo")), true},
	{"Checkout", whileBusy(func(_ *testing.T, p *Pool, ctx context.Context) error {
		_, err := p.Checkout(ctx)
		return err
	}), false},
	{"request of a lease", func(t *testing.T, p *Pool, ctx context.Context) error {
		l := checkout(t, p)
		defer func() { _ = l.Checkin(nil) }()
		_, err := l.Execute(ctx, "listen", nil)
		return err
	}, true},
	{"turn of a lease", func(t *testing.T, p *Pool, ctx context.Context) error {
		l := checkout(t, p)
		defer l.Close()
		_, err := inFlight(l, ctx)
		return err
	}, false},
	{"lease whose checkout is over", func(t *testing.T, p *Pool, ctx context.Context) error {
		l, err := p.Checkout(ctx)
		if err != nil {
			return err
		}
		first, second := inFlight(l, t.Context())
		_, later := l.Execute(t.Context(), "echo", nil)
		for _, err := range []error{second, later} {
			if !errors.Is(err, ErrLeaseEnded) || !errors.Is(err, ctx.Err()) {
				t.Errorf("a request of the lease after its end: %v; want ErrLeaseEnded, and the end of the context", err)
			}
		}
		return first
	}, false},
}

func execution(command string) func(*testing.T, *Pool, context.Context) error {
	return func(_ *testing.T, p *Pool, ctx context.Context) error {
		_, err := p.Execute(ctx, command, nil)
		return err
	}
}

func streamed(command string) func(*testing.T, *Pool, context.Context) error {
	return func(_ *testing.T, p *Pool, ctx context.Context) error {
		for _, err := range p.Stream(ctx, command, nil) {
			if err != nil {
				return err
			}
		}
		return nil
	}
}

// whileBusy waits while another caller has the worker.
func whileBusy(wait func(*testing.T, *Pool, context.Context) error) func(*testing.T, *Pool, context.Context) error {
	return func(t *testing.T, p *Pool, ctx context.Context) error {
		l := checkout(t, p)
		defer func() { _ = l.Checkin(nil) }()
		return wait(t, p, ctx)
	}
}

// inFlight makes two requests of a lease, of which the second has to wait for the first, for a minute at most.
func inFlight(l *Lease, ctx context.Context) (first, second error) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		bounded, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		_, first = l.Execute(bounded, "listen", nil)
	}()
	synctest.Wait()
	_, second = l.Execute(ctx, "echo", nil)
	<-done
	return first, second
}

// TestEnd_OfAStart matches the end of its context, and the cause.
func TestEnd_OfAStart(t *testing.T) {
	stale := errors.New("the service stops")
	for name, source := range map[string]*scripted{
		"no worker starts":      {fake: fake{start: hang}},
		"the source is opening": {opens: func(ctx context.Context) error { <-ctx.Done(); return context.Cause(ctx) }},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(t.Context())
				time.AfterFunc(time.Second, func() { cancel(stale) })
				for range 2 { // the second has a context that is over
					_, err := Start(ctx, Config{Source: source})
					if !is[*StartError](err) || !errors.Is(err, context.Canceled) || !errors.Is(err, stale) {
						t.Errorf("Start = %v; want a StartError that matches context.Canceled and the cause", err)
					}
				}
			})
		})
	}
}

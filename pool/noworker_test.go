package pool

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// shortages are the reasons for which a pool of one worker, once it has started, may have none that serves.
var shortages = []struct {
	name   string
	config Config
	begin  func(f *fake, p *Pool)
	want   NoWorkerError
	err    string // of the last start; empty for none
}{
	{
		name:   "the breaker is open",
		config: Config{Breaker: Breaker{BreakerThreshold: 2, BreakerCoolDown: time.Hour}},
		begin: func(f *fake, p *Pool) {
			f.setStart(func(context.Context, uint64) error { return errors.New("no module named numpy") })
			workersOf(p)[0].kill()
			time.Sleep(time.Minute)
		},
		want: NoWorkerError{Pool: "p", Breaker: "open"},
		err:  "no module named numpy",
	},
	{
		name:   "a start is under way",
		config: Config{StartupTimeout: time.Hour},
		begin: func(f *fake, p *Pool) {
			f.setStart(hang)
			workersOf(p)[0].kill()
			time.Sleep(time.Minute) // the pause before a start
		},
		want: NoWorkerError{Pool: "p", Breaker: "closed", Starting: 1},
	},
	{
		name:   "all workers are degraded",
		config: Config{Health: Health{DegradedProbeDelay: time.Hour}},
		begin: func(_ *fake, p *Pool) {
			l, err := p.Checkout(context.Background())
			if err == nil {
				_ = l.Checkin(errEnough)
			}
		},
		want: NoWorkerError{Pool: "p", Breaker: "closed", Degraded: 1},
	},
}

// TestNoWorker_WaitSaysWhy has a request wait in each way for a worker that does not come.
func TestNoWorker_WaitSaysWhy(t *testing.T) {
	checkout := func(t *testing.T, p *Pool, ctx context.Context) error {
		_, err := p.Checkout(ctx)
		return err
	}
	for _, tt := range shortages {
		for way, wait := range map[string]func(*testing.T, *Pool, context.Context) error{
			"Execute": execution("echo"), "Stream": streamed("echo"), "Checkout": checkout,
			"a context that ends": func(t *testing.T, p *Pool, ctx context.Context) error {
				ctx, cancel := context.WithTimeout(ctx, time.Second)
				defer cancel()
				_, err := p.Execute(ctx, "echo", nil)
				if !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("Execute = %v; want the end of its context", err)
				}
				return err
			},
			"a full queue": func(t *testing.T, p *Pool, ctx context.Context) error {
				go func() { _, _ = p.Execute(ctx, "echo", nil) }()
				synctest.Wait()
				_, err := p.Execute(ctx, "echo", nil)
				if !errors.Is(err, ErrOverload) {
					t.Errorf("Execute = %v; want ErrOverload", err)
				}
				time.Sleep(time.Minute) // until the other one does not wait any more
				return err
			},
		} {
			t.Run(tt.name+"/"+way, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					f, c := &fake{}, tt.config
					c.Name, c.MaxQueue = "p", 1
					p := startFake(t, f, c)
					defer closePool(t, p)
					tt.begin(f, p)
					for range 2 {
						checkNoWorker(t, wait(t, p, t.Context()), tt.want, tt.err)
					}
				})
			})
		}
	}
}

func checkNoWorker(t *testing.T, err error, want NoWorkerError, last string) {
	t.Helper()
	got, ok := errors.AsType[*NoWorkerError](err)
	if !ok || !errors.Is(err, ErrNoWorker) {
		t.Fatalf("the request ended with %v; want ErrNoWorker", err)
	}
	if is[*StartError](err) {
		t.Errorf("%v has a StartError in its chain; want that of the request's own end only", err)
	}
	if (last != "") != is[*StartError](got.Err) || !strings.Contains(err.Error(), last) {
		t.Errorf("the last start failed with %v; want %q", got.Err, last)
	}
	if !strings.Contains(err.Error(), "no worker serves") || strings.Contains(err.Error(), "\n") {
		t.Errorf("the message is %q; want one line that says that no worker serves", err)
	}
	got = &NoWorkerError{got.Pool, got.Breaker, got.Starting, got.Degraded, nil}
	if *got != want {
		t.Errorf("%+v; want %+v", got, want)
	}
}

// TestNoWorker_BusyIsNone of it: a caller that has a lease gives it back.
func TestNoWorker_BusyIsNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{MaxQueue: 1})
		defer closePool(t, p)
		for name, wait := range map[string]func(*testing.T, *Pool, context.Context) error{
			"Execute": execution("echo"), "Stream": streamed("echo"),
		} {
			for range 2 {
				err := whileBusy(wait)(t, p, t.Context())
				if !is[*WaitError](err) || errors.Is(err, ErrNoWorker) || strings.Contains(err.Error(), "serves") {
					t.Errorf("%s = %v; want a WaitError that says nothing of missing workers", name, err)
				}
			}
		}
	})
}

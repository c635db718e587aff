package pool

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestForced_SaysWhyTheWorkerHadToLeave has as many streams as there are slots take longer than their workers may stay, in
// two upgrades, and at last in a pool that is closed.
func TestForced_SaysWhyTheWorkerHadToLeave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{label: "v1"}, Config{Size: Size{Min: 2}, SilenceTimeout: time.Hour, Shutdown: Shutdown{ShutdownTimeout: 3 * time.Second}})
		streams := func() (ended chan error) {
			ended = make(chan error, 2)
			for range cap(ended) {
				go func() {
					for _, err := range p.Stream(context.WithoutCancel(t.Context()), "wait", nil) {
						if err != nil {
							ended <- err
						}
					}
				}()
			}
			synctest.Wait()
			return ended
		}
		expect := func(ended chan error, reason Reason, after time.Duration, words string) {
			t.Helper()
			for range cap(ended) {
				err := <-ended
				if !is[*LostError](err) {
					t.Fatalf("a stream = %v (%T); want its worker lost", err, err)
				}
				forced, ok := err.(*LostError).Err.(*ForcedError)
				if !ok || forced.Reason != reason || forced.After != after || !strings.Contains(err.Error(), words) {
					t.Errorf("a stream = %v; want %s, and %q", err, reason, words)
				}
			}
		}
		for _, label := range []string{"v2", "v3"} {
			ended := streams()
			report, err := p.Upgrade(t.Context(), &fake{label: label}, Rollout{Bake: time.Second, MinRequests: -1})
			if err != nil || report.Old.Failures != 0 {
				t.Fatalf("Upgrade = %+v, %v; want that the streams have failed no version", report, err)
			}
			expect(ended, ReasonUpgraded, 3*time.Second, "the worker had to leave (replaced in an upgrade; Shutdown.ShutdownTimeout of 3s is over)")
		}
		ended := streams()
		closePool(t, p)
		expect(ended, ReasonClosed, 0, "the worker had to leave (closed)")
	})
}

// TestForced_RequestOfALease has a lease of each worker with a request in progress when its worker has to leave: the lease ends with
// the worker, counts as interrupted, and has failed no version.
func TestForced_RequestOfALease(t *testing.T) {
	const workers, timeout = 2, 3 * time.Second
	for name, tt := range map[string]struct {
		reason Reason
		idle   time.Duration // of the lease before its request; in an upgrade its worker may stay for RequestTimeout longer
		leave  func(t *testing.T, p *Pool)
	}{
		"upgrade": {ReasonUpgraded, 8 * time.Second, func(t *testing.T, p *Pool) {
			report, err := p.Upgrade(t.Context(), &fake{label: "v2"}, Rollout{Bake: time.Second, MinRequests: -1, MaxUnavailable: workers})
			if err != nil || report.Old.Failures != 0 || report.Old.Requests != 0 {
				t.Errorf("Upgrade = %+v, %v; want that the leases count for no version", report, err)
			}
		}},
		"recycle": {ReasonRecycled, 0, func(_ *testing.T, p *Pool) {
			for id := uint64(1); id <= workers; id++ {
				p.Recycle(id)
			}
		}},
		"drain": {ReasonClosed, 0, func(t *testing.T, p *Pool) {
			wantForced(t, p, p.Drain(t.Context()), workers, is[*TimeoutError])
		}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := startFake(t, &fake{label: "v1"}, Config{Size: Size{Min: workers}, RequestTimeout: 10 * time.Second, Shutdown: Shutdown{ShutdownTimeout: timeout}})
				defer closePool(t, p)
				ended := make(chan error, workers)
				for range workers {
					l := checkout(t, p)
					go func() {
						time.Sleep(tt.idle)
						_, err := l.Execute(t.Context(), "wait", nil)
						if _, again := l.Execute(t.Context(), "echo", nil); !errors.Is(again, ErrLeaseEnded) {
							t.Errorf("the next request = %v; want that the lease has ended", again)
						}
						ended <- err
					}()
				}
				synctest.Wait()
				tt.leave(t, p)
				for range workers {
					err := <-ended
					forced, ok := errors.AsType[*ForcedError](err)
					if !ok || !is[*LostError](err) || forced.Reason != tt.reason || forced.After != timeout || !errors.Is(err, ErrLeaseEnded) {
						t.Errorf("the request in progress = %v; want that the lease has ended with its worker, because of %s after %v", err, tt.reason, timeout)
					}
				}
				if got := p.Stats().Interrupted; got != workers {
					t.Errorf("%d requests and leases are interrupted; want %d", got, workers)
				}
			})
		})
	}
}

package pool

import (
	"context"
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

package pool

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"
)

// faultyVersion returns workers of testdata/rollout.py that have a fault.
func faultyVersion(fault string) *ProcessSource {
	return &ProcessSource{Script: "testdata/rollout.py", Args: []string{fault}}
}

// tally is a client that counts a session up, and knows what its state has to be.
type tally struct {
	acked  int
	maybe  int // requests whose outcome is not known
	failed []error
	wrong  []string
}

func (c *tally) run(ctx context.Context, p *Pool, session string) {
	for ctx.Err() == nil {
		n, err := Call[any, int](context.WithoutCancel(ctx), p, "count", nil, Session(session), WithAffinity(AffinityStrict))
		switch {
		case err != nil:
			c.failed = append(c.failed, err)
			if OutcomeOf(err) != OutcomeNotRun {
				c.maybe++
			}
		case n <= c.acked || n > c.acked+c.maybe+1:
			c.wrong = append(c.wrong, fmt.Sprintf("%d behind %d and %d whose outcome is not known", n, c.acked, c.maybe))
			fallthrough
		default:
			c.acked, c.maybe = n, 0
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// TestRollout_OnRealProcesses upgrades pools of real Python workers under load, to versions with a fault each. Afterwards
// every acknowledged count is there, and no request has failed that the fault has not failed.
//
// Rows: I3.
func TestRollout_OnRealProcesses(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes half a minute")
	}
	// What a fault does to requests of its own version, if anything.
	faults := []struct {
		name  string
		spoil func(err error) bool
	}{
		{"sound", nil},
		{"crashes at start", nil},
		{"crashes later", func(err error) bool { _, lost := errors.AsType[*LostError](err); return lost }},
		{"slow", nil},
		{"raises", func(err error) bool { _, raised := errors.AsType[*HandlerError](err); return raised }},
		{"refuses states", nil},
		{"hangs in import", nil},
	}
	for round := range 3 {
		for _, f := range faults {
			t.Run(fmt.Sprint(f.name, " ", round), func(t *testing.T) {
				t.Parallel()
				p := startPython(t, Config{
					Source: faultyVersion("sound"), Version: "old", Size: Size{Min: 2 + round}, Sessions: Sessions{Checkpoint: round != 1 || f.spoil != nil, ExportTimeout: 2 * time.Second},
					Recycle: Recycle{MaxWorkerRequests: -1}, QueueTimeout: time.Minute,
				})
				ctx, stop := context.WithCancel(t.Context())
				clients := make([]tally, 16)
				var wg sync.WaitGroup
				for n := range clients {
					wg.Go(func() { clients[n].run(ctx, p, fmt.Sprint("s", n)) })
				}
				latency := -1.0 // says little where other tests run
				if f.name == "slow" {
					latency = 5
				}
				report, err := p.Upgrade(t.Context(), faultyVersion(f.name), Rollout{
					Label: "new", Share: 0.3, Bake: 400 * time.Millisecond, MinRequests: -1, MaxLatency: latency,
				})
				stop()
				wg.Wait()
				checkRollout(t, p, f.name, report, err)
				for n, c := range clients {
					for _, err := range c.failed {
						if f.spoil == nil || !f.spoil(err) {
							t.Errorf("a request of session %d has failed: %v", n, err)
						}
					}
					for _, wrong := range c.wrong {
						t.Errorf("session %d: %s", n, wrong)
					}
				}
			})
		}
	}
}

func checkRollout(t *testing.T, p *Pool, fault string, report *UpgradeReport, err error) {
	t.Helper()
	version := "old"
	if fault == "sound" || (fault == "slow" && err == nil) { // a busy machine may hide that it is slow
		version = "new"
	}
	if _, back := errors.AsType[*RolledBackError](err); back == (version == "new") || report == nil {
		t.Fatalf("Upgrade = %+v, %v", report, err)
	}
	if report.Sessions.Lost > 0 {
		t.Errorf("%d states were lost: %v", report.Sessions.Lost, report.Sessions.LostNames)
	}
	s := p.Stats()
	if s.Version != version || len(s.Versions) != 1 || s.Versions[version] == 0 || s.SessionsLost > 0 {
		t.Errorf("stats = %+v; want workers of %s, and nothing lost", s, version)
	}
}

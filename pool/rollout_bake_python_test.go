package pool

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fsmgen/fsmgen/generated/rolloutfsm"
)

// TestRollout_CanaryThatDiesInItsBake has each worker of the new version die before its Bake is over: no old worker is replaced,
// and no state is lost, while sessions count on.
//
// Rows: I3.
func TestRollout_CanaryThatDiesInItsBake(t *testing.T) {
	p := startPython(t, Config{Source: faultyVersion("sound"), Version: "old", Size: Size{Min: 2}, Sessions: Sessions{Checkpoint: true}})
	ctx, stop := context.WithCancel(t.Context())
	clients := make([]tally, 4)
	var wg sync.WaitGroup
	for n := range clients {
		wg.Go(func() { clients[n].run(ctx, p, fmt.Sprint("s", n)) })
	}
	report, err := p.Upgrade(t.Context(), faultyVersion("dies in bake"), Rollout{Label: "new", Bake: time.Hour, MinRequests: -1})
	stop()
	wg.Wait()
	gate, _ := errors.AsType[*GateError](err)
	if gate == nil || gate.Gate != "workers" || report.New.Lost != 3 || report.Sessions.Lost > 0 {
		t.Errorf("Upgrade = %+v, %v; want a rollback by the gate of the workers after three losses", report, err)
	} else if !strings.Contains(gate.Error(), "exit status 3") {
		t.Errorf("the gate says %q; want how the last process has ended", gate)
	}
	ramping := rolloutfsm.StateRamping.String()
	if report != nil && slices.ContainsFunc(report.Phases, func(phase UpgradePhase) bool { return phase.Name == ramping }) {
		t.Errorf("the phases are %+v; want no old worker replaced", report.Phases)
	}
	for n, c := range clients {
		for _, wrong := range c.wrong {
			t.Errorf("session %d: %s", n, wrong)
		}
	}
	if s := p.Stats(); s.Version != "old" || s.Versions["old"] != 2 || s.Started != 5 {
		t.Errorf("stats = %+v; want the two old workers of before", s)
	}
}

// TestRollout_VersionThatNeverAnswers has callers cancel what takes longer than they wait: no request fails, and the upgrade is rolled
// back nevertheless. Then the old version serves as many at once as there are slots.
//
// Rows: I3.
func TestRollout_VersionThatNeverAnswers(t *testing.T) {
	p := startPython(t, Config{Source: faultyVersion("sound"), Version: "old", Size: Size{Min: 2}, QueueTimeout: time.Minute})
	done, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for done.Err() == nil {
				ctx, cancel := context.WithCancel(t.Context())
				patience := time.AfterFunc(200*time.Millisecond, cancel)
				if _, err := p.Execute(ctx, "count", nil); err != nil && !isCancelled(err) {
					t.Error(err)
				}
				patience.Stop()
				cancel()
			}
		})
	}
	report, err := p.Upgrade(t.Context(), faultyVersion("never answers"), Rollout{Label: "new", Share: 0.5, Bake: 500 * time.Millisecond})
	stop()
	wg.Wait()
	gate, _ := errors.AsType[*GateError](err)
	if gate == nil || gate.Gate != "cancellations" && gate.Gate != "latency" {
		t.Fatalf("Upgrade = %+v, %v; want a rollback because of requests that were cancelled", report, err)
	}
	if n := report.New; n.Requests > 0 || n.Failures > 0 || n.Cancelled < 20 {
		t.Errorf("the new version: %+v; want requests that were cancelled, and no other", n)
	}
	for range 2 {
		wg.Go(func() {
			if r, err := p.Execute(t.Context(), "count", nil); err != nil || r.Version != "old" {
				t.Errorf("after the rollback: %+v, %v; want an answer of the old version", r, err)
			}
		})
	}
	wg.Wait()
}

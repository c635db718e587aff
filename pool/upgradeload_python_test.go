package pool

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/fsmgen/fsmgen/generated/rolloutfsm"
)

// The tests of this file are about what an upgrade of real workers must not do: make the load of the workers uneven, start more
// processes than there is memory for, or lose a state and tell no caller.

// rotate counts the sessions up in turn until the context has ended.
func rotate(ctx context.Context, t *testing.T, p *Pool, sessions []string) {
	counts := map[string]int{}
	for n := 0; ctx.Err() == nil; n++ {
		session := sessions[n%len(sessions)]
		got, err := Call[any, int](t.Context(), p, "count", nil, Session(session))
		if counts[session]++; err != nil || got != counts[session] {
			t.Errorf("session %s counts %d, %v; want %d", session, got, err, counts[session])
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// Rows: I3.
func TestUpgrade_PythonSessionsAreSpreadEvenly(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes many seconds")
	}
	const workers, clients, each = 3, 4, 15
	p := startPython(t, Config{
		Source: faultyVersion("sound"), Version: "0", Size: Size{Min: workers}, Sessions: Sessions{Affinity: AffinityStrict}, QueueTimeout: time.Minute,
	})
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for client := range clients {
		sessions := make([]string, each)
		for n := range sessions {
			sessions[n] = fmt.Sprintf("s%d.%d", client, n)
		}
		wg.Go(func() { rotate(ctx, t, p, sessions) })
	}
	defer wg.Wait()
	defer stop()
	eventually(t, "each session is on a worker", func() bool { return p.Stats().Sessions.Sessions == clients*each })
	for round := range 4 {
		report, err := p.Upgrade(t.Context(), faultyVersion("sound"), Rollout{Label: fmt.Sprint(round + 1), Bake: 100 * time.Millisecond, MinRequests: -1, MaxLatency: -1})
		if err != nil || report.Sessions.Lost > 0 {
			t.Fatalf("upgrade %d = %+v, %v", round, report, err)
		}
		var counts []int
		for _, w := range p.Workers() {
			counts = append(counts, w.Sessions)
		}
		const even = clients * each / workers
		if len(counts) != workers || slices.Min(counts) < even-4 || slices.Max(counts) > even+4 {
			t.Errorf("after upgrade %d the workers have %v sessions; want about %d each", round, counts, even)
		}
	}
}

// processes is the directory in which workers of testdata/upgrade.py leave how many of them there were.
type processes struct {
	t   *testing.T
	dir string
}

func newProcesses(t *testing.T) processes { return processes{t, t.TempDir()} }

// source returns workers whose states have that form: "old" or "new".
func (p processes) source(form string) *ProcessSource {
	return &ProcessSource{Script: "testdata/upgrade.py", Args: []string{p.dir, form}}
}

// count returns how many processes have begun, and the most that were there at once.
func (p processes) count() (begun, most int) {
	p.t.Helper()
	files, err := os.ReadDir(p.dir)
	if err != nil {
		p.t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(filepath.Join(p.dir, file.Name()))
		if err != nil {
			p.t.Fatal(err)
		}
		if n, err := strconv.Atoi(string(text)); err == nil { // else its process was killed before it had counted
			begun, most = begun+1, max(most, n)
		}
	}
	return begun, most
}

// killOne kills a worker of the version that serves, if there is one.
func killOne(t *testing.T, p *Pool, version string) {
	for _, w := range p.Workers() {
		if w.Version == version && w.PID != 0 && w.Leases == 0 {
			if err := syscall.Kill(w.PID, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
				t.Error(err)
			}
			return
		}
	}
}

// inPhases returns an observer that calls f on a goroutine of its own with each phase of an upgrade that begins.
func inPhases(wg *sync.WaitGroup, f func(phase string)) Observer {
	return observerFunc(func(ev Event) {
		if u, ok := ev.(EventUpgrading); ok && !u.Ended {
			wg.Go(func() { f(u.Phase) })
		}
	})
}

// TestUpgrade_PythonProcessesAreBounded has workers recycled and killed while two upgrades go on, one of which is rolled back.
//
// Rows: I3.
func TestUpgrade_PythonProcessesAreBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes many seconds")
	}
	for _, unavailable := range []int{1, 2} {
		t.Run(fmt.Sprint("MaxUnavailable ", unavailable), func(t *testing.T) {
			t.Parallel()
			all := newProcesses(t)
			const size = 3
			var p *Pool
			var wg sync.WaitGroup
			defer wg.Wait()
			ctx, cancel := context.WithCancelCause(t.Context())
			disturb := func(phase string) {
				switch phase {
				case rolloutfsm.StateWatching.String(): // old workers leave beside the canary
					for _, w := range p.Workers()[:2] {
						p.Recycle(w.ID)
					}
				case rolloutfsm.StateRamping.String():
					killOne(t, p, "old")
					killOne(t, p, "new")
				case rolloutfsm.StateBaking.String():
					if p.Stats().Version == "old" {
						killOne(t, p, "new")
						cancel(errEnough)
					}
				}
			}
			p = startPython(t, Config{
				Source: all.source("old"), Version: "old", Size: Size{Min: size}, Recycle: Recycle{MaxUnavailable: unavailable},
				Sessions: Sessions{Checkpoint: true}, Observer: inPhases(&wg, disturb),
			})
			rollout := Rollout{Label: "new", Bake: 500 * time.Millisecond, MinRequests: -1, MaxWorkerFailures: 10}
			if report, err := p.Upgrade(ctx, all.source("new"), rollout); !is[*RolledBackError](err) || !errors.Is(err, errEnough) {
				t.Fatalf("Upgrade = %+v, %v; want it rolled back by its caller", report, err)
			}
			begun, most := all.count()
			if most > size+unavailable || most < size+1 {
				t.Errorf("with a rollback there are %d processes at once; want at most %d, and more than %d", most, size+unavailable, size)
			}
			if begun < 3*size {
				t.Errorf("%d processes have begun; want those of before, of the upgrade, and of the rollback", begun)
			}
			rollout.Label = "newer"
			if report, err := p.Upgrade(t.Context(), all.source("new"), rollout); err != nil {
				t.Fatalf("the second Upgrade = %+v, %v", report, err)
			}
			if _, most := all.count(); most > size+unavailable {
				t.Errorf("there are %d processes at once; want at most %d", most, size+unavailable)
			}
		})
	}
}

// TestUpgrade_PythonOldVersionRefusesStates rolls an upgrade back whose version has written states that the old one does not read.
// One of them is asked for, and the others wait for the next upgrade.
//
// Rows: I3.
func TestUpgrade_PythonOldVersionRefusesStates(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes many seconds")
	}
	for _, checkpoint := range []bool{false, true} {
		t.Run(fmt.Sprint("checkpoint ", checkpoint), func(t *testing.T) {
			t.Parallel()
			all := newProcesses(t)
			var p *Pool
			var wg sync.WaitGroup
			defer wg.Wait()
			ctx, cancel := context.WithCancelCause(t.Context())
			marked, plain := []string{"m0", "m1", "m2", "m3"}, []string{"p0", "p1", "p2", "p3"}
			call := func(command, session string, want int) {
				t.Helper()
				if got, err := Call[any, int](t.Context(), p, command, nil, Session(session)); err != nil || got != want {
					t.Errorf("%s in %s = %d, %v; want %d", command, session, got, err, want)
				}
			}
			p = startPython(t, Config{
				Source: all.source("old"), Version: "old", Size: Size{Min: 2}, Sessions: Sessions{Affinity: AffinityStrict, Checkpoint: checkpoint},
				QueueTimeout: time.Minute, Observer: inPhases(&wg, func(phase string) {
					if phase == rolloutfsm.StateBaking.String() && ctx.Err() == nil {
						for _, session := range marked {
							call("mark", session, 2)
						}
						cancel(errEnough)
					}
				}),
			})
			for _, session := range slices.Concat(marked, plain) {
				call("count", session, 1)
			}
			rollout := Rollout{Label: "new", Bake: 5 * time.Second, MinRequests: -1}
			report, err := p.Upgrade(ctx, all.source("new"), rollout)
			if !errors.Is(err, errEnough) {
				t.Fatalf("Upgrade = %+v, %v; want it rolled back by its caller", report, err)
			}
			s := report.Sessions
			slices.Sort(s.RefusedNames)
			if !slices.Equal(s.RefusedNames, marked) || s.Refused != len(marked) || s.Lost > 0 || s.Unverified > 0 {
				t.Errorf("report = %+v; want %v refused, and nothing lost", s, marked)
			}
			for _, session := range plain {
				call("count", session, 2)
			}
			for n := range 2 {
				_, err := Call[any, int](t.Context(), p, "count", nil, Session(marked[0]))
				if lost, ok := errors.AsType[*SessionLostError](err); ok != (n == 0) || ok && lost.Session != marked[0] {
					t.Errorf("request %d of %s = %v; want its loss told once", n, marked[0], err)
				}
			}
			if lost := p.Stats().SessionsLost; lost != 1 {
				t.Errorf("%d states are lost; want that of the session that was asked for", lost)
			}
			rollout.Label, rollout.Bake = "newer", 100*time.Millisecond
			if report, err := p.Upgrade(t.Context(), all.source("new"), rollout); err != nil || report.Sessions.Lost > 0 {
				t.Fatalf("the second Upgrade = %+v, %v", report, err)
			}
			for _, session := range marked[1:] {
				call("count", session, 3)
			}
			for _, session := range plain {
				call("count", session, 3)
			}
		})
	}
}

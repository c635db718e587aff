package proc_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/fsmgen/fsmgen/internal/proc"
)

// rounds is how many services each test of orphans kills: FSM_ORPHANS, or few enough for every day.
func rounds(t *testing.T) int {
	t.Helper()
	words := os.Getenv("FSM_ORPHANS")
	if words == "" {
		return 50
	}
	n, err := strconv.Atoi(words)
	if err != nil {
		t.Fatalf("FSM_ORPHANS: %v", err)
	}
	return n
}

// lanes is how many services live at the same time.
const lanes = 5

// inLanes runs round that many times, several at once, and after each time of all lanes it sees that no process is left.
// Orphans are children of the test.
func inLanes(t *testing.T, round func(number int)) {
	t.Helper()
	bury := adopt(t)
	for first := 0; first < rounds(t); first += lanes {
		var all sync.WaitGroup
		for lane := range lanes {
			all.Go(func() { round(first + lane) })
		}
		all.Wait()
		bury()
		if t.Failed() {
			return
		}
	}
}

// conditions are workers in every state that a service can leave them in, each of which says "ready" and the numbers of
// all its processes.
func conditions(t *testing.T) map[string]proc.Spec {
	t.Helper()
	all := map[string]proc.Spec{
		"plain":    shell("echo ready $$; exec cat <&3"),
		"sleeping": shell("echo ready $$; exec sleep 1000"),
		"busy":     shell("echo ready $$; while :; do :; done"),
		"deaf": shell("trap '' $(seq 1 8) $(seq 10 18) $(seq 20 31); sleep 1000 & echo ready $! $$; " +
			"while :; do wait; done"),
		"with a pipeline":                 shell("sleep 1000 | cat & sleep 1000 & echo ready $! $$; wait"),
		"with a child without a lifeline": shell("sleep 1000 3<&- 4<&- 5<&- & echo ready $! $$; wait"),
		"stopped":                         shell("sleep 1000 & kill -STOP $! && echo ready $! $$; kill -STOP $$"),
	}
	if found, err := proc.FindPython(t.Context(), "python3", "", os.Environ()); err == nil {
		all["holding the GIL"] = proc.Spec{Path: found.Path, Args: []string{"-S", "-c", holdGIL}}
	}
	return all
}

// holdGIL counts in C, where no other thread of the interpreter runs and no signal is looked at.
const holdGIL = `
import os
print("ready", os.getpid(), flush=True)
sum(range(1 << 60))
`

// daemon leaves its group, and so the reach of the lifeline.
func daemon() proc.Spec {
	return shell("setsid sh -c 'echo ready $$; exec sleep 1000' & wait")
}

// Rows: G3.
func TestOrphans_KilledService(t *testing.T) {
	specs := slices.Collect(maps.Values(conditions(t)))
	inLanes(t, func(number int) {
		// A big service dies slowly, and its threads long before its descriptors. Its workers are killed in between, and
		// then only the service holds the lifeline on which the life of their children hangs.
		v := startVictim(t, orders{Megabytes: number % 2 * 64, Workers: programs(specs...)})
		if v == nil {
			return
		}
		watched := watch{}
		watched.add(t, v.awaitReady(t, len(specs))...)
		v.kill(t)
		watched.awaitEnd(t)
	})
}

func TestOrphans_ServiceKilledDuringStarts(t *testing.T) {
	hasty := shell("sleep 1000 & sleep 1000 | sleep 1000 & exec sleep 1000")
	inLanes(t, func(number int) {
		v := startVictim(t, orders{Workers: programs(hasty), Starts: true})
		if v == nil {
			return
		}
		v.awaitReady(t, number%11)
		v.kill(t)
	})
}

func TestOrphans_ForkedWorkersOfAKilledService(t *testing.T) {
	forked := servable(t, "announces")
	inLanes(t, func(number int) {
		o := orders{Forked: programs(forked, forked), Starts: number%2 == 1}
		v := startVictim(t, o)
		if v == nil {
			return
		}
		watched := watch{}
		watched.add(t, v.awaitReady(t, 2+number%2*number%9)...)
		v.kill(t)
		watched.awaitEnd(t)
	})
}

// A daemon lives on after its service, until the service starts again.
func TestOrphans_DaemonsAtTheNextStart(t *testing.T) {
	inLanes(t, func(number int) {
		o := orders{Name: fmt.Sprintf("%s:%d.%d", t.Name(), os.Getpid(), number), Workers: programs(daemon(), daemon())}
		v := startVictim(t, o)
		if v == nil {
			return
		}
		watched := watch{}
		watched.add(t, v.awaitReady(t, 2)...)
		v.kill(t)
		for pid, fd := range watched {
			if err := unix.PidfdSendSignal(fd, 0, nil, 0); err != nil {
				t.Errorf("daemon %d: %v; want it to live, or this test shows nothing", pid, err)
			}
		}
		o.Workers = nil
		next := proc.Spawner{Service: o.Name}
		defer next.Close()
		if _, err := next.Start(proc.Spec{Path: "/bin/true"}); err != nil {
			t.Error(err)
		}
		watched.awaitEnd(t)
	})
}

// The program of a worker has its lifeline before its first instruction, and until then it dies with its service.
func TestOrphans_NoInstructionBeforeTheLifeline(t *testing.T) {
	ran := filepath.Join(t.TempDir(), "ran")
	hasty, err := json.Marshal(programs(shell("touch " + ran + "; sleep 1000 & sleep 1000"))[0])
	if err != nil {
		t.Fatal(err)
	}
	inLanes(t, func(int) {
		cmd := exec.Command(self(), string(hasty))
		cmd.Env = roleEnv("suicide")
		if out, err := cmd.CombinedOutput(); err == nil || err.Error() != "signal: killed" {
			t.Errorf("service: %v; %s", err, out)
		}
	})
	if _, err := os.Stat(ran); err == nil {
		t.Error("a worker has run although its service ended before the lifeline was there")
	}
}

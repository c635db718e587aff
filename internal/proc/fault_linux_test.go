package proc_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fsmgen/fsmgen/internal/proc"
)

// faulty starts a worker that says "ready", with the numbers of its processes, and watches them.
func faulty(t *testing.T, s proc.Spec) (*proc.Process, watch) {
	t.Helper()
	var lines <-chan string
	s.Output, lines = heard()
	p := start(t, s)
	watched := watch{}
	watched.add(t, numbers(await(t, "ready", lines))...)
	return p, watched
}

// A worker in whatever state is gone when Close returns, and everything of it.
func TestLeaks_FaultyWorkers(t *testing.T) {
	for name, s := range conditions(t) {
		t.Run(name, func(t *testing.T) {
			leavesNothing(t)
			p, watched := faulty(t, s)
			p.Close()
			watched.awaitEnd(t)
		})
	}
}

func TestKill_StoppedWorker(t *testing.T) {
	leavesNothing(t)
	p, watched := faulty(t, spec("sleeping"))
	if err := p.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	stopped(t, p.PID())
	select {
	case <-p.Done():
		t.Fatalf("a stopped worker is said to have ended: %s", p.Exit())
	default:
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	p.Stop(ctx) // no time for SIGTERM, which a stopped process does not see
	if exit := p.Exit(); exit.Signal != syscall.SIGKILL {
		t.Errorf("exit = %s; want SIGKILL", exit)
	}
	watched.awaitEnd(t)
}

func TestStop_TermThenKill(t *testing.T) {
	leavesNothing(t)
	polite, watched := faulty(t, spec("polite"))
	polite.Stop(t.Context())
	if exit := polite.Exit(); exit.Code != 7 {
		t.Errorf("exit = %s; want status 7, its own", exit)
	}
	watched.awaitEnd(t)

	deaf, watched := faulty(t, spec("deaf"))
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	deaf.Stop(ctx)
	if exit := deaf.Exit(); exit.Signal != syscall.SIGKILL {
		t.Errorf("exit = %s; want SIGKILL", exit)
	}
	watched.awaitEnd(t)
}

// A worker can be killed at any moment: before its program runs, while it starts, in the middle of an answer.
func TestDone_KilledAtAnyMoment(t *testing.T) {
	leavesNothing(t)
	ask := func(p *proc.Process, n int) {
		if _, err := p.Data().Write(make([]byte, n)); err == nil {
			_, _ = io.ReadFull(p.Data(), make([]byte, n/2))
		}
	}
	for name, then := range map[string]func(*proc.Process){
		"at once":                    func(*proc.Process) {},
		"when it says something":     func(p *proc.Process) { ask(p, 2) },
		"in the middle of an answer": func(p *proc.Process) { ask(p, 1<<16) },
		"after the last answer":      func(p *proc.Process) { _ = p.Data().CloseWrite() },
	} {
		t.Run(name, func(t *testing.T) {
			p := start(t, spec("echo"))
			then(p)
			if err := p.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
				t.Fatal(err)
			}
			if exit := awaitExit(t, p); exit.Signal != syscall.SIGKILL && !exit.OK() {
				t.Errorf("exit = %s", exit)
			}
			if n, err := io.Copy(io.Discard, p.Data()); err != nil && !errors.Is(err, syscall.ECONNRESET) {
				t.Errorf("data: %d bytes, %v; want its end", n, err)
			}
			p.Close()
		})
	}
}

func TestGroup_GrandchildrenEndWithTheirWorker(t *testing.T) {
	for _, end := range []string{"exit 0", "kill -KILL $$", "kill -SEGV $$"} {
		t.Run(end, func(t *testing.T) {
			leavesNothing(t)
			p, watched := faulty(t, shell("trap '' TERM HUP; sleep 1000 | cat | cat & echo ready $! $(jobs -p); read line <&3; "+end))
			if _, err := p.Data().Write([]byte("end\n")); err != nil {
				t.Fatal(err)
			}
			awaitExit(t, p)
			watched.awaitEnd(t)
			p.Close()
		})
	}
}

// A service that adopts orphans, as process 1 of a container does, has no zombies of a worker's children.
func TestGroup_AdoptedOrphansAreReaped(t *testing.T) {
	adopt(t)
	var spawner proc.Spawner
	spawner.SetGrace(time.Millisecond)
	s := shell("sleep 1000 & sleep 1000 & echo ready $! $$; wait")
	var lines <-chan string
	s.Output, lines = heard()
	p, err := spawner.Start(s)
	if err != nil {
		t.Fatal(err)
	}
	await(t, "ready", lines)
	p.Close()
	spawner.Close()
	if left := children(); len(left) > 0 {
		t.Errorf("children %v are left, %s", left, status(left[0]))
	}
}

func TestOutput_DoesNotTouchTheConnections(t *testing.T) {
	leavesNothing(t)
	p := start(t, shell("yes >&2 & yes & cat <&3 >&3"))
	message := []byte(strings.Repeat("frame ", 1000))
	for range 100 {
		if _, err := p.Data().Write(message); err != nil {
			t.Fatal(err)
		}
		got := make([]byte, len(message))
		if _, err := io.ReadFull(p.Data(), got); err != nil || string(got) != string(message) {
			t.Fatalf("read %.20q, %v; want what was written", got, err)
		}
	}
	if tail := p.Tail(); !strings.Contains(tail, "y\ny") {
		t.Errorf("Tail() = %.20q; want what it prints, while it runs", tail)
	}
	p.Close()
}

func TestDone_IdleWorkerEnds(t *testing.T) {
	leavesNothing(t)
	p, watched := faulty(t, shell("echo ready $$; exec sleep 1000"))
	if err := syscall.Kill(p.PID(), syscall.SIGSEGV); err != nil { // not by way of the Process
		t.Fatal(err)
	}
	if exit := awaitExit(t, p); exit.Signal != syscall.SIGSEGV {
		t.Errorf("exit = %s; want SIGSEGV", exit)
	}
	watched.awaitEnd(t)
}

func TestCrash_OtherWorkersGoOn(t *testing.T) {
	leavesNothing(t)
	var s proc.Spawner
	defer s.Close()
	var workers []*proc.Process
	for range 4 {
		p, err := s.Start(shell("while read line <&3; do echo $line >&3; done"))
		if err != nil {
			t.Fatal(err)
		}
		workers = append(workers, p)
	}
	for i, p := range workers {
		if err := p.Kill(); err != nil {
			t.Fatal(err)
		}
		awaitExit(t, p)
		for _, other := range workers[i+1:] {
			fmt.Fprintln(other.Data(), "still there?")
			if n, err := other.Data().Read(make([]byte, 64)); n == 0 || err != nil {
				t.Errorf("a sibling answers %d bytes, %v", n, err)
			}
		}
	}
}

func TestTail_AfterTheEndOfTheWorker(t *testing.T) {
	leavesNothing(t)
	for range 20 {
		p := start(t, shell("seq 1000; echo 'ModuleNotFoundError: torch' >&2; kill -KILL $$"))
		awaitExit(t, p)
		lines := p.Output()
		stdout, stderr := 0, ""
		for _, l := range lines {
			if l.Stream == proc.Stderr {
				stderr = l.Text
			} else if n, err := strconv.Atoi(l.Text); err == nil {
				stdout = n
			}
		}
		if stdout != 1000 || stderr != "ModuleNotFoundError: torch" {
			t.Fatalf("last lines %d and %q; want the last of both", stdout, stderr)
		}
		p.Close()
	}
}

package proc_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/fsmgen/fsmgen/internal/proc"
)

func init() { roles["mover"] = mover }

// mover leaves a child in its own group and moves to that of the service.
func mover([]string) int {
	child := exec.Command("/bin/sleep", "1000")
	group, err := unix.Getpgid(os.Getppid())
	if err == nil {
		err = child.Start()
	}
	if err == nil {
		err = unix.Setpgid(0, group)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	ready(child.Process.Pid)
	select {}
}

func TestGroup_EndsWithItsLeader(t *testing.T) {
	bury := adopt(t)
	for name, end := range map[string]string{
		"by itself": "exit 0",
		"killed":    "kill -KILL $$",
	} {
		t.Run(name, func(t *testing.T) {
			s := shell("trap '' TERM HUP; sleep 1000 & echo $!; read line <&3; " + end)
			var lines <-chan string
			s.Output, lines = heard()
			p := start(t, s)
			watched := watch{}
			watched.add(t, numbers(await(t, "child", lines))...)
			if _, err := p.Data().Write([]byte("end\n")); err != nil {
				t.Fatal(err)
			}
			awaitExit(t, p)
			watched.awaitEnd(t)
			p.Close()
			bury()
		})
	}
}

func TestGroup_SignalsReachAll(t *testing.T) {
	bury := adopt(t)
	s := shell("trap : USR1; sh -c 'echo $$; exec sleep 1000' & wait $!; read line <&3")
	var lines <-chan string
	s.Output, lines = heard()
	p := start(t, s)
	children := watch{}
	children.add(t, numbers(await(t, "child", lines))...)
	if err := p.Signal(syscall.SIGUSR1); err != nil {
		t.Fatal(err)
	}
	children.awaitEnd(t)
	if err := p.Signal(0); err != nil {
		t.Errorf("the leader is gone: %v", err)
	}
	p.Close()
	bury()
}

func TestGroup_EscapedDescendant(t *testing.T) {
	bury := adopt(t)
	s := shell("setsid sh -c 'echo $$; exec sleep 1000' & read line <&3")
	var lines <-chan string
	s.Output, lines = heard()
	p := start(t, s)
	escaped := watch{}
	escaped.add(t, numbers(await(t, "escaped", lines))...)
	p.Close() // although the escaped one has stdout open
	for pid, fd := range escaped {
		if err := unix.PidfdSendSignal(fd, unix.SIGKILL, nil, 0); err != nil {
			t.Errorf("kill %d: %v; want it to have lived on", pid, err)
		}
	}
	escaped.awaitEnd(t)
	bury()
}

func TestKill_LeaderLeftItsGroup(t *testing.T) {
	bury := adopt(t)
	s := spec("mover")
	var lines <-chan string
	s.Output, lines = heard()
	p := start(t, s)
	watched := watch{}
	watched.add(t, numbers(await(t, "ready", lines))...)
	if err := p.Kill(); err != nil {
		t.Fatal(err)
	}
	watched.awaitEnd(t)
	p.Close()
	bury()
}

func TestSpawner_EndOfAThread(t *testing.T) {
	var workers []*proc.Process
	for range 8 {
		workers = append(workers, start(t, shell("cat <&3 >&3")))
		var threads sync.WaitGroup
		for range 32 {
			threads.Go(runtime.LockOSThread) // and never unlocked, which ends the thread with the goroutine
		}
		threads.Wait()
	}
	for _, p := range workers {
		if _, err := p.Data().Write([]byte{1}); err != nil {
			t.Fatalf("%v; %s", err, p.Exit())
		}
		if _, err := io.ReadFull(p.Data(), make([]byte, 1)); err != nil {
			t.Fatalf("%v; %s", err, p.Exit())
		}
	}
}

func TestNamespace_DaemonEndsAtOnce(t *testing.T) {
	bury := adopt(t)
	s := daemon()
	s.PIDNamespace = true
	var p *proc.Process
	var err error
	var spawner proc.Spawner
	defer spawner.Close()
	var lines <-chan string
	s.Output, lines = heard()
	if p, err = spawner.Start(s); errors.Is(err, unix.EPERM) {
		t.Skip(err)
	} else if err != nil {
		t.Fatal(err)
	}
	await(t, "ready", lines) // its number is that in the namespace
	watched := watch{}
	watched.add(t, childrenOf(p.PID())...)
	if len(watched) == 0 {
		t.Fatal("no daemon to watch")
	}
	if err := unix.Kill(p.PID(), unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
	awaitExit(t, p)
	watched.awaitEnd(t)
	p.Close()
	bury()
}

// childrenOf are the children of the first thread of a process.
func childrenOf(pid int) []int { return childrenIn("/proc/" + strconv.Itoa(pid) + "/task/*/children") }

package proc_test

import (
	"errors"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/fsmgen/fsmgen/internal/proc"
)

func TestADaemonEndsAtOnceWithItsPIDNamespace(t *testing.T) {
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

//go:build linux

package proc

import (
	"os"
	"os/exec"
	"testing"

	"golang.org/x/sys/unix"
)

// open opens a file for its descriptor, which its receiver closes.
func open(t *testing.T, path string) int {
	t.Helper()
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	return fd
}

func TestExit_WithAndWithoutAPidfd(t *testing.T) {
	for name, pidfd := range map[string]func(pid int) int{
		"pidfd":                  func(pid int) int { fd, _ := unix.PidfdOpen(pid, 0); return fd },
		"none":                   func(int) int { return -1 },
		"one that is no pidfd":   func(int) int { return open(t, os.DevNull) },
		"one that is not polled": func(int) int { return open(t, t.TempDir()) },
	} {
		t.Run(name, func(t *testing.T) {
			cmd := exec.Command("/bin/sh", "-c", "read line; exit 3")
			stdin, err := cmd.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			seen := make(chan struct{})
			go func() {
				defer close(seen)
				awaitExit(cmd.Process.Pid, pidfd(cmd.Process.Pid))
			}()
			if err := stdin.Close(); err != nil {
				t.Fatal(err)
			}
			<-seen
			if exit := reap(cmd.Process.Pid); exit.Code != 3 {
				t.Errorf("exit = %s; want status 3, left for us to take", exit)
			}
			if exit := reap(cmd.Process.Pid); !exit.Lost || exit.String() != "exit status unknown" {
				t.Errorf("second exit = %+v; want it lost", exit)
			}
			_ = cmd.Process.Release()
		})
	}
}

func TestStart_UndoneLeavesNoProcess(t *testing.T) {
	var pidfd int
	attr := &os.ProcAttr{Sys: attributes(Spec{}, &pidfd)}
	p, err := os.StartProcess("/bin/sleep", []string{"sleep", "1000"}, attr)
	if err != nil {
		t.Fatal(err)
	}
	child{p.Pid, pidfd}.undo()
	if err := unix.Kill(p.Pid, 0); err != unix.ESRCH {
		t.Errorf("the process is there: %v", err)
	}
	_ = p.Release()
}

func TestLifeline_WriteEndHasTheHigherNumber(t *testing.T) {
	low, err := openLifeline()
	if err != nil {
		t.Fatal(err)
	}
	high, err := openLifeline()
	if err != nil {
		t.Fatal(err)
	}
	low.release()
	high.release()
	_ = low.read.Close()
	_ = high.write.Close()
	mixed := &lifeline{read: high.read, write: low.write} // as if a file had been closed between the two
	raised, err := mixed.raiseWrite()
	if err != nil {
		t.Fatal(err)
	}
	defer raised.cut()
	if raised.write.Fd() <= raised.read.Fd() {
		t.Errorf("write end is %d, read end %d", raised.write.Fd(), raised.read.Fd())
	}
}

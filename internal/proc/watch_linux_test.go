package proc_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// watch knows processes by pidfd, which, unlike a number, cannot become that of another process.
type watch map[int]int

// add begins to watch processes that live, until awaitEnd.
func (w watch) add(t *testing.T, pids ...int) {
	t.Helper()
	for _, pid := range pids {
		fd, err := unix.PidfdOpen(pid, 0)
		if err != nil {
			t.Errorf("pidfd_open %d: %v", pid, err)
			continue
		}
		w[pid] = fd
	}
}

// awaitEnd waits until all of them have ended. It is an error if some have not; those are killed.
func (w watch) awaitEnd(t *testing.T) {
	t.Helper()
	deadline := time.Now().Add(guard)
	for pid, fd := range w {
		if !endsBefore(fd, deadline) {
			t.Errorf("process %d lives on: %s", pid, status(pid))
			_ = unix.PidfdSendSignal(fd, unix.SIGKILL, nil, 0)
		}
		_ = unix.Close(fd)
		delete(w, pid)
	}
}

// status is what a process is and does, for people.
func status(pid int) string {
	dir := filepath.Join("/proc", strconv.Itoa(pid))
	cmdline, _ := os.ReadFile(filepath.Join(dir, "cmdline"))
	stat, _ := os.ReadFile(filepath.Join(dir, "stat"))
	return fmt.Sprintf("%q %s", cmdline, stat)
}

func endsBefore(pidfd int, deadline time.Time) bool {
	for {
		left := max(0, time.Until(deadline))
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(pidfd), Events: unix.POLLIN}}, int(left.Milliseconds()))
		if err != unix.EINTR {
			return err == nil && n == 1
		}
	}
}

// adopt makes the test the parent of the orphans that its descendants leave, and returns how to wait for the end of all
// children. No other process may adopt them: in many containers they would stay zombies for ever.
func adopt(t *testing.T) (bury func()) {
	t.Helper()
	subreaper := func(on uintptr) {
		if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, on, 0, 0, 0); err != nil {
			t.Fatalf("PR_SET_CHILD_SUBREAPER: %v", err)
		}
	}
	subreaper(1)
	t.Cleanup(func() { subreaper(0) })
	return func() {
		hang := time.AfterFunc(guard, func() {
			for _, pid := range children() {
				_ = unix.Kill(pid, unix.SIGKILL)
				t.Errorf("process %d lives on", pid)
			}
		})
		defer hang.Stop()
		for {
			if _, err := unix.Wait4(-1, nil, 0, nil); err == unix.ECHILD {
				return
			}
		}
	}
}

// children are the pids of all children of the test, whichever of its threads has them.
func children() []int { return childrenIn("/proc/self/task/*/children") }

func childrenIn(pattern string) []int {
	var pids []int
	lists, _ := filepath.Glob(pattern)
	for _, list := range lists {
		words, _ := os.ReadFile(list) // a thread may have ended
		pids = append(pids, numbers(string(words))...)
	}
	return pids
}

// numbers are the numbers among the words of line.
func numbers(line string) []int {
	var found []int
	for word := range strings.FieldsSeq(line) {
		if n, err := strconv.Atoi(word); err == nil {
			found = append(found, n)
		}
	}
	return found
}

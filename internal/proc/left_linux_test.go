package proc_test

import (
	"os"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"

	"github.com/fsmgen/fsmgen/internal/proc"
)

// leavesNothing fails the test if what it did so far, and does until its end, leaves a process, a descriptor, a goroutine
// or a file in the folder for temporary ones. Orphans are the test's, so none can hide.
func leavesNothing(t *testing.T) {
	t.Helper()
	var s proc.Spawner
	warm, err := s.Start(proc.Spec{Path: "/bin/true"}) // opens the runtime's poller
	if err != nil {
		t.Fatal(err)
	}
	warm.Close()
	s.Close()
	bury := adopt(t)
	t.Setenv("TMPDIR", t.TempDir())
	before, goroutines := descriptors(), goleak.IgnoreCurrent()
	t.Cleanup(func() {
		bury()
		if after := descriptors(); !slices.Equal(after, before) {
			t.Errorf("descriptors = %v; want %v", after, before)
		}
		if err := goleak.Find(goroutines); err != nil {
			t.Error(err)
		}
		if files, err := os.ReadDir(os.TempDir()); err != nil || len(files) > 0 {
			t.Errorf("temporary files %v, %v; want none", files, err)
		}
	})
}

// stopped waits until a process of ours is stopped, by whatever.
func stopped(t *testing.T, pid int) {
	t.Helper()
	hang := time.AfterFunc(guard, func() { _ = unix.Kill(pid, unix.SIGKILL) })
	defer hang.Stop()
	var info unix.Siginfo
	for {
		err := unix.Waitid(unix.P_PID, pid, &info, unix.WSTOPPED|unix.WEXITED|unix.WNOWAIT, nil)
		if err == unix.EINTR {
			continue
		}
		const cldStopped = 5
		if err != nil || info.Code != cldStopped {
			t.Fatalf("waitid: %v, code %d; want it stopped", err, info.Code)
		}
		return
	}
}

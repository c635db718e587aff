package proc_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"

	"github.com/fsmgen/fsmgen/internal/proc"
)

func init() {
	roles["inherited"] = func([]string) int {
		fmt.Println(inherited())
		return 0
	}
}

// inherited are the descriptors that came through exec: what Go opens itself is close-on-exec.
func inherited() []int {
	var fds []int
	for _, fd := range descriptors() {
		if flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err == nil && flags&unix.FD_CLOEXEC == 0 {
			fds = append(fds, fd)
		}
	}
	return fds
}

// descriptors are the numbers of all open files of this process.
func descriptors() []int {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		panic(err)
	}
	var fds []int
	for _, e := range entries {
		if fd, err := strconv.Atoi(e.Name()); err == nil {
			fds = append(fds, fd)
		}
	}
	slices.Sort(fds)
	return fds
}

func TestDescriptors_OfAWorker(t *testing.T) {
	want := []int{0, 1, 2, 3, 4, 5}
	for _, fd := range inherited() { // of the test itself, from the process that started it
		if fd > 5 {
			want = append(want, fd)
		}
	}
	var starters sync.WaitGroup
	for range 4 {
		starters.Go(func() {
			var s proc.Spawner
			defer s.Close()
			for range 3 {
				p, err := s.Start(spec("inherited"))
				if err != nil {
					t.Error(err)
					return
				}
				<-p.Done()
				if got := numbers(strings.Trim(p.Tail(), "[]")); !slices.Equal(got, want) {
					t.Errorf("descriptors = %v; want %v", got, want)
				}
				p.Close()
			}
		})
	}
	starters.Go(func() {
		for range 20 {
			if out, err := exec.Command("/bin/true").CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		}
	})
	starters.Wait()
}

// Rows: G3, W6.
func TestLeaks_ClosedProcesses(t *testing.T) {
	cycles := func(n int) {
		var s proc.Spawner
		defer s.Close() // a lifeline is cut after the Close of its process, and before that of the spawner ends
		for i := range n {
			p, err := s.Start(shell([]string{"exit 0", "echo output; read line <&3"}[i%2]))
			if err != nil {
				t.Fatal(err)
			}
			pid := p.PID()
			p.Close()
			if err := syscall.Kill(-pid, 0); err != syscall.ESRCH {
				t.Errorf("group %d: %v; want no such group", pid, err)
			}
			if _, err := s.Start(proc.Spec{Path: "/no/such/program"}); err == nil {
				t.Fatal("started a program that does not exist")
			}
		}
	}
	cycles(1) // opens the runtime's poller
	before := descriptors()
	cycles(50)
	if left := opened(before); len(left) > 0 {
		t.Errorf("descriptors %v are left; want none but %v", left, before)
	}
	if pid, err := unix.Wait4(-1, nil, unix.WNOHANG, nil); err != unix.ECHILD {
		t.Errorf("child %d (%v) is left; want none", pid, err)
	}
}

// opened are the descriptors that are open now and were not before. Of those, some may have been of an earlier test, and closed since.
func opened(before []int) []int {
	return slices.DeleteFunc(descriptors(), func(fd int) bool { return slices.Contains(before, fd) })
}

func TestStart_OutOfDescriptors(t *testing.T) {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	var s proc.Spawner
	defer s.Close()
	startWith := func(descriptors uint64) (*proc.Process, error) {
		lower := unix.Rlimit{Cur: descriptors, Max: limit.Max}
		if err := unix.Prlimit(0, unix.RLIMIT_NOFILE, &lower, nil); err != nil {
			t.Fatal(err)
		}
		defer unix.Prlimit(0, unix.RLIMIT_NOFILE, &limit, nil)
		return s.Start(proc.Spec{Path: "/bin/true"})
	}
	before := descriptors()
	failures := 0
	for n := uint64(0); ; n++ {
		p, err := startWith(n)
		if err == nil {
			p.Close()
			break
		}
		failures++
		startErr, ok := errors.AsType[*proc.StartError](err)
		if !ok || !startErr.Temporary() || startErr.What != "the limit of open files is reached (ulimit -n)" {
			t.Errorf("with %d descriptors: %v; want a temporary error that names the limit", n, err)
		}
		if left := opened(before); len(left) > 0 {
			t.Fatalf("with %d descriptors: %v are left; want none but %v", n, left, before)
		}
	}
	if failures < 12 { // what a start needs at its height
		t.Errorf("%d failures; want one for every descriptor of a start", failures)
	}
}

func TestLeaks_WaitingTakesNoThreads(t *testing.T) {
	if fd, err := unix.PidfdOpen(os.Getpid(), unix.PIDFD_NONBLOCK); err != nil {
		t.Skipf("pidfd_open: %v", err)
	} else {
		_ = unix.Close(fd)
	}
	const workers = 64
	var s proc.Spawner
	defer s.Close()
	before := threads(t)
	for range workers {
		if _, err := s.Start(proc.Spec{Path: "/bin/sleep", Args: []string{"1000"}}); err != nil {
			t.Fatal(err)
		}
	}
	if more := threads(t) - before; more >= workers/2 {
		t.Errorf("%d processes took %d threads", workers, more)
	}
}

func threads(t *testing.T) int {
	t.Helper()
	tasks, err := os.ReadDir("/proc/self/task")
	if err != nil {
		t.Fatal(err)
	}
	return len(tasks)
}

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

package proc

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// maxRSSUnit is the unit of Rusage.Maxrss in bytes.
const maxRSSUnit = 1

// attributes are those of a worker; there is no pidfd here.
func attributes(s Spec, pidfd *int) *syscall.SysProcAttr {
	*pidfd = -1
	return &syscall.SysProcAttr{Setpgid: true, Credential: s.Credential}
}

// awaitExit returns when the child pid has ended and leaves it a zombie. It holds a thread. If the kernel has no queue
// for us it returns at once, and reap waits instead.
func awaitExit(pid, _ int) {
	queue, err := unix.Kqueue()
	if err != nil {
		return
	}
	defer unix.Close(queue)
	change := []unix.Kevent_t{{
		Ident:  uint64(pid),
		Filter: unix.EVFILT_PROC,
		Flags:  unix.EV_ADD | unix.EV_ONESHOT,
		Fflags: unix.NOTE_EXIT,
	}}
	for {
		_, err := unix.Kevent(queue, change, make([]unix.Kevent_t, 1), nil)
		if !errors.Is(err, unix.EINTR) {
			return
		}
	}
}

// There is no fork server here.

func awaitEndOf(*os.File) {}

func signalGroupOf(_, pid int, sig syscall.Signal) error { return killGroup(pid, sig) }

func killOf(int) error { return errors.ErrUnsupported }

// lifelineKills is false: a group is killed before its leader is reaped.
const lifelineKills = false

// awaitGroup takes the statuses of what is left of a killed group, which only process 1 can.
func awaitGroup(group int, _ time.Duration) {
	for {
		if _, err := retry(func() (int, error) { return syscall.Wait4(-group, nil, syscall.WNOHANG, nil) }); err != nil {
			return
		}
	}
}

type memoryTable struct{}

func (*memoryTable) group(int) (int64, error) { return 0, errors.ErrUnsupported }

type moment struct {
	ticks  uint64
	number int
}

// before is never asked: nothing is known here of an earlier program.
func (moment) before(moment) bool { return false }

func imageStart() moment { return moment{} }

func (*Spawner) reapEarlier() {}

// ownerOf is this process; there is no list of the others here.
func ownerOf(string) owner { return owner{pid: os.Getpid()} }

// gone cannot be known here.
func (owner) gone() bool { return false }

// sweep cannot see the environment of other processes here.
func sweep(func(owner, mark) bool) ([]Stray, error) { return nil, errors.ErrUnsupported }

// Programs run at once here: there is nothing to arm before.

func holdable(string) bool { return false }

func awaitHold(int) error { return nil }

func letGo(int) {}

// openLifeline opens the pipe for workers that want to see its end themselves; the kernel does nothing with it.
func openLifeline() (*lifeline, error) {
	fds, err := pipe()
	if err != nil {
		return nil, err
	}
	return &lifeline{theirs: os.NewFile(uintptr(fds[0]), "lifeline"), write: os.NewFile(uintptr(fds[1]), "lifeline")}, nil
}

func (l *lifeline) arm(int) error { return nil }

// restrain knows the niceness only: no process can set the limits of another here.
func restrain(pid int, spec Spec) error {
	switch {
	case spec.Limits != (Limits{}):
		return fmt.Errorf("limits need Linux: %w", syscall.ENOTSUP)
	case spec.PIDNamespace:
		return fmt.Errorf("a PID namespace needs Linux: %w", syscall.ENOTSUP)
	}
	if spec.Nice == 0 {
		return nil
	}
	own, err := syscall.Getpriority(syscall.PRIO_PROCESS, 0)
	if err == nil {
		err = syscall.Setpriority(syscall.PRIO_PROCESS, pid, min(own+spec.Nice, 19))
	}
	if err != nil {
		return fmt.Errorf("nice %d: %w", spec.Nice, err)
	}
	return nil
}

// cgroup does not exist here; there is only the nil one.
type cgroup struct{}

func openCgroup(c *Cgroup) (*cgroup, error) {
	if c == nil || c.Optional {
		return nil, nil
	}
	return nil, &CgroupError{c.Parent, "there are control groups on Linux only", syscall.ENOTSUP}
}

func (*cgroup) receive(*syscall.SysProcAttr) {}

func (*cgroup) adopt(int) error { return nil }

func (*cgroup) outOfMemory() bool { return false }

func (*cgroup) kill() {}

func (*cgroup) close() {}

// The kernel cannot open close-on-exec here, so forks wait while we do it in two steps.

func pipe() (fds [2]int, err error) {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	if err := syscall.Pipe(fds[:]); err != nil {
		return fds, err
	}
	closeOnExec(fds)
	return fds, nil
}

func socketpair() ([2]int, error) {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err == nil {
		closeOnExec(fds)
	}
	return fds, err
}

// packetpair does not exist here.
func packetpair() ([2]int, error) { return [2]int{}, syscall.ENOTSUP }

func closeOnExec(fds [2]int) {
	for _, fd := range fds {
		syscall.CloseOnExec(fd)
	}
}

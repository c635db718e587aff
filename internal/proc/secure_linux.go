package proc

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// holdable reports whether a program may be held before its first instruction. One that steps up to other privileges
// would not get them.
func holdable(path string) bool {
	info, err := os.Stat(path)
	if err != nil || info.Mode()&(os.ModeSetuid|os.ModeSetgid) != 0 {
		return false
	}
	_, err = unix.Getxattr(path, "security.capability", nil)
	return err != nil
}

const (
	holdBudget = 10 * time.Second      // for loading a program from a slow disk
	holdPause  = 20 * time.Microsecond // between two looks
)

// awaitHold returns when a traced child stands before its first instruction; from then on it dies with this thread. It
// asks instead of waiting for the child's stop, which a service that waits for all of its children would take from us.
func awaitHold(pid int) error {
	pause := unix.NsecToTimespec(int64(holdPause))
	for deadline := time.Now().Add(holdBudget); ; {
		err := unix.PtraceSetOptions(pid, unix.PTRACE_O_EXITKILL)
		if err == nil {
			return nil
		}
		if !errors.Is(err, unix.ESRCH) || ended(pid) {
			return fmt.Errorf("hold: %w", err)
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("hold: %w", unix.ETIMEDOUT)
		}
		_ = unix.Nanosleep(&pause, nil)
	}
}

// letGo lets the child run. One that was killed meanwhile is beyond that, which is no concern here.
func letGo(pid int) { _ = syscall.PtraceDetach(pid) }

// ended reports that the child is a zombie. Of a traced child the kernel tells us of stops as well, unasked.
func ended(pid int) bool {
	var info unix.Siginfo
	err := unix.Waitid(unix.P_PID, pid, &info, unix.WEXITED|unix.WNOHANG|unix.WNOWAIT, nil)
	if err != nil {
		return !errors.Is(err, unix.EINTR)
	}
	return info.Signo != 0 && info.Code != cldTrapped
}

// cldTrapped is the code of a traced child that has stopped.
const cldTrapped = 4

func openLifeline() (*lifeline, error) {
	fds, err := pipe()
	if err != nil {
		return nil, err
	}
	l := &lifeline{read: os.NewFile(uintptr(fds[0]), "lifeline"), write: os.NewFile(uintptr(fds[1]), "lifeline")}
	if l.theirs, err = reopen(l.read); err != nil {
		l.cut()
		return nil, err
	}
	if fds[1] > fds[0] {
		return l, nil
	}
	return l.raiseWrite()
}

// reopen opens the pipe once more, so that what the worker does with its end does not touch ours. A duplicate would: the
// dying service gives up its share of all open files before it releases the first, and a worker that dies in between would
// release a shared read end, with the request, before the write end. Without /proc it is a duplicate all the same.
func reopen(read *os.File) (*os.File, error) {
	fd, err := retry(func() (int, error) {
		return unix.Open(fmt.Sprintf("/proc/self/fd/%d", read.Fd()), unix.O_RDONLY|unix.O_CLOEXEC, 0)
	})
	if err != nil {
		fd, err = unix.FcntlInt(read.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	}
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), "lifeline"), nil
}

// raiseWrite moves the write end above the read end, because of the order in which the kernel closes them.
func (l *lifeline) raiseWrite() (*lifeline, error) {
	fd, err := unix.FcntlInt(l.write.Fd(), unix.F_DUPFD_CLOEXEC, int(l.read.Fd())+1)
	if err != nil {
		l.cut()
		return nil, err
	}
	_ = l.write.Close()
	l.write = os.NewFile(uintptr(fd), "lifeline")
	return l, nil
}

// arm asks the kernel to send SIGKILL to the group when the write end is closed. Our read end and the worker's ask for it,
// each for the case that the other one is closed before.
func (l *lifeline) arm(group int) error {
	for _, f := range []*os.File{l.read, l.theirs} {
		if err := armEnd(f.Fd(), group); err != nil {
			return err
		}
	}
	return nil
}

// armEnd makes a request that belongs to the open pipe, not to a descriptor, and names the group itself, not its number.
func armEnd(fd uintptr, group int) error {
	if _, err := unix.FcntlInt(fd, unix.F_SETOWN, -group); err != nil {
		return fmt.Errorf("lifeline: F_SETOWN: %w", err)
	}
	if _, err := unix.FcntlInt(fd, unix.F_SETSIG, int(unix.SIGKILL)); err != nil {
		return fmt.Errorf("lifeline: F_SETSIG: %w", err)
	}
	if _, err := unix.FcntlInt(fd, unix.F_SETFL, unix.O_ASYNC); err != nil {
		return fmt.Errorf("lifeline: O_ASYNC: %w", err)
	}
	return nil
}

// rlimit is one limit in the kernel's words.
type rlimit struct {
	name      string
	resource  int
	soft, max uint64
}

func (l Limits) list() []rlimit {
	var list []rlimit
	for _, r := range []rlimit{
		{"address space", unix.RLIMIT_AS, l.AddressSpace, l.AddressSpace},
		{"data", unix.RLIMIT_DATA, l.Data, l.Data},
		{"files", unix.RLIMIT_NOFILE, l.Files, l.Files},
		{"file size", unix.RLIMIT_FSIZE, l.FileSize, l.FileSize},
		{"processes", unix.RLIMIT_NPROC, l.Processes, l.Processes},
		{"processor time", unix.RLIMIT_CPU, l.seconds(), l.seconds() + 1},
	} {
		if r.soft > 0 {
			list = append(list, r)
		}
	}
	if l.NoCore {
		list = append(list, rlimit{"core file", unix.RLIMIT_CORE, 0, 0})
	}
	return list
}

// restrain puts the limits and the niceness of spec on a process that has only one thread yet.
func restrain(pid int, spec Spec) error {
	for _, l := range spec.Limits.list() {
		if err := unix.Prlimit(pid, l.resource, &unix.Rlimit{Cur: l.soft, Max: l.max}, nil); err != nil {
			return fmt.Errorf("limit of %s: %d: %w", l.name, l.soft, err)
		}
	}
	return renice(pid, spec.Nice)
}

// renice raises the niceness, which the process has from the service.
func renice(pid, by int) error {
	if by == 0 {
		return nil
	}
	raw, err := unix.Getpriority(unix.PRIO_PROCESS, pid)
	if err == nil {
		const rawZero = 20 // the system call answers 20 for niceness 0, 1 for 19
		err = unix.Setpriority(unix.PRIO_PROCESS, pid, min(rawZero-raw+by, 19))
	}
	if err != nil {
		return fmt.Errorf("nice %d: %w", by, err)
	}
	return nil
}

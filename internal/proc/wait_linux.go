package proc

import (
	"errors"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// maxRSSUnit is the unit of Rusage.Maxrss in bytes.
const maxRSSUnit = 1 << 10

// attributes are those of a worker; pidfd becomes -1 where the kernel has none.
func attributes(s Spec, pidfd *int) *syscall.SysProcAttr {
	*pidfd = -1
	attr := &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL, PidFD: pidfd, Credential: s.Credential}
	if s.PIDNamespace {
		attr.Cloneflags = unix.CLONE_NEWPID
	}
	return attr
}

// awaitExit returns when the child pid has ended and leaves it a zombie. It takes pidfd over.
func awaitExit(pid, pidfd int) {
	if pidfd < 0 || !awaitPidfd(pidfd) {
		_, _ = retry(func() (struct{}, error) {
			return struct{}{}, unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
		})
	}
}

// awaitPidfd parks in the runtime's poller instead of in a system call, which would hold a thread. False means that
// this kernel or this sandbox does not let it.
func awaitPidfd(pidfd int) bool {
	file, err := pollable(pidfd)
	if err != nil {
		return false
	}
	defer file.Close()
	conn, err := file.SyscallConn()
	if err != nil {
		return false
	}
	var waitErr error
	err = conn.Read(func(fd uintptr) (over bool) {
		over, waitErr = exited(int(fd))
		return over
	})
	return err == nil && waitErr == nil
}

// exited reports that the child has ended, or an error that makes asking again useless.
func exited(pidfd int) (bool, error) {
	var info unix.Siginfo
	err := unix.Waitid(unix.P_PIDFD, pidfd, &info, unix.WEXITED|unix.WNOHANG|unix.WNOWAIT, nil)
	if errors.Is(err, unix.EINTR) {
		return false, nil
	}
	return err != nil || info.Signo != 0, err
}

// awaitEndOf returns when the process of pidfd, which need not be our child, has ended.
func awaitEndOf(pidfd *os.File) {
	conn, err := pidfd.SyscallConn()
	if err != nil {
		return
	}
	over := func(fd uintptr, wait int) bool {
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, wait)
		return n == 1 || err != nil && !errors.Is(err, unix.EINTR)
	}
	if conn.Read(func(fd uintptr) bool { return over(fd, 0) }) == nil {
		return
	}
	_ = conn.Control(func(fd uintptr) { // no poller for it: hold a thread
		for !over(fd, -1) {
		}
	})
}

// signalGroupOf sends sig to the group that the process of pidfd leads, and SIGKILL to a leader that has moved to another
// group as well. Kernels before 6.9 know the group by its number only, which may be another's when no process holds the
// dead leader for us any more.
func signalGroupOf(pidfd, pid int, sig syscall.Signal) error {
	err := unix.PidfdSendSignal(pidfd, sig, nil, pidfdSignalProcessGroup)
	if !errors.Is(err, unix.EINVAL) {
		if sig == syscall.SIGKILL {
			err = unix.PidfdSendSignal(pidfd, sig, nil, 0)
		}
		return err
	}
	if err := unix.PidfdSendSignal(pidfd, 0, nil, 0); err != nil {
		return err
	}
	return killGroup(pid, sig)
}

// killOf kills the process of pidfd.
func killOf(pidfd int) error { return unix.PidfdSendSignal(pidfd, unix.SIGKILL, nil, 0) }

const pidfdSignalProcessGroup = 1 << 2

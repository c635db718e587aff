package proc

import (
	"errors"
	"syscall"

	"golang.org/x/sys/unix"
)

// maxRSSUnit is the unit of Rusage.Maxrss in bytes.
const maxRSSUnit = 1 << 10

// attributes are those of a worker; pidfd becomes -1 where the kernel has none.
func attributes(pidfd *int) *syscall.SysProcAttr {
	*pidfd = -1
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL, PidFD: pidfd}
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

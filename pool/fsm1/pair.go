//go:build unix

package fsm1

import (
	"errors"
	"net"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// Pair returns two connected stream sockets, both close-on-exec: ours, whose reads park the
// goroutine and not the thread, and theirs, blocking, to be inherited by a worker. The
// caller closes theirs when the worker has been started, or the end of the worker is not seen.
func Pair() (ours *net.UnixConn, theirs *os.File, err error) {
	fds, err := socketpair()
	if err != nil {
		return nil, nil, os.NewSyscallError("socketpair", err)
	}
	theirs = os.NewFile(uintptr(fds[1]), "worker")
	ours, err = adopt(fds[0])
	if err != nil {
		return nil, nil, errors.Join(err, theirs.Close())
	}
	return ours, theirs, nil
}

// socketpair holds the fork lock because not every unix can create a socket that
// is close-on-exec from its first moment.
func socketpair() ([2]int, error) {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err == nil {
		unix.CloseOnExec(fds[0])
		unix.CloseOnExec(fds[1])
	}
	return fds, err
}

func adopt(fd int) (*net.UnixConn, error) {
	f := os.NewFile(uintptr(fd), "pool")
	conn, err := net.FileConn(f) // duplicates the descriptor
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	return conn.(*net.UnixConn), nil
}

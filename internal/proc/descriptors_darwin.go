package proc

import "syscall"

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

package proc

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

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

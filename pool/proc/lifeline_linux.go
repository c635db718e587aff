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
	if fds[1] > fds[0] {
		return l, nil
	}
	return l.raiseWrite()
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

// arm asks the kernel to send SIGKILL to the group when the write end is closed. The request belongs to the open pipe,
// not to a descriptor, and names the group itself, not its number.
func (l *lifeline) arm(group int) error {
	fd := l.read.Fd()
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

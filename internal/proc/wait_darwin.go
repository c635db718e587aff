package proc

import (
	"errors"
	"os"
	"syscall"

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

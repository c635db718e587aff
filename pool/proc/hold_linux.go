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

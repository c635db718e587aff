package proc

import (
	"fmt"
	"os"
	"syscall"
)

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

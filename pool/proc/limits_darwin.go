package proc

import (
	"fmt"
	"syscall"
)

// restrain knows the niceness only: nobody can set the limits of another process here.
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

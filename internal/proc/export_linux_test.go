package proc

import (
	"syscall"
	"time"
)

// ForkAndDie starts a process as a Spawner does, but kills the service between the fork and the lifeline.
func ForkAndDie(spec Spec) error {
	b, err := newBirth(spec, framed)
	if err != nil {
		return err
	}
	newThread().do(func() {
		if _, err = b.forkExec(true); err == nil {
			err = syscall.Kill(syscall.Getpid(), syscall.SIGKILL)
		}
	})
	return err
}

// SetGrace sets how long what a process leaves in its group has to end by itself.
func (s *Spawner) SetGrace(d time.Duration) { s.grace = d }

package proc

import "syscall"

// parent is how the end of a process is seen and who may take its status: the kernel gives it only to whoever forked.
type parent interface {
	// awaitEnd returns when the process has ended, and leaves it a zombie. It is called once.
	awaitEnd()
	// signal reaches the whole group, and kill the process alone. Neither is called any more once reap has been.
	signal(sig syscall.Signal) error
	kill() error
	// reap takes the status. The process's number is free for others afterwards.
	reap() Exit
}

// child is a process that the service has forked itself.
type child struct {
	pid   int
	pidfd int // -1 without one; awaitEnd takes it over
}

func (c child) awaitEnd() { awaitExit(c.pid, c.pidfd) }

func (c child) signal(sig syscall.Signal) error { return killGroup(c.pid, sig) }

func (c child) kill() error { return syscall.Kill(c.pid, syscall.SIGKILL) }

func (c child) reap() Exit { return reap(c.pid) }

// undo ends a process that nobody has seen yet.
func (c child) undo() {
	_ = killGroup(c.pid, syscall.SIGKILL)
	if c.pidfd >= 0 {
		_ = syscall.Close(c.pidfd)
	}
	reap(c.pid)
}

// killGroup sends sig to the group of the leader pid, and to a leader that has moved to another group as well.
func killGroup(pid int, sig syscall.Signal) error {
	err := syscall.Kill(-pid, sig)
	if err == nil && sig != syscall.SIGKILL {
		return nil
	}
	if leader := syscall.Kill(pid, sig); err != nil {
		return leader
	}
	return nil
}

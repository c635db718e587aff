package proc

import "syscall"

// birth is all that a fork needs.
type birth struct {
	spec   Spec
	kind   kind
	wiring *wiring
	cgroup *cgroup
}

// newBirth opens everything or nothing.
func newBirth(spec Spec, k kind) (b birth, err error) {
	b = birth{spec: spec, kind: k}
	if b.cgroup, err = openCgroup(spec.Cgroup); err != nil {
		return b, err
	}
	if b.wiring, err = openWiring(k); err != nil {
		b.cgroup.close()
	}
	return b, err
}

// cancel closes everything after a birth that came to nothing.
func (b birth) cancel() {
	b.wiring.close()
	b.cgroup.close()
}

// fork starts the process in a process group of its own. Where the system lets us, not one instruction of the program
// runs before its lifeline is armed and its limits are set. s.start is held.
func (s *Spawner) fork(b birth) (child, error) {
	held := !s.unheld && holdable(b.spec.Path)
	c, err := b.on(s.thread, held)
	if errno, exec := err.(syscall.Errno); !held || !exec || !forbids(errno) {
		return c, err
	}
	c, err = b.on(s.thread, false) // if it was not the holding, it is forbidden again
	s.unheld = err == nil
	return c, err
}

func forbids(err syscall.Errno) bool {
	return err == syscall.EPERM || err == syscall.EACCES || err == syscall.ENOSYS
}

// on forks on t, which is also the only thread that may let a held child go.
func (b birth) on(t *thread, held bool) (c child, err error) {
	t.do(func() {
		if c, err = b.forkExec(held); err != nil {
			return
		}
		if err = b.secure(c.pid, held); err != nil {
			c.undo()
		}
	})
	return c, err
}

func (b birth) forkExec(held bool) (c child, err error) {
	attr := &syscall.ProcAttr{
		Dir:   b.spec.Dir,
		Env:   b.spec.environment(b.kind.env),
		Files: b.wiring.inherited(),
		Sys:   attributes(b.spec, &c.pidfd),
	}
	attr.Sys.Ptrace = held
	b.cgroup.receive(attr.Sys)
	c.pid, err = syscall.ForkExec(b.spec.Path, append([]string{b.spec.Path}, b.spec.Args...), attr)
	return c, err
}

// secure is what has to be done before the program runs. A held one does not run if it fails.
func (b birth) secure(pid int, held bool) error {
	if held {
		if err := awaitHold(pid); err != nil {
			return err
		}
	}
	if err := b.wiring.lifeline.arm(pid); err != nil {
		return err
	}
	if err := restrain(pid, b.spec); err != nil {
		return err
	}
	if held {
		letGo(pid)
	}
	return nil
}

// parent is the process that forked a worker: this service or a fork server. The kernel tells only it of the worker's end.
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

// undo ends a process that no caller has seen yet.
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

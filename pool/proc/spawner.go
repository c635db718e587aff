package proc

import (
	"maps"
	"slices"
	"sync"
	"syscall"
)

// Spawner starts processes and outlives them: it holds the thread they are forked on. The zero value is ready, and
// costs nothing before the first Start. A Spawner must not be copied after that.
type Spawner struct {
	start  sync.Mutex // one fork at a time, none after Close; guards the two below
	thread *thread
	closed bool

	mu   sync.Mutex // a leaf; guards live
	live map[*Process]struct{}
}

// Start starts a process and returns when the kernel has accepted its program. The error is a *StartError or ErrClosed,
// and nothing is left then. The process is the caller's to Close.
func (s *Spawner) Start(spec Spec) (*Process, error) {
	if err := spec.validate(); err != nil {
		return nil, err
	}
	s.start.Lock()
	defer s.start.Unlock()
	if s.closed {
		return nil, ErrClosed
	}
	if s.thread == nil {
		s.thread = newThread()
	}
	w, err := openWiring()
	if err != nil {
		return nil, startError(spec, err)
	}
	pid, pidfd, err := s.fork(spec, w)
	if err != nil {
		w.close()
		return nil, startError(spec, err)
	}
	w.release()
	p := newProcess(spec.withDefaults(), pid, w, s.forget)
	s.remember(p)
	p.run(pidfd)
	return p, nil
}

// fork starts the process in a group of its own and arms its lifeline.
func (s *Spawner) fork(spec Spec, w *wiring) (pid, pidfd int, err error) {
	attr := &syscall.ProcAttr{Dir: spec.Dir, Env: spec.environment(), Files: w.inherited(), Sys: attributes(&pidfd)}
	argv := append([]string{spec.Path}, spec.Args...)
	s.thread.do(func() {
		if pid, err = syscall.ForkExec(spec.Path, argv, attr); err != nil {
			return
		}
		if err = w.lifeline.arm(pid); err != nil {
			undo(pid, pidfd)
		}
	})
	return pid, pidfd, err
}

// undo ends a process that nobody has seen yet.
func undo(pid, pidfd int) {
	_ = killGroup(pid, syscall.SIGKILL)
	if pidfd >= 0 {
		_ = syscall.Close(pidfd)
	}
	reap(pid)
}

// Close kills every process that was not closed, waits until nothing of them is left, and gives the thread back. It may
// be called more than once.
func (s *Spawner) Close() {
	s.start.Lock()
	defer s.start.Unlock()
	s.closed = true
	left := s.left()
	for _, p := range left {
		_ = p.Kill() // all at once; Close would end one after the other
	}
	for _, p := range left {
		p.Close()
	}
	if s.thread != nil {
		s.thread.close()
		s.thread = nil
	}
}

func (s *Spawner) remember(p *Process) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.live == nil {
		s.live = make(map[*Process]struct{})
	}
	s.live[p] = struct{}{}
}

func (s *Spawner) forget(p *Process) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.live, p)
}

func (s *Spawner) left() []*Process {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Collect(maps.Keys(s.live))
}

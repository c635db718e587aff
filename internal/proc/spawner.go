package proc

import (
	"maps"
	"runtime"
	"slices"
	"sync"
	"time"
)

// Spawner starts processes and outlives them: it holds the thread they are forked on. The zero value is ready, and
// costs nothing before the first Start. A Spawner must not be copied after that.
type Spawner struct {
	// Service names the service among all that run on the machine. Its processes are marked with it, and those that
	// outlived an earlier run of the service, because they had left their group, are killed before the first Start. It must
	// be set before that; empty does none of this.
	Service string

	start  sync.Mutex // one fork at a time, none after Close; guards the six below
	thread *thread
	mark   mark // of a named Service, once it is needed
	swept  bool
	unheld bool   // children cannot be held before their first instruction here
	before moment // when this program began, if workers of an earlier one may have to be reaped; zero if not
	closed bool

	mu   sync.Mutex            // a leaf; guards live
	live map[*Process]struct{} // that are not closed, or of whose group something is left

	memory memoryTable
	grace  time.Duration // instead of groupGrace; set before the first Start
}

// Start starts a process and returns when the kernel has accepted its program. The error is a *StartError or ErrClosed,
// and nothing is left then. The process is the caller's to Close.
func (s *Spawner) Start(spec Spec) (*Process, error) {
	if err := spec.validate(); err != nil {
		return nil, err
	}
	return s.launch(spec, spec.kind())
}

func (s *Spawner) launch(spec Spec, k kind) (*Process, error) {
	s.start.Lock()
	defer s.start.Unlock()
	if err := s.open(); err != nil {
		return nil, err
	}
	spec = s.marked(spec)
	b, err := newBirth(spec, k)
	if err != nil {
		return nil, startError(spec, err)
	}
	c, err := s.fork(b)
	if err != nil {
		b.cancel()
		return nil, startError(spec, err)
	}
	b.wiring.release()
	p := newProcess(b, c.pid, c, s, s.forget)
	s.remember(p)
	p.run()
	return p, nil
}

// open makes the spawner ready for its first fork. s.start is held.
func (s *Spawner) open() error {
	if s.closed {
		return ErrClosed
	}
	if s.thread != nil {
		s.reapEarlier()
		return nil
	}
	s.thread = newThread()
	if s.Service == "" {
		return nil
	}
	s.before = imageStart()
	s.identify()
	if !s.swept {
		_, _ = s.sweep()
	}
	s.reapEarlier()
	return nil
}

// identify gives the spawner its mark. s.start is held.
func (s *Spawner) identify() {
	if s.mark == (mark{}) {
		s.mark = newMark(s.Service)
	}
}

// marked is spec with the mark of the spawner's run.
func (s *Spawner) marked(spec Spec) Spec {
	if s.Service != "" {
		spec.Run = s.mark.String()
	}
	return spec
}

// enlist is spec with the mark of the spawner, for a process that a fork server starts.
func (s *Spawner) enlist(spec Spec) (Spec, error) {
	s.start.Lock()
	defer s.start.Unlock()
	if s.closed {
		return spec, ErrClosed
	}
	return s.marked(spec), nil
}

// adopt makes a process the spawner's that a fork server has started.
func (s *Spawner) adopt(p *Process) error {
	s.start.Lock()
	defer s.start.Unlock()
	if s.closed {
		return ErrClosed
	}
	s.remember(p)
	return nil
}

// Close kills every process that was not closed, waits until nothing of them and of their groups is left, and gives the thread
// back. Of a named Service it also kills what has left its group. It may be called more than once.
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
	for _, p := range left {
		<-p.over
	}
	if s.thread == nil {
		return
	}
	s.thread.close()
	s.thread = nil
	if s.Service != "" {
		_, _ = sweep(func(_ owner, m mark) bool { return m == s.mark })
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

// thread is an operating system thread of our own. Linux sends Pdeathsig when the thread that forked ends, not when the
// service does, and Go moves goroutines between threads and ends some: so everything is forked on one that stays.
type thread struct {
	work chan func()
	over chan struct{}
}

func newThread() *thread {
	t := &thread{work: make(chan func()), over: make(chan struct{})}
	go t.run()
	return t
}

// run never unlocks: the thread ends with the goroutine, and no other goroutine gets the thread that forked the children.
func (t *thread) run() {
	defer close(t.over)
	runtime.LockOSThread()
	for f := range t.work {
		f()
	}
}

// do runs f on the thread and returns after it.
func (t *thread) do(f func()) {
	done := make(chan struct{})
	t.work <- func() {
		defer close(done)
		f()
	}
	<-done
}

func (t *thread) close() {
	close(t.work)
	<-t.over
}

package proc

import "runtime"

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

// run never unlocks, so the thread ends with the goroutine and nobody inherits our children.
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

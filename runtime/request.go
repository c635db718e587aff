package runtime

import (
	"context"
	"sync/atomic"
)

// request is something that one goroutine wants done by whoever runs the machine. It is either done or given up, so that
// nothing of it happens after the one who asked has gone.
type request struct {
	f     func()
	state atomic.Uint32 // requestOpen, then one of the others
	done  chan struct{}
	err   error // valid when done is closed
}

const (
	requestOpen uint32 = iota
	requestRun
	requestGivenUp
)

func (r *request) run(machine string) {
	if !r.state.CompareAndSwap(requestOpen, requestRun) {
		return
	}
	r.err = ErrUnfinished
	defer close(r.done)
	defer func() {
		if r.err == ErrUnfinished {
			r.err = newPanicError(machine, recover())
		}
	}()
	r.f()
	r.err = nil
}

// giveUp makes sure that the request is not run later. It reports false if it is being run or has been.
func (r *request) giveUp() bool { return r.state.CompareAndSwap(requestOpen, requestGivenUp) }

// request has f run between two events and waits for it. It is not run if an error other than a [PanicError] is returned.
func (s *Server) request(ctx context.Context, f func()) error {
	if err := s.checkCaller(ctx); err != nil {
		return err
	}
	r := &request{f: f, done: make(chan struct{})}
	if err := s.send(&message{request: func() { r.run(s.engine.info.Machine) }}, drainBudget{messages: batchSize}); err != nil {
		return err
	}
	select {
	case <-r.done:
		return r.err
	default:
	}
	var err error
	select {
	case <-r.done:
		return r.err
	case <-ctx.Done():
		err = context.Cause(ctx)
	case <-s.ended():
		err = s.Err()
	}
	if r.giveUp() {
		return err
	}
	<-r.done
	return r.err
}

// Inspect runs f between two events, when nobody else runs the machine, and waits for it. It also works on a machine that
// has ended. f must not block and must not call the machine. If f panics the machine lives on and Inspect returns a
// [PanicError]; after any other error f has not been run and will not be.
func (s *Server) Inspect(ctx context.Context, f func()) error {
	err := s.request(ctx, f)
	if _, ended := err.(*StoppedError); !ended {
		return err
	}
	r := &request{f: f, done: make(chan struct{})} // nothing changes any more: it can be looked at without owning it
	r.run(s.engine.info.Machine)
	return r.err
}

// Stop ends the machine between two events, with reason for everybody who waits, and waits for the end. A machine that has
// ended already keeps its reason. A reason of nil is a normal end.
func (s *Server) Stop(ctx context.Context, reason error) error {
	if err := s.checkCaller(ctx); err != nil {
		return err
	}
	_ = s.send(&message{request: func() { s.engine.Stop(reason) }}, drainBudget{messages: batchSize}) // fails only if it has ended
	select {
	case <-s.Done():
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// admit refuses whoever could only wait in vain: a hook of this very machine, and one whose context is over.
func (s *Server) checkCaller(ctx context.Context) error {
	if ctx.Value(hookKey{}) == s.engine {
		return ErrReentrant
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

// Suspend makes the machine serve nothing but requests, from the moment it returns. Events and time-outs pile up in the
// order of their arrival (R099). To suspend a suspended machine changes nothing.
func (s *Server) Suspend(ctx context.Context) error {
	return s.request(ctx, func() {
		s.engine.flags |= flagSuspended
		s.setSuspended(true)
	})
}

// Resume makes a suspended machine go on with what has piled up (R100).
func (s *Server) Resume(ctx context.Context) error {
	return s.request(ctx, func() {
		s.engine.flags &^= flagSuspended
		s.setSuspended(false)
	})
}

func (s *Server) setSuspended(yes bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.acquireInbox().out.suspended = yes
}

// suspended is for whoever runs the machine.
func (s *Server) suspended() bool { return s.engine.flags&flagSuspended != 0 }

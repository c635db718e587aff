package engine

import (
	"context"
	"sync/atomic"

	fsm "github.com/fsmgen/fsmgen/runtime"
)

// request is a function that a goroutine wants to be run by the owner of the machine. It is either
// run or given up: it does not run after the goroutine that waited for it has gone on.
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

// run runs the function unless the request was given up. It contains a panic, and the end of the
// goroutine.
func (r *request) run(machine string) {
	if !r.state.CompareAndSwap(requestOpen, requestRun) {
		return
	}
	r.err = ErrUnfinished
	defer close(r.done)
	defer func() {
		if r.err == ErrUnfinished {
			r.err = NewPanicError(machine, recover())
		}
	}()
	r.f()
	r.err = nil
}

// giveUp keeps the request from being run later. It reports false if it runs or has run.
func (r *request) giveUp() bool { return r.state.CompareAndSwap(requestOpen, requestGivenUp) }

// Request runs f between two events and waits for it. With an error other than a [fsm.PanicError], f
// has not been run and will not be.
func (s *Server) Request(ctx context.Context, f func()) error {
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

// Inspect runs f between two events and waits for it. It also works on a machine that has ended. f
// must not block and must not call the machine. If f panics, the machine goes on and Inspect
// returns a [fsm.PanicError]. After any other error, f has not been run and will not be.
func (s *Server) Inspect(ctx context.Context, f func()) error {
	err := s.Request(ctx, f)
	if _, ended := err.(*fsm.StoppedError); !ended {
		return err
	}
	r := &request{f: f, done: make(chan struct{})} // the machine no longer changes: it can be read without owning it
	r.run(s.engine.info.Machine)
	return r.err
}

// Stop ends the machine between two events and waits for the end. All waiting callers get the
// reason; nil is a normal end. A machine that has ended already keeps its reason.
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

// checkCaller returns an error for a caller that must not wait: a hook of this machine, or a caller
// with a context that has ended.
func (s *Server) checkCaller(ctx context.Context) error {
	if ctx.Value(hookKey{}) == s.engine {
		return fsm.ErrReentrant
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

// Suspend makes the machine serve only requests, from its return on. Events and time-outs wait in
// the order of their arrival (R099). Suspending a suspended machine changes nothing.
func (s *Server) Suspend(ctx context.Context) error {
	return s.Request(ctx, func() {
		s.engine.flags |= flagSuspended
		s.setSuspended(true)
	})
}

// Resume makes a suspended machine handle events again, beginning with those that wait (R100).
func (s *Server) Resume(ctx context.Context) error {
	return s.Request(ctx, func() {
		s.engine.flags &^= flagSuspended
		s.setSuspended(false)
	})
}

// setSuspended makes the inbox skip events, or stop doing so. Only the owner may call it.
func (s *Server) setSuspended(yes bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.acquireInbox().out.suspended = yes
}

// IsSuspended reports whether the machine is suspended. Only the owner may call it.
func (s *Server) IsSuspended() bool { return s.engine.flags&flagSuspended != 0 }

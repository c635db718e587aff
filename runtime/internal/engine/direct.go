package engine

import (
	fsm "github.com/fsmgen/fsmgen/runtime"
	"github.com/fsmgen/fsmgen/runtime/internal/reply"
)

// spins is the number of attempts of a sender to take a machine that is being run, before it
// enqueues its event.
const spins = 50

// Enter takes the machine if it is idle and no message waits. If it returns true, the goroutine
// owns the machine and must give it back by [Server.Release] or [Server.Leave].
//
// Ownership is one flag in the word, changed by compare-and-swap; no lock is involved. An event
// that meets an idle machine costs two atomic writes. An example, with G1 and G2 two goroutines,
// and the word written as state and flags:
//
//	G1  Enter     locked          -> locked|owned          G1 runs the step: locked to open
//	G2  Enter     fails: owned is set
//	G2  enqueue   locked|owned    -> locked|owned|queued   G2 has put its event into the inbox
//	G1  Release   fails: queued is set
//	G1  Leave     serves the inbox: the event of G2
//	G1  nextItem  open|owned|queued -> open                under the lock: nothing is left
//
// Had G2 not come, Release would have written the new state and cleared owned in one step, and the
// next Enter would succeed. No event is lost in between: a sender sets queued under the lock after
// it has put its event in. The compare-and-swap of Release fails if that was before, and if it was
// after, the sender sees that owned is not set and runs the machine itself.
func (s *Server) Enter() bool {
	w := s.word.Load()
	return w&wordFlags == 0 && s.word.CompareAndSwap(w, w|wordOwned)
}

// Release gives the machine back after a direct step that returns err. It reports false if the step
// is not complete or has left something to do: then [Server.Leave] must be called.
//
// Ways to give the machine back, from the fast one to the complete one:
//
//	Release              one compare-and-swap, small enough to be inlined into generated code
//	releaseUnlessQueued  the same, also with timers and observers
//	releaseOrDrain       re-arms timers, and serves the inbox if messages wait
//	Leave, leaveBoxed    also end the machine if the step did not complete: for a typed or a boxed event
func (s *Server) Release(err error) bool {
	e := s.engine
	if e.flags&^flagWatched != 0 || err == ErrUnfinished {
		return false
	}
	w := s.word.Load()
	return w&wordQueued == 0 && s.word.CompareAndSwap(w, uint64(e.state)<<wordShift)
}

// Leave gives the machine back where [Server.Release] reported false. Generated code defers it, with
// err the address of the error that its method returns, and v the value of recover. The method sets
// *err to [ErrUnfinished] before the step, and the step overwrites it when it returns. So, if *err is
// still ErrUnfinished, a hook has panicked or has ended its goroutine: the machine ends, and Leave
// sets *err to the error for the caller of the step.
func (s *Server) Leave(err *error, v any) {
	if *err == ErrUnfinished {
		*err = s.crash(v, nil)
	}
	s.releaseOrDrain(drainBudget{})
}

// enterBoxed is Enter for a boxed event, which may also run while wordBoxed is set. It tries
// several times: a step takes less time than waiting in the inbox.
func (s *Server) enterBoxed() bool {
	for range spins {
		w := s.word.Load()
		switch w & (wordFlags &^ wordBoxed) {
		case 0:
			if s.word.CompareAndSwap(w, w|wordOwned) {
				return true
			}
		case wordOwned:
		default: // messages wait already, or events must go through the inbox
			return false
		}
	}
	return false
}

// releaseOrDrain gives the machine back. If messages wait, the goroutine serves them within its
// budget first.
func (s *Server) releaseOrDrain(budget drainBudget) {
	if s.engine.flags&flagRearm != 0 {
		s.rearm()
	}
	if !s.engine.Direct() || !s.releaseUnlessQueued() {
		s.drain(budget)
	}
}

// releaseUnlessQueued gives the machine back unless a message waits. It reports whether it has.
func (s *Server) releaseUnlessQueued() bool {
	w := s.word.Load()
	return w&wordQueued == 0 && s.word.CompareAndSwap(w, s.idle())
}

// idle returns the word of the machine without an owner and without a message that can be served.
func (s *Server) idle() uint64 {
	w := uint64(s.engine.state) << wordShift
	if !s.engine.Direct() {
		w |= wordIndirect
	}
	if s.engine.flags&flagTimed != 0 {
		w |= wordBoxed
	}
	return w
}

// castDirect handles a cast on the goroutine of its sender, which has just taken the machine. On
// the short path it is one call of Step: no queue and no From.
func (s *Server) castDirect(kind Kind, content any) {
	err := ErrUnfinished
	defer func() {
		if !s.Release(err) {
			s.leaveBoxed(&err, recover(), drainBudget{messages: batchSize})
		}
	}()
	e := s.engine
	if !e.takesShortPath() {
		_, err = e.runStep(s.machine, Event{Kind: kind, Content: content})
		return
	}
	_, err = s.machine.Step(Event{Kind: kind, Content: content})
	switch err {
	case nil:
	case fsm.ErrPending:
		e.postponeShort(Event{Kind: kind, Content: content})
	default:
		e.countUnhandled(err)
	}
}

// callDirect handles a call on the goroutine of its caller, as castDirect does for a cast. A call
// on the short path has no From: the reply is the result of Step. The error is [fsm.ErrPending] if the
// call needed a From, which is budget.call then: the caller waits for its answer.
func (s *Server) callDirect(content any, budget *drainBudget) (value any, err error) {
	err = ErrUnfinished
	defer func() {
		if !s.Release(err) {
			s.leaveBoxed(&err, recover(), *budget)
		}
	}()
	e := s.engine
	if e.takesShortPath() {
		value, err = s.machine.Step(Event{Kind: KindCall, Content: content})
		if err != fsm.ErrPending {
			budget.messages = 0 // the caller has its reply: another goroutine serves the messages that wait
			return value, err
		}
	}
	budget.call = new(reply.From)
	ev := Event{Kind: KindCall, Content: content, From: budget.call}
	if err == fsm.ErrPending {
		e.postponeShort(ev)
		return nil, fsm.ErrPending
	}
	_, _ = e.runStep(s.machine, ev)
	return nil, fsm.ErrPending
}

// leaveBoxed is [Server.Leave] for a boxed event: the goroutine serves messages within its
// budget.
func (s *Server) leaveBoxed(err *error, v any, budget drainBudget) {
	if *err == ErrUnfinished {
		*err = s.crash(v, budget.call)
	}
	s.releaseOrDrain(budget)
}

// crash ends the machine because a hook panicked with v, or ended its goroutine, while it handled
// the call of from. from may be nil.
func (s *Server) crash(v any, from *reply.From) error {
	err := NewPanicError(s.engine.info.Machine, v)
	err.State = s.engine.stateName()
	locate(err, s.machine, s.engine.info.Events)
	s.engine.Crash(err, err)
	s.engine.SetLastCall(from)
	return err
}

package runtime

import (
	"context"
	"reflect"
)

// spins is how often a sender looks whether a machine that runs has become idle.
const spins = 50

// Enter takes the machine if it is idle and nothing waits. Whoever gets true must give it back, by [Server.Release] or by
// [Server.Leave].
func (s *Server) Enter() bool {
	w := s.word.Load()
	return w&wordFlags == 0 && s.word.CompareAndSwap(w, w|wordOwned)
}

// Release gives the machine back after a direct step that returns err. It reports false if the step is not complete or has
// left something to do: then [Server.Leave] gives it back.
func (s *Server) Release(err error) bool {
	e := s.engine
	if e.flags&^flagWatched != 0 || err == ErrUnfinished {
		return false
	}
	w := s.word.Load()
	return w&wordQueued == 0 && s.word.CompareAndSwap(w, uint64(e.state)<<wordShift)
}

// Leave gives the machine back after a direct step that [Server.Release] does not suffice for. It is called while the step
// returns *err, or panics with v: if *err is still [ErrUnfinished], the machine ends, and *err becomes what its caller gets.
func (s *Server) Leave(err *error, v any) {
	if *err == ErrUnfinished {
		*err = s.crash(v, nil)
	}
	s.giveBack(drainBudget{})
}

// enterBoxed is Enter for an event in a box, whose sender can wait a moment: a step takes less time than a message that has
// to wait.
func (s *Server) enterBoxed() bool {
	for range spins {
		w := s.word.Load()
		switch w & (wordFlags &^ wordBoxed) {
		case 0:
			if s.word.CompareAndSwap(w, w|wordOwned) {
				return true
			}
		case wordOwned:
		default: // others wait already, or the machine is not to be entered
			return false
		}
	}
	return false
}

// leave gives the machine back, after serving what waits as long as p says.
func (s *Server) giveBack(budget drainBudget) {
	if s.engine.flags&flagRearm != 0 {
		s.rearm()
	}
	if !s.engine.Direct() || !s.tryRelease() {
		s.drain(budget)
	}
}

// release gives the machine back unless something waits for it.
func (s *Server) tryRelease() bool {
	w := s.word.Load()
	return w&wordQueued == 0 && s.word.CompareAndSwap(w, s.idle())
}

// idle is the word of the machine while nobody runs it and nothing in its mailbox can be served.
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

// castDirect handles a cast on the goroutine of its sender, who has just taken the machine.
func (s *Server) castDirect(kind Kind, content any) {
	err := ErrUnfinished
	defer func() {
		if !s.Release(err) {
			s.giveBackBoxed(&err, recover(), drainBudget{messages: batchSize})
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
	case ErrPending:
		e.postponeShort(Event{Kind: kind, Content: content})
	default:
		e.countUnhandled(err)
	}
}

// callDirect is castDirect for a call. The error is [ErrPending] if p.own is the call now, which is answered later.
func (s *Server) callDirect(content any, budget *drainBudget) (reply any, err error) {
	err = ErrUnfinished
	defer func() {
		if !s.Release(err) {
			s.giveBackBoxed(&err, recover(), *budget)
		}
	}()
	e := s.engine
	if e.takesShortPath() {
		reply, err = s.machine.Step(Event{Kind: KindCall, Content: content})
		if err != ErrPending {
			budget.messages = 0 // others are served by somebody else
			return reply, err
		}
	}
	budget.call = new(From)
	ev := Event{Kind: KindCall, Content: content, From: budget.call}
	if err == ErrPending {
		e.postponeShort(ev)
		return nil, ErrPending
	}
	_, _ = e.runStep(s.machine, ev)
	return nil, ErrPending
}

func (s *Server) giveBackBoxed(err *error, v any, budget drainBudget) {
	if *err == ErrUnfinished {
		*err = s.crash(v, budget.call)
	}
	s.giveBack(budget)
}

// crash ends the machine because of a hook that panicked with v, or ended its goroutine, while it handled the call of from.
func (s *Server) crash(v any, from *From) error {
	err := newPanicError(s.engine.info.Machine, v)
	s.engine.crash(err, err)
	s.engine.setLastCall(from)
	return err
}

// hookKey marks a context that was given to a hook, with the engine whose hook it is.
type hookKey struct{}

// HookContext returns the context of the hooks of this machine. A call that is made with it on the same machine fails
// with [ErrReentrant] instead of waiting for itself.
func (e *Engine) HookContext() context.Context {
	return context.WithValue(context.Background(), hookKey{}, e)
}

// Call sends an event and waits for its reply, for ctx, or for the machine's end. If ctx ends first the error is a
// [WaitError]: an event that the machine has not met yet is withdrawn, any other goes on and its reply is dropped (R068).
// Generated methods use Call when the event has to wait.
func Call[R any](ctx context.Context, s *Server, content any) (R, error) {
	return typed[R](s.call(ctx, content))
}

// typed gives a reply its type. An event without a reply type has none.
func typed[R any](value any, err error) (R, error) {
	reply, ok := value.(R)
	if !ok && value != nil {
		err = &ReplyTypeError{Want: reflect.TypeFor[R](), Got: reflect.TypeOf(value)}
	}
	return reply, err
}

func (s *Server) call(ctx context.Context, content any) (any, error) {
	if ctx.Value(hookKey{}) == s.engine {
		return nil, ErrReentrant
	}
	if ctx.Err() != nil {
		return nil, &WaitError{Machine: s.engine.info.Machine, Withdrawn: true, Cause: context.Cause(ctx)}
	}
	budget := drainBudget{messages: batchSize, ctx: ctx}
	met := s.enterBoxed()
	if met {
		if reply, err := s.callDirect(content, &budget); err != ErrPending {
			return reply, err
		}
	} else {
		budget.call = new(From)
		if err := s.send(&message{event: Event{Kind: KindCall, Content: content, From: budget.call}}, budget); err != nil {
			return nil, err
		}
	}
	if err := budget.call.await(ctx, s); err != nil {
		return budget.call.giveUp(&WaitError{Machine: s.engine.info.Machine, Cause: err}, met)
	}
	return budget.call.result()
}

// Cast sends an event one way. It fails only if the event cannot be delivered: an event that the state rejects when its
// turn comes is counted, reported to the observer and dropped.
func (s *Server) Cast(content any) error {
	if s.enterBoxed() {
		s.castDirect(KindCast, content)
		return nil
	}
	return s.send(content, drainBudget{messages: batchSize})
}

// Post is [Server.Cast] for hooks: it never runs the machine on the goroutine of the sender, who may be running another
// one. The order of what one sender posts and casts is kept.
func (s *Server) Post(content any) error {
	runs, err := s.enqueue(content)
	if runs {
		go s.drain(unlimited())
	}
	return err
}

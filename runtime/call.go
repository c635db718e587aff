package runtime

import (
	"context"
	"reflect"
)

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

package engine

import (
	"context"
	"reflect"

	fsm "github.com/fsmgen/fsmgen/runtime"
	"github.com/fsmgen/fsmgen/runtime/internal/reply"
)

// hookKey is the key of the context value that marks a context as one of a hook. The value is the
// engine of the hook.
type hookKey struct{}

// HookContext returns the context for the hooks of this machine. A call that is made with it on the
// same machine fails with [fsm.ErrReentrant] instead of waiting for itself.
func (e *Engine) HookContext() context.Context {
	return context.WithValue(context.Background(), hookKey{}, e)
}

// Call sends an event and waits for its reply. It is [Server.Call] with the type of the reply.
func Call[R any](ctx context.Context, s *Server, content any) (R, error) {
	return typed[R](s.Call(ctx, content))
}

// typed converts a reply to its type. An event without a reply type has the reply nil.
func typed[R any](value any, err error) (R, error) {
	reply, ok := value.(R)
	if !ok && value != nil {
		err = &fsm.ReplyTypeError{Want: reflect.TypeFor[R](), Got: reflect.TypeOf(value)}
	}
	return reply, err
}

// Call sends a call and waits for its reply, for the end of ctx, or for the end of the machine. If
// ctx ends first, the error is a [fsm.WaitError]: an event that the machine has not handled yet is
// withdrawn; any other event is handled and its reply is dropped (R068). A From, with its channel, is the expensive part of a
// call. It is allocated only if the reply cannot be the result of Step, in four cases:
//
//	idle, short path, Step returns a reply       callDirect returns it: no From
//	idle, short path, Step returns fsm.ErrPending    the event is postponed with a From; a later step answers it
//	idle, long path                              runStep answers the From, or a hook keeps it
//	owned by another goroutine                   the event goes into the inbox with a From
//
// In the last three the caller serves other messages within its budget, if it owns the machine, and
// then waits. met says that the machine has begun to handle the event: then it cannot be withdrawn
// when ctx ends. A cast goes the same ways without a From.
func (s *Server) Call(ctx context.Context, content any) (any, error) {
	if ctx.Value(hookKey{}) == s.engine {
		return nil, fsm.ErrReentrant
	}
	if ctx.Err() != nil {
		return nil, &fsm.WaitError{Machine: s.engine.info.Machine, Withdrawn: true, Cause: context.Cause(ctx)}
	}
	budget := drainBudget{messages: batchSize, ctx: ctx}
	met := s.enterBoxed()
	if met {
		if reply, err := s.callDirect(content, &budget); err != fsm.ErrPending {
			return reply, err
		}
	} else {
		budget.call = new(reply.From)
		if err := s.send(&message{event: Event{Kind: KindCall, Content: content, From: budget.call}}, budget); err != nil {
			return nil, err
		}
	}
	if err := s.await(ctx, budget.call); err != nil {
		return giveUp(budget.call, &fsm.WaitError{Machine: s.engine.info.Machine, Cause: err}, met)
	}
	return reply.Result(budget.call)
}

// await waits for the answer of a call, or returns the cause of ctx if that ends first: the call
// stays open then. When the machine ends, await answers the call itself: a hook may have kept the
// From and never answer it (R071).
func (s *Server) await(ctx context.Context, f *reply.From) error {
	if reply.IsAnswered(f) {
		return nil
	}
	select {
	case <-reply.Answered(f):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-s.ended():
		reply.AnswerWith(f, s.Err())
		return nil
	}
}

// giveUp ends a call for its caller after the context has ended. It sets err.Withdrawn if the event
// could be withdrawn. If an answer is being stored at this moment, giveUp returns that answer.
func giveUp(f *reply.From, err *fsm.WaitError, met bool) (any, error) {
	if !met && reply.Withdraw(f) {
		err.Withdrawn = true
		return nil, err
	}
	reply.AnswerWith(f, err)
	return reply.Result(f)
}

// Cast sends an event without waiting for a reply. It fails only if the event cannot be delivered.
// An event that the state rejects when it is handled is counted, reported to the observer and
// dropped.
func (s *Server) Cast(content any) error {
	if s.enterBoxed() {
		s.castDirect(KindCast, content)
		return nil
	}
	return s.send(content, drainBudget{messages: batchSize})
}

// Post is [Server.Cast] for hooks of other machines: it never runs the machine on the goroutine of
// the sender, which may be running another machine. The order of the posts and casts of one sender
// is kept.
func (s *Server) Post(content any) error {
	runs, err := s.enqueue(content)
	if runs {
		go s.drain(unlimited())
	}
	return err
}

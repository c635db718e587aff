package engine

import (
	"context"
	"errors"
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

// ErrAbandoned is the result of waiting for a call after [Pending.Abandon].
var ErrAbandoned = errors.New("fsm: abandoned: send the call again")

// Pending is a call that has been sent. Its reply is collected later. It belongs to one goroutine.
// It may be dropped: only the reply is lost.
type Pending[R any] struct {
	server *Server
	from   *reply.From
}

// Send sends a call and does not wait for its reply. It fails only if the call cannot be delivered.
func Send[R any](s *Server, content any) (Pending[R], error) {
	p := Pending[R]{server: s, from: new(reply.From)}
	ev := Event{Kind: KindCall, Content: content, From: p.from}
	return p, s.send(&message{event: ev}, drainBudget{messages: batchSize, call: p.from})
}

// Wait waits for the reply, for the end of ctx, or for the end of the machine. After ctx has ended,
// Wait may be called again. After the reply has come, each Wait returns it.
func (p Pending[R]) Wait(ctx context.Context) (R, error) {
	var none R
	if reply.IsAnswered(p.from) {
		return typed[R](reply.Result(p.from))
	}
	if err := p.server.checkCaller(ctx); err != nil {
		return none, err
	}
	if err := p.server.await(ctx, p.from); err != nil {
		return none, err
	}
	return typed[R](reply.Result(p.from))
}

// Answered returns a channel that is closed when Wait has a reply to return. It is for a select
// over several calls. A machine may end without answering: see [Server.Done].
func (p Pending[R]) Answered() <-chan struct{} { return reply.Answered(p.from) }

// Abandon gives up the reply: a later reply is dropped, and Wait returns [ErrAbandoned]. It reports
// false if the reply has come already.
func (p Pending[R]) Abandon() bool { return p.from.Fail(ErrAbandoned) }

package runtime

import "context"

// hookKey marks a context that was given to a hook, with the engine whose hook it is.
type hookKey struct{}

// HookContext returns the context of the hooks of this machine. A call that is made with it on the same machine fails
// with [ErrReentrant] instead of waiting for itself.
func (e *Engine) HookContext() context.Context {
	return context.WithValue(context.Background(), hookKey{}, e)
}

type answer struct {
	value any
	err   error
}

// Call sends an event and waits for its reply, for ctx, or for the machine's end. A call that ctx ends may still be handled
// later; its reply is dropped (R068). Generated methods use it when the event has to wait.
func Call[R any](ctx context.Context, s *Server, content any) (R, error) {
	var none R
	value, err := s.call(ctx, content)
	if err != nil {
		return none, err
	}
	reply, _ := value.(R) // nil for an event without a reply type
	return reply, nil
}

func (s *Server) call(ctx context.Context, content any) (any, error) {
	if err := s.admit(ctx); err != nil {
		return nil, err
	}
	answers := make(chan answer, 1)
	from := NewFrom(func(value any, err error) { answers <- answer{value, err} })
	ev := Event{Kind: KindCall, Content: content, From: from}
	if err := s.post(mail{event: ev}, patience{batch, from, ctx.Done()}); err != nil {
		return nil, err
	}
	select {
	case a := <-answers:
		return a.value, a.err
	default:
	}
	select {
	case a := <-answers:
		return a.value, a.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	case <-s.Done():
	}
	select {
	case a := <-answers:
		return a.value, a.err
	default: // somebody kept it to answer it later, and later will not come (R071)
		return nil, s.Err()
	}
}

// Cast sends an event one way. It fails only if the event cannot be delivered: an event that the state rejects when its
// turn comes is reported to the observer and dropped.
func (s *Server) Cast(content any) error {
	return s.post(mail{event: Event{Kind: KindCast, Content: content}}, patience{budget: batch})
}

// Post is [Server.Cast] for hooks: it never runs the machine on the goroutine of the sender, who may be running another
// one. The order of what one sender posts and casts is kept.
func (s *Server) Post(content any) error {
	runs, err := s.put(mail{event: Event{Kind: KindCast, Content: content}})
	if runs {
		go s.drain(patience{budget: batch})
	}
	return err
}

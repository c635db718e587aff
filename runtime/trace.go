package runtime

import "context"

// Trace shows o every step of a machine that lives, the small ones too, until it ends or Trace is called again; nil ends it.
// It begins and ends between two events. Meanwhile every event takes longer: see [Selective].
func (s *Server) Trace(ctx context.Context, o Observer) error {
	return s.request(ctx, func() {
		s.engine.ensureWatch().tracer = o
		s.engine.refreshInterest()
	})
}

// traced reports one of the small things, if somebody wants to see them.
func (e *Engine) traced(kind StepKind, event string) {
	if e.flags&flagTraced == 0 {
		return
	}
	state := e.stateName()
	e.report(&stepRecord{kind: kind, transition: -1, from: state, event: event, to: state})
}

func (e *Engine) stateName() string {
	if e.info.stateName != nil {
		return e.info.stateName()
	}
	return e.info.States[e.state]
}

package impl

import "context"

// The compiler inlines a function of another package only if its body is in the export data of a
// package that is imported directly. Generated code imports this package and not the engine, and the
// export data of a package has the bodies of its own functions and of those that it inlines itself.
// Therefore inlined calls the short methods of the engine that generated code calls. It never runs.
var _ = inlined

func inlined(ctx context.Context, e *Engine, s *Server, t *Type) {
	_, _, _, _ = e.Direct(), e.Watched(), e.State(), e.Stopped()
	e.Commit(0, 0)
	e.Stay(0)
	e.Raise(nil)
	e.Record()
	e.Stop(nil)
	_, _, _ = e.NoReply(0), e.NoReplyIn(0, 0), e.Err()
	_, _, _ = e.Now(), e.Info(), e.HookContext()
	_, _ = e.Deadline()
	e.Init(t, 0)
	e.UpdateTimer(0, nil)
	_ = e.Take(nil, nil)
	_ = e.Postponed()
	e.RestorePostponed()
	_, _, _, _ = s.Enter(), s.Release(nil), s.StateID(), s.Err()
	_ = s.Trace(ctx, nil)
	_, _ = t.TimerNumber("")
}

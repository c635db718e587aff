package runtime

import "github.com/fsmgen/fsmgen/runtime/internal/reply"

// Caller is the caller of a call that is answered later. A hook keeps it; any goroutine may answer.
// When the machine ends, calls without an answer fail.
type Caller[R any] struct {
	*reply.From // for the engine
}

// Reply answers the call at once, also before the current step has changed the state. It reports
// whether the answer counts: it is the first, and the caller still waits.
func (c Caller[R]) Reply(value R) bool { return c.From.Reply(value) }

// Fail answers the call with an error. It reports whether the answer counts.
func (c Caller[R]) Fail(err error) bool { return c.From.Fail(err) }

package runtime

import (
	"context"

	"github.com/fsmgen/fsmgen/runtime/internal/reply"
)

// Invocation is one activation of an invoke: work that runs beside the machine, on a goroutine of its
// own. The server of a machine runs it; without a server the owner of the machine does, and passes it
// to the method Finish of the machine. Its result is discarded if the machine has left the state of
// the invoke or has ended: the value is closed if it is an [io.Closer], otherwise each exported field
// of a struct that is one. A spec with `discard` names a hook that gets the result instead. Either
// happens once, on a goroutine that may block; a panic is logged.
type Invocation interface {
	// Run does the work. The owner of a machine without a server calls it, on any goroutine. The
	// work is done once: a second call returns at once.
	Run()
	// Resolve sets the result of the work without doing it: one that the same work of the machine had
	// before it was stored and restored (see Result), or one that a simulation makes up. It must not
	// be called while Run runs. An invocation that is finished does not change.
	Resolve(value any, err error)
	// Result returns what the work has returned, or what Resolve has set. Before that, the error is
	// [ErrWorkNotDone].
	Result() (value any, err error)
	// Invoke returns the index in [Info.Invokes].
	Invoke() int
	// Context returns the context of the work. It ends when the result is no longer needed.
	Context() context.Context
}

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

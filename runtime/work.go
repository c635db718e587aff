package runtime

import (
	"context"

	"github.com/fsmgen/fsmgen/runtime/internal/reply"
)

// Work is the work of an invoke. It runs beside the machine, on a goroutine of its own. Its inputs
// are set when it starts: the machine goes on meanwhile.
type Work interface {
	// Run does the work until ctx ends, which happens when the machine leaves the state of the
	// invoke. A result without an error that comes after that is discarded: see [Discarder].
	Run(ctx context.Context) (any, error)
}

// Discarder is a [Work] that cleans up its result. Discard gets a result without an error if the
// machine has left the state or has ended. The result of other work is closed: the value itself if
// it is an [io.Closer], otherwise each exported field of a struct that is one. Both happen once, on
// a goroutine that may block. A panic is logged.
type Discarder interface {
	Work
	Discard(value any)
}

// WorkFunc is a function as a [Work].
type WorkFunc func(ctx context.Context) (any, error)

// Run calls the function.
func (f WorkFunc) Run(ctx context.Context) (any, error) { return f(ctx) }

// Outcome is the result of the work of an invoke.
type Outcome struct {
	Invoke int // the number in [Info.Invokes]
	Value  any
	Err    error // a [PanicError] if the work panicked or ended its goroutine
}

// Invocation is one activation of an invoke. The server of a machine runs it; without a server the
// owner of the machine does, and passes it to the method Finish of the machine.
type Invocation interface {
	// Run does the work. The owner of a machine without a server calls it, on any goroutine. The
	// work is done once: a second call returns at once.
	Run()
	// Resolve sets the result of the work without doing it, for programs that simulate a machine.
	// It must not be called while Run runs. An invocation that is finished does not change.
	Resolve(value any, err error)
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

package runtime

import (
	"context"
	"log/slog"
	"time"
)

// Config is the configuration of a live machine. The zero value of every field is usable.
type Config struct {
	// Name is the name of the instance in logs and steps. If it is empty, the name of the machine
	// type is used.
	Name string
	// Group is the timer that the machine shares with others. If it is nil, the machine gets one of
	// its own.
	Group *Group
	// Mailbox is the largest number of casts and calls that may wait. 0 means 1024, a negative
	// value means no bound. Time-outs and requests always fit.
	Mailbox int
	// History keeps the last steps. If it is nil, none are kept, which saves reading the clock at
	// each step.
	History *History
	// Observer gets every step. Nil costs nothing.
	Observer Observer
	// Logger gets every step: a crash as an error, a rejection as a warning and every other step as
	// a debug message. A panic in the work of an invoke is an error too. Nil costs nothing.
	Logger *slog.Logger
	// SlowHook is the duration of the hooks of one event from which the Logger gets a warning. 0
	// means 10 ms, a negative value means never. It costs two readings of the clock per event, and
	// nothing if it is negative or if the logger drops warnings when the machine starts.
	SlowHook time.Duration
}

// BareConfig is the configuration of a machine without a server. Its owner runs it, on the owner's
// goroutine. The zero value is usable.
type BareConfig struct {
	// Name is the name of the machine in steps and in the history. If it is empty, the name of the
	// machine type is used.
	Name string
	// Clock is the clock of the machine's timers. Several machines of one owner may share it. If it
	// is nil, the machine gets a live clock of its own.
	Clock *Clock
	// History keeps the last steps. Other goroutines may read it.
	History *History
	// Observer gets the steps on the goroutine of the owner. [Step.At] is the start of the clock
	// plus its time.
	Observer Observer
}

// Control is the set of operations on a live machine that are not events. A generated server has a
// method Control that returns it, because its own methods have the names of its events. A machine
// written by hand is a Control itself. The operations run between two events. A hook must not call
// them on its own machine: they fail with [ErrReentrant].
type Control interface {
	// Stop ends the machine and waits for the end. All waiting callers get the reason; nil is a
	// normal end. A machine that has ended already keeps its reason.
	Stop(ctx context.Context, reason error) error
	// Suspend makes the machine serve only these operations, from its return on. Events and
	// time-outs wait in the order of their arrival. Suspending a suspended machine changes nothing.
	Suspend(ctx context.Context) error
	// Resume makes a suspended machine handle events again, beginning with those that wait.
	Resume(ctx context.Context) error
	// Inspect runs f and waits for it. It also works on a machine that has ended. f must not block
	// and must not call the machine. If f panics, the machine goes on and Inspect returns a
	// [PanicError]. After any other error, f has not been run and will not be.
	Inspect(ctx context.Context, f func()) error
	// Trace passes every step of the machine to o, details included, until the machine ends or
	// Trace is called again; nil ends it. While it is on, every event takes the long path: see
	// [Selective].
	Trace(ctx context.Context, o Observer) error
	// Stats returns the counters of this moment. It does not wait.
	Stats() Stats
}

// Stats is a set of counters of a server.
type Stats struct {
	Waiting   int    // casts and calls in the mailbox
	Unhandled uint64 // events without a waiting caller that the state did not handle
}

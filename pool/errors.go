package pool

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/fsmgen/fsmgen/pool/wire"
)

var (
	// ErrClosed is matched by the error of every request to a pool that drains or has stopped.
	ErrClosed = errors.New("pool: closed")
	// ErrClose, given to [Lease.Checkin], removes the worker: the client knows that it must not be used again.
	ErrClose = errors.New("pool: remove this worker")
	// ErrLeaseEnded is returned by a lease that was checked in, closed, or revoked because its context ended.
	ErrLeaseEnded = errors.New("pool: lease has ended: check out again")
	// ErrNotSupported is matched by what this version of the package knows of but cannot do.
	ErrNotSupported = errors.New("not supported yet")
)

// ClosedError reports a request to a pool that takes none.
type ClosedError struct {
	Pool  string
	Phase string // draining or stopped
}

func (e *ClosedError) Error() string {
	return fmt.Sprintf("pool: %s: closed: the pool is %s and takes no requests", e.Pool, e.Phase)
}

// Is makes every ClosedError match [ErrClosed].
func (e *ClosedError) Is(target error) bool { return target == ErrClosed }

// Outcome is NotRun.
func (e *ClosedError) Outcome() Outcome { return NotRun }

// WaitError reports a request that got no worker before its time was up.
type WaitError struct {
	Pool    string
	Session string // empty for anonymous work
	Waited  time.Duration
	Err     error // the cause of the context, or ErrQueueTimeout
}

func (e *WaitError) Error() string {
	return fmt.Sprintf("pool: %s: no worker was free in %v: %v", e.Pool, e.Waited.Round(time.Millisecond), e.Err)
}

func (e *WaitError) Unwrap() error { return e.Err }

// Outcome is NotRun.
func (e *WaitError) Outcome() Outcome { return NotRun }

// TooLargeError reports a payload that is over the limit of the pool.
type TooLargeError struct {
	Pool  string
	Size  int
	Limit int
}

func (e *TooLargeError) Error() string {
	return fmt.Sprintf("pool: %s: payload of %d bytes; at most %d are allowed", e.Pool, e.Size, e.Limit)
}

// Outcome is NotRun.
func (e *TooLargeError) Outcome() Outcome { return NotRun }

// UnknownCommandError reports a command that the worker does not have.
type UnknownCommandError struct {
	Worker  uint64
	Command string
	Message string // of the worker; says which commands it has
}

func (e *UnknownCommandError) Error() string {
	return fmt.Sprintf("pool: worker %d: command %q: %s", e.Worker, e.Command, e.Message)
}

// Outcome is NotRun: nothing of the application ran.
func (e *UnknownCommandError) Outcome() Outcome { return NotRun }

// HandlerError reports a command whose handler failed. It is an answer: the worker is as well as before unless Fatal.
type HandlerError struct {
	Worker    uint64
	Command   string
	Kind      string // why, in the words of the wire protocol: "handler_error", "bad_request", "too_large"
	Type      string // the type of the exception
	Message   string
	Traceback string
	Retryable bool // the handler says that trying again may help
	Fatal     bool // the handler says that its process must not be used again
}

func (e *HandlerError) Error() string {
	if e.Type == "" {
		return fmt.Sprintf("pool: worker %d: command %q: %s", e.Worker, e.Command, e.Message)
	}
	return fmt.Sprintf("pool: worker %d: command %q: %s: %s", e.Worker, e.Command, e.Type, e.Message)
}

// Outcome is Failed, or NotRun where the worker could not read the request.
func (e *HandlerError) Outcome() Outcome {
	if e.Kind == string(wire.KindBadRequest) {
		return NotRun
	}
	return Failed
}

// LostError reports a worker that went away, or talked nonsense, before it answered.
type LostError struct {
	Worker  uint64
	Command string
	Work    Outcome
	Err     error    // how the worker ended, as far as it is known
	Output  []string // the last lines that the worker wrote to stdout and stderr
}

func (e *LostError) Error() string {
	return fmt.Sprintf("pool: worker %d: lost during %q (%s): %v%s", e.Worker, e.Command, e.Work, e.Err, lastLine(e.Output))
}

func (e *LostError) Unwrap() error { return e.Err }

// Outcome is what the connection knows: NotRun or Unknown.
func (e *LostError) Outcome() Outcome { return e.Work }

// AbandonedError reports a request whose context ended before the answer. Its worker is killed, because nothing else
// stops the work.
type AbandonedError struct {
	Worker  uint64
	Command string
	Err     error // the cause of the context
}

func (e *AbandonedError) Error() string {
	return fmt.Sprintf("pool: worker %d: %q was abandoned (%s): %v", e.Worker, e.Command, Unknown, e.Err)
}

func (e *AbandonedError) Unwrap() error { return e.Err }

// Outcome is Unknown.
func (e *AbandonedError) Outcome() Outcome { return Unknown }

// StartError reports a worker that never served.
type StartError struct {
	Pool   string
	Worker uint64
	Err    error
	Output []string // the last lines that the worker wrote to stdout and stderr
}

func (e *StartError) Error() string {
	return fmt.Sprintf("pool: %s: worker %d did not start: %v%s", e.Pool, e.Worker, e.Err, lastLine(e.Output))
}

func (e *StartError) Unwrap() error { return e.Err }

// TimeoutError reports that something took longer than the configuration allows.
type TimeoutError struct {
	What  string // the field of Config
	After time.Duration
}

func (e *TimeoutError) Error() string { return fmt.Sprintf("%s of %v is over", e.What, e.After) }

// Timeout is true, as net.Error has it.
func (e *TimeoutError) Timeout() bool { return true }

// ExitError reports how a worker ended that nobody had asked to end.
type ExitError struct {
	How string // "exit status 3", "killed by SIGKILL"
}

func (e *ExitError) Error() string { return "process ended: " + e.How }

// ConfigError reports a field of [Config] that makes no sense.
type ConfigError struct {
	Field string
	What  string // what is wrong, and what is allowed
}

func (e *ConfigError) Error() string { return fmt.Sprintf("pool: config: %s %s", e.Field, e.What) }

// lastLine is the end of a message: the last line that says anything, which for Python is the exception.
func lastLine(output []string) string {
	for i := len(output) - 1; i >= 0; i-- {
		if line := strings.TrimSpace(output[i]); line != "" {
			return ": " + line
		}
	}
	return ""
}

package pool

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"time"
)

// The sentinels: errors.Is(err, ErrX) holds for every error that is one of these, whatever its type.
var (
	// ErrClosed is matched by the error of every request to a pool that drains or has stopped.
	ErrClosed = errors.New("pool: closed")
	// ErrLeaseEnded is matched by the error of a lease that was checked in or closed, or that its context or the loss of its
	// worker has ended, and by the [LostError] of the request that was in progress. Where it is the context, the error matches
	// the end of that and its cause as well.
	ErrLeaseEnded error = &leaseError{}
	// ErrNoWorker is matched by the error of a request that got no worker because none serves: those that there should be are
	// being started, do not start, or are degraded. Its [NoWorkerError] says which. Where workers serve and are busy, the error
	// is no match.
	ErrNoWorker = errors.New("pool: no worker serves")
	// ErrOverload is matched by the error of a request that was refused before it waited.
	ErrOverload = errors.New("pool: overload")
	// ErrSessionLost is matched by the error of a request of a session that has lost its state.
	ErrSessionLost = errors.New("pool: session lost")
	// ErrUpgrading is matched by the error of an upgrade that was not begun because another one is under way.
	ErrUpgrading = errors.New("pool: another upgrade is under way: wait for its end")
	// ErrSameVersion is matched by the error of an upgrade to the version that the pool has.
	ErrSameVersion = errors.New("pool: its workers have that version already: give the new code another label in Rollout.Label")
	// ErrUnknownCommand is what a [HandlerFunc] returns for a command that it does not have. Callers get an [UnknownCommandError].
	ErrUnknownCommand = errors.New("pool: unknown command")
)

// Outcome says what is known about the work of a request that failed.
type Outcome uint8

// What can be known about the work.
const (
	OutcomeNotRun  Outcome = iota + 1 // nothing of it ran: no worker got it, or the worker refused it
	OutcomeUnknown                    // a worker got it, and may have run it wholly, partly or not at all
	OutcomeFailed                     // it ran and said that it failed
)

func (o Outcome) String() string {
	switch o {
	case OutcomeNotRun:
		return "not run"
	case OutcomeUnknown:
		return "outcome unknown"
	case OutcomeFailed:
		return "failed"
	default:
		return "Outcome(invalid)"
	}
}

// OutcomeOf returns what err knows about the work of its request. An error that does not come from a pool says nothing, so
// its outcome is OutcomeUnknown.
func OutcomeOf(err error) Outcome {
	var known interface{ outcome() Outcome }
	if errors.As(err, &known) {
		return known.outcome()
	}
	return OutcomeUnknown
}

// StartError reports a worker that never served, or a start that came to no worker.
type StartError struct {
	Pool   string
	Worker uint64 // 0 if there was none
	Err    error
	Output []string // the last lines that the worker wrote to stdout and stderr
}

func (e *StartError) Error() string {
	if e.Worker == 0 {
		return fmt.Sprintf("pool: %s: did not start: %v", e.Pool, text(e.Err))
	}
	return fmt.Sprintf("pool: %s: worker %d did not start: %v%s", e.Pool, e.Worker, text(e.Err), lastWords(e.Output))
}

func (e *StartError) Unwrap() error { return e.Err }

// ConfigError reports a field of [Config] that makes no sense. [Start] and [Pool.Reconfigure] report all of them at once,
// joined as by [errors.Join]: errors.As finds the first one, and the method Unwrap() []error of what they return has all.
type ConfigError struct {
	Field string
	What  string // what is wrong, and what is allowed
}

func (e *ConfigError) Error() string { return fmt.Sprintf("pool: config: %s %s", e.Field, e.What) }

// DrainError reports a drain that did not let all requests finish.
type DrainError struct {
	Pool        string
	Interrupted int   // requests and leases that were ended by force; 0 where workers were killed after their last request
	Err         error // why: a TimeoutError because of Shutdown.ShutdownTimeout, the end of the context of Drain and its cause, or that Close was called
}

func (e *DrainError) Error() string {
	return fmt.Sprintf("pool: %s: drain: %d requests and leases were ended by force: %v", e.Pool, e.Interrupted, text(e.Err))
}

func (e *DrainError) Unwrap() error { return e.Err }

// CloseError reports that the context of a Close ended before the workers had: they were killed.
type CloseError struct {
	Pool string
	Err  error // the end of the context and its cause
}

func (e *CloseError) Error() string {
	return fmt.Sprintf("pool: %s: close: the workers that were left were killed: %v", e.Pool, text(e.Err))
}

func (e *CloseError) Unwrap() error { return e.Err }

// errClosedMeanwhile is the cause of a DrainError.
var errClosedMeanwhile = errors.New("the pool was closed meanwhile")

// SessionEndError reports a session that [Pool.CloseSession] has not ended, since a request or lease has it, or waits for it.
type SessionEndError struct {
	Pool, Session string
	Waited        time.Duration
	Err           error // the end of the context and its cause
}

func (e *SessionEndError) Error() string {
	return fmt.Sprintf("pool: %s: session %s is still in use after %v: %v", e.Pool, short(e.Session), e.Waited.Round(time.Millisecond), text(e.Err))
}

func (e *SessionEndError) Unwrap() error { return e.Err }

// TimeoutError reports that something took longer than the configuration allows.
type TimeoutError struct {
	What  string // the field of Config
	After time.Duration
}

func (e *TimeoutError) Error() string { return fmt.Sprintf("%s of %v is over", e.What, e.After) }

// Timeout is true, as net.Error has it.
func (e *TimeoutError) Timeout() bool { return true }

// ExitError reports how a process ended that the pool had not asked to end.
type ExitError struct {
	How string // "exit status 3", "killed by SIGKILL"
}

func (e *ExitError) Error() string { return "process ended: " + e.How }

// endedError is the end of a context that was given a cause. It matches both: the caller may look for
// context.Canceled and context.DeadlineExceeded, which callers that set no cause get, or for the cause.
type endedError struct {
	end   error // of the context: context.Canceled or context.DeadlineExceeded
	cause error
}

func (e *endedError) Error() string { return e.end.Error() + ": " + text(e.cause) }

// Unwrap returns the end and its cause.
func (e *endedError) Unwrap() []error { return []error{e.end, e.cause} }

// endOf returns why ctx, which has ended, has ended.
func endOf(ctx context.Context) error { return withEnd(ctx, ctx.Err()) }

// withEnd returns err. Where that is the end of ctx, or the cause of it, which is all that links know of, it returns an
// error that matches both.
func withEnd(ctx context.Context, err error) error {
	end, cause := ctx.Err(), context.Cause(ctx)
	switch {
	case end == nil, cause == end:
		return err
	case err == end:
		return &endedError{end, cause}
	case !isCause(err, cause):
		return err
	}
	if _, ok := err.(*endedError); ok {
		return err
	}
	return &endedError{end, err}
}

// isCause reports whether err has the cause of a context in its chain. Causes are the caller's: they may be of types that
// cannot be compared, such as slices of errors, which errors.Is never finds.
func isCause(err, cause error) bool {
	return errors.Is(err, cause) || (!reflect.TypeOf(cause).Comparable() && reflect.DeepEqual(err, cause))
}

// isCancel reports whether err is the end of a context that was cancelled. A cause says nothing of that: a deadline may
// have context.Canceled as its cause.
func isCancel(err error) bool {
	if e, ok := errors.AsType[*endedError](err); ok {
		return errors.Is(e.end, context.Canceled)
	}
	return errors.Is(err, context.Canceled)
}

// short quotes a name, or the beginning of a long one.
func short(name string) string {
	const enough = 64
	if len(name) <= enough {
		return strconv.Quote(name)
	}
	return fmt.Sprintf("%.*q...", enough, name)
}

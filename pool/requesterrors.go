package pool

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/fsmgen/fsmgen/pool/wire"
)

// Each error of a request has a method outcome, which [OutcomeOf] calls. It says what is known about the work.

// leaseError says how a lease has ended.
type leaseError struct {
	how   string
	ended error // how the context of the checkout has ended; nil unless that has ended the lease
}

var (
	errCheckedIn = &leaseError{how: ": it was checked in"}
	errBroken    = &leaseError{how: ": its worker is lost"}
)

// revoked is the end of a lease with ctx, the context of its checkout.
func revoked(ctx context.Context) *leaseError {
	return &leaseError{how: ": the context of its checkout is over", ended: endOf(ctx)}
}

func (e *leaseError) Error() string {
	how := e.how
	if e.ended != nil {
		how += ": " + text(e.ended)
	}
	return "pool: lease has ended" + how + ": check out again"
}

func (e *leaseError) Unwrap() error { return e.ended }

// Is makes every leaseError match [ErrLeaseEnded].
func (e *leaseError) Is(target error) bool { return target == ErrLeaseEnded }

func (e *leaseError) outcome() Outcome { return OutcomeNotRun }

// ClosedError reports a request to a pool that takes none.
type ClosedError struct {
	Pool  string
	Phase Phase // PhaseDraining, PhaseStopped or PhaseCrashed
}

func (e *ClosedError) Error() string {
	return fmt.Sprintf("pool: %s: closed: the pool is %s and takes no requests", e.Pool, e.Phase)
}

// Is makes every ClosedError match [ErrClosed].
func (e *ClosedError) Is(target error) bool { return target == ErrClosed }

func (e *ClosedError) outcome() Outcome { return OutcomeNotRun }

// WaitError reports a request that got no worker before its time was up.
type WaitError struct {
	Pool    string
	Session string // empty for anonymous work
	Waited  time.Duration
	Err     error // the end of the context and its cause, or a TimeoutError because of QueueTimeout
	// NoWorker says why no worker served at the end of the wait; nil where the workers were busy, or the request did not wait.
	NoWorker *NoWorkerError
}

func (e *WaitError) Error() string {
	return fmt.Sprintf("pool: %s: waited %v for a worker: %v%s", e.Pool, e.Waited.Round(time.Millisecond), text(e.Err), e.NoWorker.suffix())
}

// Unwrap returns Err, and NoWorker if it is not nil.
func (e *WaitError) Unwrap() []error { return withNoWorker(e.Err, e.NoWorker) }

func (e *WaitError) outcome() Outcome { return OutcomeNotRun }

// NoWorkerError says why no worker serves, in the error of a request that has waited for one in vain. It does not
// wrap Err: that is the failure of a start, and [errors.As] on the error of a request must not find it.
type NoWorkerError struct {
	Pool     string
	Breaker  BreakerState // of starts
	Starting int          // workers that are being started
	Degraded int          // workers that live and are not handed out, since requests or probes have failed
	Err      error        // of the last start, a [StartError]; nil if it has not failed
}

func (e *NoWorkerError) Error() string { return "pool: " + e.Pool + e.suffix() }

// suffix is the end of a message about a request; empty for nil.
func (e *NoWorkerError) suffix() string {
	if e == nil {
		return ""
	}
	msg := fmt.Sprintf(": no worker serves: %d are starting, %d are degraded, the breaker of starts is %s", e.Starting, e.Degraded, e.Breaker)
	if e.Err != nil {
		msg += ", the last start failed: " + text(e.Err)
	}
	return msg
}

// Is makes every NoWorkerError match [ErrNoWorker].
func (e *NoWorkerError) Is(target error) bool { return target == ErrNoWorker }

// withNoWorker returns what an error with both wraps; either may be nil.
func withNoWorker(err error, noWorker *NoWorkerError) (wrapped []error) {
	if err != nil {
		wrapped = append(wrapped, err)
	}
	if noWorker != nil {
		wrapped = append(wrapped, noWorker)
	}
	return wrapped
}

// OverloadError reports a request that was refused before it waited: too many wait already, or its turn would come too late.
type OverloadError struct {
	Pool     string
	Waiting  int
	Limit    int           // requests that may wait; 0 if it is the time that does not suffice
	Estimate time.Duration // how long it would have waited, at least
	Left     time.Duration // until its context ends
	// NoWorker says why no worker serves; nil where the workers are busy.
	NoWorker *NoWorkerError
}

func (e *OverloadError) Error() string {
	if e.Limit > 0 {
		return fmt.Sprintf("pool: %s: overload: %d requests wait: at most %d may%s", e.Pool, e.Waiting, e.Limit, e.NoWorker.suffix())
	}
	return fmt.Sprintf("pool: %s: overload: %d requests wait, about %v: the deadline is in %v",
		e.Pool, e.Waiting, e.Estimate.Round(time.Millisecond), e.Left.Round(time.Millisecond))
}

// Is makes every OverloadError match [ErrOverload].
func (e *OverloadError) Is(target error) bool { return target == ErrOverload }

// Unwrap returns NoWorker if it is not nil.
func (e *OverloadError) Unwrap() []error { return withNoWorker(nil, e.NoWorker) }

func (e *OverloadError) outcome() Outcome { return OutcomeNotRun }

// SessionBusyError reports a request that would have had to wait for the worker of its session, and did not want to.
type SessionBusyError struct{ Pool, Session string }

func (e *SessionBusyError) Error() string {
	return fmt.Sprintf("pool: %s: session %s: its worker is busy: try again, or wait with Strict or Prefer", e.Pool, short(e.Session))
}

func (e *SessionBusyError) outcome() Outcome { return OutcomeNotRun }

// SessionLostError reports that the session of a request had state on a worker that is gone. The session's next request begins it
// anew.
type SessionLostError struct {
	Pool, Session string
	Err           error // why the state that was kept could not be used; nil if none was kept

	stuck bool // the worker that was to take the state over did not answer in time, and must be ended
}

func (e *SessionLostError) Error() string {
	msg := fmt.Sprintf("pool: %s: session %s has lost its state with its worker: begin it anew", e.Pool, short(e.Session))
	if e.Err != nil {
		msg += ": " + text(e.Err)
	}
	return msg
}

func (e *SessionLostError) Unwrap() error { return e.Err }

// Is makes every SessionLostError match [ErrSessionLost].
func (e *SessionLostError) Is(target error) bool { return target == ErrSessionLost }

func (e *SessionLostError) outcome() Outcome { return OutcomeNotRun }

// RequestError reports a request that cannot be sent, to whatever worker.
type RequestError struct {
	Pool    string
	Command string
	What    string
	Err     error // may be nil
}

func (e *RequestError) Error() string {
	msg := fmt.Sprintf("pool: %s: command %s: %s", e.Pool, short(e.Command), e.What)
	if e.Err != nil {
		msg += ": " + text(e.Err)
	}
	return msg
}

func (e *RequestError) Unwrap() error { return e.Err }

func (e *RequestError) outcome() Outcome { return OutcomeNotRun }

// TooLargeError reports a request that is over a limit.
type TooLargeError struct {
	Pool  string
	What  string // payload, command or session
	Size  int    // bytes
	Limit int    // bytes
}

func (e *TooLargeError) Error() string {
	return fmt.Sprintf("pool: %s: %s of %d bytes: at most %d are allowed", e.Pool, e.What, e.Size, e.Limit)
}

func (e *TooLargeError) outcome() Outcome { return OutcomeNotRun }

// UnknownCommandError reports a command that the worker does not have.
type UnknownCommandError struct {
	Worker  uint64
	Command string
	Message string // of the worker; says which commands it has
}

func (e *UnknownCommandError) Error() string {
	return fmt.Sprintf("pool: worker %d: command %s: %s", e.Worker, short(e.Command), oneLine(e.Message, maxReason))
}

// outcome is OutcomeNotRun: nothing of the application ran.
func (e *UnknownCommandError) outcome() Outcome { return OutcomeNotRun }

// HandlerError reports that the handler of a command has failed. It is an answer: the worker is as well as before unless Fatal.
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
	what := oneLine(e.Message, maxReason)
	switch {
	case e.Type != "" && e.Message != "":
		what = oneLine(e.Type, maxType) + ": " + what
	case e.Type != "": // of MemoryError and many others the type is all there is
		what = oneLine(e.Type, maxType)
	case what == "":
		what = "the handler failed, and says no more"
	}
	return fmt.Sprintf("pool: worker %d: command %s: %s", e.Worker, short(e.Command), what)
}

// outcome is OutcomeFailed, or OutcomeNotRun where the worker could not read the request.
func (e *HandlerError) outcome() Outcome {
	if e.Kind == string(wire.KindBadRequest) {
		return OutcomeNotRun
	}
	return OutcomeFailed
}

// LostError reports a worker that ended, or broke the protocol, before it answered.
type LostError struct {
	Worker  uint64
	Command string
	Work    Outcome
	Err     error    // how the worker ended, as far as it is known
	Output  []string // the last lines that the worker wrote to stdout and stderr

	ofLease bool // the request was one of a lease, which has ended with the worker
}

func (e *LostError) Error() string {
	return fmt.Sprintf("pool: worker %d: lost during %s (%s): %v%s",
		e.Worker, short(e.Command), e.Work, text(e.Err), lastWords(e.Output))
}

func (e *LostError) Unwrap() error { return e.Err }

// Is makes the error of a request in a lease match [ErrLeaseEnded].
func (e *LostError) Is(target error) bool { return e.ofLease && target == ErrLeaseEnded }

// outcome is what the connection knows: OutcomeNotRun or OutcomeUnknown.
func (e *LostError) outcome() Outcome { return e.Work }

// ForcedError reports a worker that had to leave, being well, and was ended with the request in progress. It is in the
// [LostError] of the request. The request, or the lease that it is one of, counts in Stats.Interrupted.
type ForcedError struct {
	Reason Reason        // why the worker had to leave
	After  time.Duration // Shutdown.ShutdownTimeout, which is over; 0 where the worker had to leave at once
	Err    error         // how it ended
}

func (e *ForcedError) Error() string {
	why := string(e.Reason)
	switch e.Reason {
	case ReasonUpgraded:
		why = "replaced in an upgrade"
	case ReasonRolledBack:
		why = "replaced, since an upgrade was rolled back"
	}
	if e.After > 0 {
		why += fmt.Sprintf("; Shutdown.ShutdownTimeout of %v is over", e.After)
	}
	return fmt.Sprintf("the worker had to leave (%s): %s", why, text(e.Err))
}

func (e *ForcedError) Unwrap() error { return e.Err }

// AbandonedError reports that the context or the time of a request ended before the answer. Unless its handler has stopped, its
// worker is killed, because nothing else stops the work.
type AbandonedError struct {
	Worker  uint64
	Command string
	Work    Outcome
	Stopped bool // the handler has stopped, and the worker is as well as before
	// Unbegun is how long the worker had the request without beginning it; 0 where it began, or that is unknown.
	Unbegun time.Duration
	Err     error // the end of the context and its cause, or a TimeoutError because of RequestTimeout
}

func (e *AbandonedError) Error() string {
	what := "was abandoned"
	if e.Work == OutcomeNotRun {
		what = "was given up before it began"
	}
	return fmt.Sprintf("pool: worker %d: %s %s (%s): %v", e.Worker, short(e.Command), what, e.Work, text(e.Err))
}

func (e *AbandonedError) Unwrap() error { return e.Err }

// outcome is OutcomeUnknown, or OutcomeNotRun where the worker had not read the whole request.
func (e *AbandonedError) outcome() Outcome { return e.Work }

// PoisonError reports a request that has ended two workers. It is not tried again.
type PoisonError struct {
	Pool    string
	Command string
	Hash    string // of command and payload, to find it again
	Err     error  // how it ended the last one
}

// newPoisonError has the hash of command and payload, with a zero byte between them, in place of the payload, which may be
// large or secret.
func newPoisonError(pool string, q *request, err error) *PoisonError {
	h := sha256.New()
	h.Write([]byte(q.command))
	h.Write([]byte{0})
	h.Write(q.payload)
	return &PoisonError{Pool: pool, Command: q.command, Hash: fmt.Sprintf("%.8x", h.Sum(nil)), Err: err}
}

func (e *PoisonError) Error() string {
	return fmt.Sprintf("pool: %s: command %s, payload %s, has ended two workers and is not tried again: %v",
		e.Pool, short(e.Command), e.Hash, text(e.Err))
}

func (e *PoisonError) Unwrap() error { return e.Err }

// outcome is OutcomeUnknown.
func (e *PoisonError) outcome() Outcome { return OutcomeUnknown }

// RetryBudgetError reports a request that would have been tried again, if the pool had not used its budget of retries: there
// is one retry for ten requests, and ten in advance. Err is the error of the last attempt.
type RetryBudgetError struct {
	Pool     string
	Attempts int
	Err      error
}

func (e *RetryBudgetError) Error() string {
	return fmt.Sprintf("pool: %s: not tried again after attempt %d: the retry budget of one retry for ten requests is used up: %v",
		e.Pool, e.Attempts, text(e.Err))
}

func (e *RetryBudgetError) Unwrap() error { return e.Err }

// outcome is that of the last attempt.
func (e *RetryBudgetError) outcome() Outcome { return OutcomeOf(e.Err) }

// AnswerError reports a result that [Call] could not read into the type that its caller wants.
type AnswerError struct {
	Pool    string
	Worker  uint64
	Command string
	Err     error // of encoding/json
}

func (e *AnswerError) Error() string {
	return fmt.Sprintf("pool: %s: worker %d: the answer to %s is of another type: %v", e.Pool, e.Worker, short(e.Command), text(e.Err))
}

func (e *AnswerError) Unwrap() error { return e.Err }

// outcome is OutcomeFailed: the work ran, and what came of it is of no use.
func (e *AnswerError) outcome() Outcome { return OutcomeFailed }

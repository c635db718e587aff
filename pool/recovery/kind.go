package recovery

// Kind is what went wrong.
type Kind string

// The kinds of failure. A table that has no rule for a kind falls back to that of [Unexpected].
const (
	StartFailed  Kind = "start_failed"   // the process could not be started, or did not shake hands
	StartTimeout Kind = "start_timeout"  // it was not ready in time
	Exited       Kind = "exited"         // it ended by itself, or was killed from outside
	LostUnsent   Kind = "lost_unsent"    // the connection ended before the worker had the request
	LostInFlight Kind = "lost_in_flight" // the connection ended while the worker had the request
	Protocol     Kind = "protocol"       // it sent what no worker may send
	TimeoutKept  Kind = "timeout_kept"   // the caller gave up, and the worker says that it has stopped
	TimeoutStuck Kind = "timeout_stuck"  // the caller gave up, and the worker does not stop
	HealthFailed Kind = "health_failed"  // a probe failed, or the client said that the worker failed it
	HandlerError Kind = "handler_error"  // the application raised: an answer like any other
	HandlerRetry Kind = "handler_retry"  // the application says that the same request may succeed later
	HandlerFatal Kind = "handler_fatal"  // the application says that this process is not fit for further requests
	OutOfMemory  Kind = "out_of_memory"  // the worker went over its hard limit
	NoWorker     Kind = "no_worker"      // no worker was free in time, or the line was full
	SessionLost  Kind = "session_lost"   // the session's worker is gone, with its state
	Poison       Kind = "poison"         // the request has ended two workers
	BadRequest   Kind = "bad_request"    // the worker refuses the request: no such command, not readable, too large
	Unexpected   Kind = "unexpected"     // anything else
)

// Category groups kinds for people and metrics.
type Category string

// The categories.
const (
	Initialization  Category = "initialization"
	Connection      Category = "connection"
	Communication   Category = "communication"
	Timeout         Category = "timeout"
	Resource        Category = "resource"
	HealthCheck     Category = "health_check"
	Session         Category = "session"
	WorkerException Category = "worker_exception"
	System          Category = "system"
)

// Severity says how bad a failure is. Critical means that the service suffers, minor that no operator has to act.
type Severity string

// The severities.
const (
	Minor    Severity = "minor"
	Major    Severity = "major"
	Critical Severity = "critical"
)

// Action is what becomes of the worker.
type Action string

// The actions.
const (
	Keep    Action = "keep"    // nothing
	Degrade Action = "degrade" // it is not handed out until a probe succeeds
	Remove  Action = "remove"  // it leaves; a new one takes its place if the pool is below its size
	Replace Action = "replace" // it is gone: a new one takes its place
)

// Retry says when a request is tried again.
type Retry string

// The policies.
const (
	Never      Retry = "never"
	IfNotRun   Retry = "if not run"    // the worker cannot have begun it, so it is safe
	Idempotent Retry = "if idempotent" // it may have run, and its caller says that running it twice does no harm
)

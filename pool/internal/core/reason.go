package core

// Reason is why a worker left, as a word for logs and metrics. A worker that failed left for the kind of its failure,
// see recovery.Kind.
type Reason string

// The reasons that are no failures of requests.
const (
	ReasonAge        Reason = "age"
	ReasonRequests   Reason = "requests"
	ReasonErrors     Reason = "errors"
	ReasonMemory     Reason = "memory"
	ReasonIdle       Reason = "idle"
	ReasonShrink     Reason = "shrink"
	ReasonClosed     Reason = "closed"
	ReasonClient     Reason = "client"
	ReasonRecycled   Reason = "recycled"
	ReasonUpgraded   Reason = "upgraded"
	ReasonRolledBack Reason = "rolled_back"
	ReasonHealth     Reason = "health"
)

// Cause is why a worker fails or leaves. The reasons that machines carry are causes.
type Cause struct {
	Reason    Reason
	Err       error // nil where the reason says it all
	Permanent bool  // of a failed start: another one would fail in the same way, or has no time left
}

func (e *Cause) Error() string {
	if e.Err == nil {
		return "the worker leaves: " + string(e.Reason)
	}
	return e.Err.Error()
}

func (e *Cause) Unwrap() error { return e.Err }

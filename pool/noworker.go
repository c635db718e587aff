package pool

import "fmt"

// NoWorkerError says why no worker serves, in the error of a request that has waited for one in vain. It wraps no error,
// since how the last start failed is not how the request did.
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

// withNoWorker is what an error wraps that has both; either may be nil.
func withNoWorker(err error, no *NoWorkerError) (wrapped []error) {
	if err != nil {
		wrapped = append(wrapped, err)
	}
	if no != nil {
		wrapped = append(wrapped, no)
	}
	return wrapped
}

package pool

import "errors"

// Outcome says what is known about the work of a request that failed.
type Outcome uint8

// What can be known about the work.
const (
	NotRun  Outcome = iota + 1 // nothing of it ran: no worker got it, or the worker refused it
	Unknown                    // a worker got it, and may have run it wholly, partly or not at all
	Failed                     // it ran and said that it failed
)

func (o Outcome) String() string {
	switch o {
	case NotRun:
		return "not run"
	case Unknown:
		return "outcome unknown"
	case Failed:
		return "failed"
	default:
		return "Outcome(invalid)"
	}
}

// OutcomeOf returns what err knows about the work of its request. An error that does not come from a pool says nothing, so
// its outcome is Unknown.
func OutcomeOf(err error) Outcome {
	var known interface{ Outcome() Outcome }
	if errors.As(err, &known) {
		return known.Outcome()
	}
	return Unknown
}

package pool

import "errors"

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

package recovery

import "time"

// Snapshot is what is known when something goes wrong.
type Snapshot struct {
	Failures    int  // in a row, this one included: of the worker, or of starts
	MaxFailures int  // the limit
	Attempt     int  // of the request, from 1; 0 where there is no request
	MaxAttempts int  // how often a request may be tried
	Run         bool // the worker may have begun the request
	Idempotent  bool // the caller says that running it twice does no harm
	// Deadline is how long the caller still waits, 0 for no deadline. A retry that could not be answered is not made.
	Deadline time.Duration
	Budget   bool    // the pool may make one more retry
	Random   float64 // in [0, 1): spreads delays by a quarter, so that pools that fail together do not come back together
}

// Decision is what follows.
type Decision struct {
	Worker Action
	Retry  bool
	// OverBudget says that only the budget keeps the request from being tried again.
	OverBudget bool
	Delay      time.Duration
	Rule       *Rule // that decided; nil where nothing has failed
}

// Decide says what follows a failure. It depends on nothing but its arguments.
func (t Table) Decide(k Kind, s Snapshot) Decision {
	r := t.Rule(k)
	d := Decision{Worker: r.Worker, Rule: &r, Delay: r.Pause(max(s.Failures, s.Attempt), s.Random)}
	if r.AtLimit != "" && s.MaxFailures > 0 && s.Failures >= s.MaxFailures {
		d.Worker = r.AtLimit
	}
	again := r.retries(s) && (s.Deadline == 0 || d.Delay < s.Deadline)
	d.Retry, d.OverBudget = again && s.Budget, again && !s.Budget
	return d
}

// retries reports whether the rule lets the request be tried again, where there is a budget for it.
func (r Rule) retries(s Snapshot) bool {
	if s.Attempt == 0 || s.Attempt >= s.MaxAttempts {
		return false
	}
	switch r.Retry {
	case IfNotRun:
		return !s.Run || s.Idempotent
	case Idempotent:
		return s.Idempotent
	default:
		return false
	}
}

// Pause is how long the rule waits after that many failures in a row, spread by random, which is in [0, 1).
func (r Rule) Pause(failures int, random float64) time.Duration {
	d := r.Delay
	for range min(failures-1, 32) {
		if d >= r.MaxDelay {
			break
		}
		d = min(2*d, r.MaxDelay)
	}
	return d + time.Duration((random-0.5)/2*float64(d))
}

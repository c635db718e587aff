package recovery

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// Rule says what follows one kind of failure.
type Rule struct {
	Kind     Kind
	Category Category
	Severity Severity
	Worker   Action
	// AtLimit is the action instead of Worker once the failures in a row reach their limit; empty means the same.
	AtLimit Action
	Retry   Retry
	// Delay is the pause before what follows: the retry, the probe of a degraded worker, the start of a replacement. It
	// doubles with every failure in a row, up to MaxDelay; 0 means at once.
	Delay, MaxDelay time.Duration
	Why             string // for people
}

// Table has at most one rule for each kind.
type Table []Rule

// Default returns the table of a pool without one in its configuration. It belongs to the caller.
func Default() Table {
	const ms, s = time.Millisecond, time.Second
	return Table{
		{StartFailed, Initialization, Critical, Replace, "", IfNotRun, 100 * ms, 10 * s, "another start may succeed; many that fail open the breaker"},
		{StartTimeout, Initialization, Critical, Replace, "", IfNotRun, 1 * s, 30 * s, "a slow start is seldom faster at once"},
		{Exited, Connection, Major, Replace, "", Idempotent, 0, 0, "the process is gone"},
		{LostUnsent, Connection, Minor, Replace, "", IfNotRun, 0, 0, "no worker has seen the request"},
		{LostInFlight, Connection, Major, Replace, "", Idempotent, 0, 0, "the work may have been done"},
		{Protocol, Communication, Major, Remove, "", Idempotent, 0, 0, "what it says cannot be trusted any more"},
		{TimeoutKept, Timeout, Minor, Keep, "", Never, 0, 0, "the worker has stopped the work and is well"},
		{TimeoutStuck, Timeout, Major, Remove, "", Never, 0, 0, "its late answer must not reach the next caller"},
		{HealthFailed, HealthCheck, Minor, Degrade, Remove, Never, 5 * s, 60 * s, "it may recover; probes decide"},
		{HandlerError, WorkerException, Minor, Keep, "", Never, 0, 0, "a bad input says nothing about the worker"},
		{HandlerRetry, WorkerException, Minor, Keep, "", Idempotent, 100 * ms, 2 * s, "the application expects it to pass"},
		{HandlerFatal, WorkerException, Major, Remove, "", Never, 0, 0, "the application's word"},
		{OutOfMemory, Resource, Major, Remove, "", Idempotent, 0, 0, "it would take others with it"},
		{NoWorker, Resource, Major, Keep, "", Never, 0, 0, "waiting again would make the line longer"},
		{SessionLost, Session, Major, Keep, "", Never, 0, 0, "only the caller knows how to begin the session anew"},
		{Poison, Session, Critical, Keep, "", Never, 0, 0, "it would end a third worker"},
		{BadRequest, Communication, Minor, Keep, "", Never, 0, 0, "it would be refused again"},
		{Unexpected, System, Critical, Remove, "", Never, 0, 0, "a worker in an unknown condition is replaced"},
	}
}

// Rule returns the rule for a kind of failure.
func (t Table) Rule(k Kind) Rule {
	for _, kind := range []Kind{k, Unexpected} {
		if i := slices.IndexFunc(t, func(r Rule) bool { return r.Kind == kind }); i >= 0 {
			return t[i]
		}
	}
	return Rule{Kind: k, Category: System, Severity: Critical, Worker: Remove, Retry: Never}
}

// String prints the table for people, a rule a line.
func (t Table) String() string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "failure\tcategory\tseverity\tworker\tat the limit\tretried\tdelay\twhy")
	for _, r := range t {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n",
			r.Kind, r.Category, r.Severity, r.Worker, r.AtLimit, r.Retry, r.delays(), r.Why)
	}
	_ = w.Flush() // a Builder takes everything
	return b.String()
}

func (r Rule) delays() string {
	switch {
	case r.Delay == 0:
		return "none"
	case r.MaxDelay > r.Delay:
		return fmt.Sprintf("%v to %v", r.Delay, r.MaxDelay)
	default:
		return r.Delay.String()
	}
}

// Check reports every rule that makes no sense: a kind that is there twice, a word that this package does not have, a
// negative delay.
func (t Table) Check() error {
	var errs Errors
	for i, r := range t {
		at := fmt.Sprintf("rule %d, %s", i+1, r.Kind)
		errs.unless(!slices.ContainsFunc(t[:i], func(o Rule) bool { return o.Kind == r.Kind }), at, "is there twice; want one rule a kind")
		errs.unless(slices.Contains(actions, r.Worker), at, "Worker is %q; want one of %v", r.Worker, actions)
		errs.unless(r.AtLimit == "" || slices.Contains(actions, r.AtLimit), at, "AtLimit is %q; want nothing or one of %v", r.AtLimit, actions)
		errs.unless(slices.Contains(retries, r.Retry), at, "Retry is %q; want one of %q", r.Retry, retries)
		errs.unless(r.Delay >= 0 && r.MaxDelay >= 0, at, "a delay is negative; want 0 or more")
	}
	if len(errs) == 0 {
		return nil
	}
	return errs
}

var (
	actions = []Action{Keep, Degrade, Remove, Replace}
	retries = []Retry{Never, IfNotRun, Idempotent}
)

// Errors are the problems of a table, each a line.
type Errors []string

func (e Errors) Error() string { return strings.Join(e, "\n") }

func (e *Errors) unless(ok bool, at, format string, args ...any) {
	if !ok {
		*e = append(*e, "recovery: "+at+": "+fmt.Sprintf(format, args...))
	}
}

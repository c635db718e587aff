package recovery_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/fsmgen/fsmgen/pool/recovery"
)

// Rows: R1, R2, R3.
func TestDecide_ActionRetryAndDelay(t *testing.T) {
	first := recovery.Snapshot{Failures: 1, MaxFailures: 3, Attempt: 1, MaxAttempts: 3, Budget: true, Random: 0.5}
	with := func(change func(*recovery.Snapshot)) recovery.Snapshot {
		s := first
		change(&s)
		return s
	}
	idempotent := with(func(s *recovery.Snapshot) { s.Idempotent, s.Run = true, true })
	for _, tt := range []struct {
		name   string
		kind   recovery.Kind
		known  recovery.Snapshot
		worker recovery.Action
		retry  bool
		delay  time.Duration
	}{
		{"an exit is replaced at once", recovery.Exited, first, recovery.Replace, false, 0},
		{"what may have run is retried only if that does no harm", recovery.Exited, idempotent, recovery.Replace, true, 0},
		{"what no worker has seen is retried", recovery.LostUnsent, first, recovery.Replace, true, 0},
		{"but not for ever", recovery.LostUnsent, with(func(s *recovery.Snapshot) { s.Attempt = 3 }), recovery.Replace, false, 0},
		{"and not beyond the budget", recovery.LostUnsent, with(func(s *recovery.Snapshot) { s.Budget = false }), recovery.Replace, false, 0},
		{"a failed probe degrades", recovery.HealthFailed, first, recovery.Degrade, false, 5 * time.Second},
		{"the next probe is later", recovery.HealthFailed, with(func(s *recovery.Snapshot) { s.Failures = 2 }), recovery.Degrade, false, 10 * time.Second},
		{"at the limit it removes", recovery.HealthFailed, with(func(s *recovery.Snapshot) { s.Failures = 3 }), recovery.Remove, false, 20 * time.Second},
		{"an acknowledged cancel keeps the worker", recovery.TimeoutKept, idempotent, recovery.Keep, false, 0},
		{"one without answer does not", recovery.TimeoutStuck, idempotent, recovery.Remove, false, 0},
		{"a bad input says nothing about the worker", recovery.HandlerError, idempotent, recovery.Keep, false, 0},
		{"a passing failure is tried again", recovery.HandlerRetry, idempotent, recovery.Keep, true, 100 * time.Millisecond},
		{"unless the caller is gone by then", recovery.HandlerRetry, with(func(s *recovery.Snapshot) {
			s.Idempotent, s.Deadline = true, 50*time.Millisecond
		}), recovery.Keep, false, 100 * time.Millisecond},
		{"a fatal error removes", recovery.HandlerFatal, first, recovery.Remove, false, 0},
		{"starts slow down", recovery.StartFailed, with(func(s *recovery.Snapshot) { s.Failures = 4 }), recovery.Replace, true, 800 * time.Millisecond},
		{"up to a bound", recovery.StartFailed, with(func(s *recovery.Snapshot) { s.Failures = 400 }), recovery.Replace, true, 10 * time.Second},
		{"spread by a quarter", recovery.StartFailed, with(func(s *recovery.Snapshot) { s.Random = 0 }), recovery.Replace, true, 75 * time.Millisecond},
		{"poison is not tried again", recovery.Poison, idempotent, recovery.Keep, false, 0},
		{"an unknown kind is the unexpected", "flood", idempotent, recovery.Remove, false, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := recovery.Default().Decide(tt.kind, tt.known)
			if got.Worker != tt.worker || got.Retry != tt.retry || got.Delay != tt.delay {
				t.Errorf("Decide(%s) = %s, retry %v, after %v; want %s, %v, %v",
					tt.kind, got.Worker, got.Retry, got.Delay, tt.worker, tt.retry, tt.delay)
			}
		})
	}
}

// TestDecide_WorkThatMayHaveRunIsNotRepeated holds for every kind of failure and everything that may be known.
//
// Rows: R3.
func TestDecide_WorkThatMayHaveRunIsNotRepeated(t *testing.T) {
	table := recovery.Default()
	rapid.Check(t, func(t *rapid.T) {
		known := recovery.Snapshot{
			Failures: rapid.IntRange(0, 10).Draw(t, "failures"), MaxFailures: rapid.IntRange(0, 5).Draw(t, "limit"),
			Attempt: rapid.IntRange(0, 5).Draw(t, "attempt"), MaxAttempts: 3, Budget: rapid.Bool().Draw(t, "budget"),
			Run: true, Random: rapid.Float64Range(0, 0.99).Draw(t, "random"),
		}
		kind := rapid.SampledFrom(table).Draw(t, "rule").Kind
		if got := table.Decide(kind, known); got.Retry || got.Delay < 0 {
			t.Errorf("Decide(%s, %+v) = %+v", kind, known, got)
		}
	})
}

func TestDecide_OnlyTheBudgetKeepsFromARetry(t *testing.T) {
	may := recovery.Snapshot{Attempt: 1, MaxAttempts: 3, Random: 0.5}
	last, ran, late := may, may, may
	last.Attempt, ran.Run, late.Deadline, late.Idempotent = 3, true, 50*time.Millisecond, true
	for _, tt := range []struct {
		name string
		kind recovery.Kind
		s    recovery.Snapshot
		want bool
	}{
		{"it may be tried again", recovery.LostUnsent, may, true},
		{"it was the last attempt", recovery.LostUnsent, last, false},
		{"it may have run", recovery.LostUnsent, ran, false},
		{"the table never does", recovery.HandlerError, may, false},
		{"the caller is gone by then", recovery.HandlerRetry, late, false},
	} {
		for _, budget := range []bool{false, true} {
			tt.s.Budget = budget
			d := recovery.Default().Decide(tt.kind, tt.s)
			if d.Retry != (tt.want && budget) || d.OverBudget != (tt.want && !budget) {
				t.Errorf("%s, budget %v: retry %v, over the budget %v", tt.name, budget, d.Retry, d.OverBudget)
			}
		}
	}
}

func TestDefault_PassesItsCheck(t *testing.T) {
	table := recovery.Default()
	if err := table.Check(); err != nil {
		t.Error(err)
	}
	for _, r := range table {
		if r.Why == "" || r.Category == "" || r.Severity == "" {
			t.Errorf("the rule of %s says too little: %+v", r.Kind, r)
		}
	}
}

func TestCheck_NamesEveryProblem(t *testing.T) {
	table := recovery.Table{
		{Kind: "a", Worker: "explode", Retry: recovery.Never},
		{Kind: "a", Worker: recovery.Keep, AtLimit: "wait", Retry: "always", Delay: -1},
	}
	err := table.Check()
	if err == nil {
		t.Fatal("Check found nothing")
	}
	for _, want := range []string{`Worker is "explode"`, "is there twice", `AtLimit is "wait"`, `Retry is "always"`, "negative"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("Check = %v; want %q in it", err, want)
		}
	}
}

func TestDecide_EmptyTable(t *testing.T) {
	got := recovery.Table{}.Decide(recovery.Exited, recovery.Snapshot{Attempt: 1, MaxAttempts: 3, Budget: true, Idempotent: true})
	if got.Worker != recovery.Remove || got.Retry {
		t.Errorf("Decide = %+v; want remove, no retry", got)
	}
}

// Rows: R1.
func ExampleTable_String() {
	fmt.Print(recovery.Default()[:3])
	// Output:
	// failure        category        severity  worker   at the limit  retried        delay         why
	// start_failed   initialization  critical  replace                if not run     100ms to 10s  another start may succeed; many that fail open the breaker
	// start_timeout  initialization  critical  replace                if not run     1s to 30s     a slow start is seldom faster at once
	// exited         connection      major     replace                if idempotent  none          the process is gone
}

package pool

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fsmgen/fsmgen/pool/recovery"
)

// Rows: R3, R7.
func TestRetry_OnlyIdempotentRequestsThatMayHaveRun(t *testing.T) {
	for _, tt := range []struct {
		name     string
		crashes  int
		options  []Option
		attempts int // 0 for an error
		ends     int // workers
	}{
		{"not allowed", 1, nil, 0, 1},
		{"the client allows it", 1, []Option{Idempotent()}, 2, 1},
		{"it has ended two workers", 5, []Option{Idempotent()}, 0, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				left := tt.crashes
				p := startFake(t, &fake{handler: func(ctx context.Context, r *Request) ([]byte, error) {
					if r.Command == "crash" && left > 0 {
						left--
						panic("told to")
					}
					return nil, nil
				}}, Config{Size: Size{Min: 3}})
				defer closePool(t, p)
				for range 20 { // earn the retries
					if _, err := p.Execute(t.Context(), "echo", nil); err != nil {
						t.Fatal(err)
					}
				}
				r, err := p.Execute(t.Context(), "crash", nil, tt.options...)
				switch {
				case tt.attempts == 0 && (err == nil || OutcomeOf(err) != OutcomeUnknown):
					t.Errorf("Execute = %+v, %v; want an unknown outcome", r, err)
				case tt.attempts > 0 && (err != nil || r.Attempts != tt.attempts):
					t.Errorf("Execute = %+v, %v; want %d attempts", r, err, tt.attempts)
				}
				if _, poison := errors.AsType[*PoisonError](err); poison != (tt.ends == 2) {
					t.Errorf("Execute = %v; want poison: %v", err, tt.ends == 2)
				}
				time.Sleep(time.Minute)
				if got := p.Stats().Left[Reason(recovery.Exited)]; got != uint64(tt.ends) {
					t.Errorf("%d workers ended; want %d", got, tt.ends)
				}
			})
		})
	}
}

// exhausted returns a pool that has used its budget of retries.
func exhausted(t *testing.T, f *fake) *Pool {
	t.Helper()
	p := startFake(t, f, Config{Size: Size{Min: 3}, Sessions: Sessions{Checkpoint: true}})
	for range 20 {
		if _, err := p.Execute(t.Context(), "crash", nil, Idempotent()); is[*RetryBudgetError](err) {
			return p
		}
	}
	t.Fatal("20 requests that end workers have not used the budget up")
	return nil
}

// losesNext has a worker die before it gets the request of the session s, whose state it was to take over.
func losesNext(t *testing.T, p *Pool, f *fake) {
	t.Helper()
	_, r := counts(t, p, "s")
	workerOf(t, p, r).kill()
	synctest.Wait()
	f.mu.Lock()
	f.dies = true
	f.mu.Unlock()
}

func TestRetryBudget_UsedUp(t *testing.T) {
	for _, tt := range []struct {
		name    string
		run     func(t *testing.T, p *Pool, f *fake) error
		outcome Outcome
	}{
		{"the worker may have run it", func(t *testing.T, p *Pool, _ *fake) error {
			_, err := p.Execute(t.Context(), "crash", nil, Idempotent())
			return err
		}, OutcomeUnknown},
		{"the worker never got it", func(t *testing.T, p *Pool, f *fake) error {
			losesNext(t, p, f)
			_, err := p.Execute(t.Context(), "count", nil, Session("s"))
			return err
		}, OutcomeNotRun},
		{"the worker never got the request for a stream", func(t *testing.T, p *Pool, f *fake) (failed error) {
			losesNext(t, p, f)
			for _, err := range p.Stream(t.Context(), "count", nil, Session("s")) {
				failed = err
			}
			return failed
		}, OutcomeNotRun},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := &fake{}
				p := exhausted(t, f)
				defer closePool(t, p)
				for range 2 {
					err := tt.run(t, p, f)
					budget, ok := errors.AsType[*RetryBudgetError](err)
					if !ok || budget.Attempts != 1 || !is[*LostError](err) || OutcomeOf(err) != tt.outcome || kindOf(err) != kindOf(budget.Err) {
						t.Errorf("the error is %T %v, %v; want one that says that the budget is used up, and %v", err, err, OutcomeOf(err), tt.outcome)
					}
				}
				for range 10 { // earn a retry
					counts(t, p, "another")
				}
				losesNext(t, p, f)
				if r, err := p.Execute(t.Context(), "count", nil, Session("s")); err != nil || r.Attempts != 2 {
					t.Errorf("ten requests later Execute = %+v, %v; want a second attempt", r, err)
				}
			})
		})
	}
}

// Rows: R1, R4.
func TestRecoveryTable_Replaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		table := recovery.Default()
		for i := range table {
			if table[i].Kind == recovery.HandlerError {
				table[i].Worker = recovery.Remove
			}
		}
		p := startFake(t, &fake{}, Config{Recovery: table})
		defer closePool(t, p)
		if _, err := p.Execute(t.Context(), "fail", nil); !is[*HandlerError](err) {
			t.Errorf("Execute = %v; want the handler's error", err)
		}
		time.Sleep(time.Second)
		if got := stateOf(t, p, 1); got != 0 {
			t.Errorf("the worker is %v; want it removed, as the table says", got)
		}
	})
}

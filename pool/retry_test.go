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
		{"nobody allows it", 1, nil, 0, 1},
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
				case tt.attempts == 0 && (err == nil || OutcomeOf(err) != Unknown):
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

// Rows: R1, R4.
func TestRecoveryTable_Replaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		table := RecoveryTable()
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

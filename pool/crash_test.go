package pool

import (
	"errors"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/fsmgen/fsmgen/pool/internal/core"
)

// TestCore_Panics has the core of a pool panic, which is a bug of this package: the pool is closed, every caller is told,
// and the service goes on.
//
// Rows: R6.
func TestCore_Panics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{Size: Size{Min: 2}})
		first, second := checkout(t, p), checkout(t, p)
		var callers sync.WaitGroup
		callers.Go(func() {
			if _, err := first.Execute(t.Context(), "wait", nil); !is[*LostError](err) {
				t.Errorf("the request in flight = %v; want a lost worker", err)
			}
		})
		callers.Go(func() {
			if _, err := p.Execute(t.Context(), "echo", nil); !errors.Is(err, ErrClosed) {
				t.Errorf("the request in the queue = %v; want ErrClosed", err)
			}
		})
		synctest.Wait()
		p.step(func(core.Time) { panic("told to") })
		callers.Wait()
		for range 3 {
			if _, err := p.Execute(t.Context(), "echo", nil); !errors.Is(err, ErrClosed) {
				t.Errorf("a new request = %v; want ErrClosed", err)
			}
		}
		_ = second.Close() // it has ended
		if s := p.Stats(); s.Crashes != 1 || p.Ready() {
			t.Errorf("Stats = %+v, ready %v; want one crash, and a pool that takes no requests", s, p.Ready())
		}
		if err := p.Close(t.Context()); err != nil {
			t.Error(err)
		}
		for _, w := range workersOf(p) {
			<-w.current().done()
		}
	})
}

package pool

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// Rows: R5.
func TestBreaker_StartsThatFailRepeatedly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{}
		p := startFake(t, f, Config{Size: Size{Min: 2}, Breaker: Breaker{BreakerThreshold: 3, BreakerCoolDown: time.Minute}})
		defer closePool(t, p)
		var starts atomic.Int64
		f.setStart(func(context.Context, uint64) error {
			starts.Add(1)
			return errors.New("no module named numpy")
		})
		workersOf(p)[0].kill()
		time.Sleep(50 * time.Second)
		if s := p.Stats(); starts.Load() != 3 || s.Breaker != "open" || s.Phase != "degraded" {
			t.Errorf("%d starts, %+v; want 3, an open breaker, and a degraded pool", starts.Load(), s)
		}
		if _, err := p.Execute(t.Context(), "echo", nil); err != nil {
			t.Errorf("Execute = %v; want the worker that is left", err)
		}
		time.Sleep(time.Minute)
		if starts.Load() != 4 {
			t.Errorf("%d starts; want one more after the pause", starts.Load())
		}
		f.setStart(nil)
		time.Sleep(2 * time.Minute)
		if s := p.Stats(); s.Breaker != "closed" || s.Workers["ready"] != 2 {
			t.Errorf("%+v; want a closed breaker and two workers", s)
		}
	})
}

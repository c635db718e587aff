package pool

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// Rows: L3.
func TestSize_GrowsUnderLoadAndShrinksWhenIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{Size: Size{Min: 1, Max: 4}, QueueTimeout: time.Minute})
		defer closePool(t, p)
		stop := make(chan struct{})
		var clients sync.WaitGroup
		for range 8 {
			clients.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
					}
					if _, err := p.Execute(t.Context(), "sleep", nil); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if s := p.Stats(); s.Wanted != 4 || s.Busy != 4 {
			t.Errorf("under load: %+v; want four workers", s)
		}
		close(stop)
		clients.Wait()
		time.Sleep(5 * time.Minute)
		s := p.Stats()
		if s.Wanted != 1 || s.Workers["ready"] != 1 || len(s.Workers) != 1 || s.Left[ReasonShrink] != 3 {
			t.Errorf("when idle: %+v; want one worker, and three that left", s)
		}
	})
}

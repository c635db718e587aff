package pool

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// TestRecycle_ReplacementIsReadyFirst counts all the time which workers are there.
//
// Rows: L2.
func TestRecycle_ReplacementIsReadyFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const workers = 4
		p := startFake(t, &fake{}, Config{Size: Size{Min: workers}, Recycle: Recycle{MaxWorkerAge: 10 * time.Minute}, Sessions: Sessions{SessionTimeout: -1}})
		defer closePool(t, p)
		for i := range 40 {
			counts(t, p, fmt.Sprint("s", i))
		}
		for range 3600 {
			time.Sleep(time.Second)
			synctest.Wait()
			there := 0
			for state, n := range p.Stats().Workers {
				if state == "ready" || state == "busy" {
					there += n
				}
			}
			if there < workers || there > workers+1 {
				t.Fatalf("%d workers; want %d, and one more while one is recycled", there, workers)
			}
		}
		s := p.Stats()
		if s.Left[ReasonAge] < 5*workers || s.SessionsLost > 0 || s.Sessions.Lost > 0 {
			t.Errorf("%d recycled, %d sessions lost; want at least %d, and none", s.Left[ReasonAge], s.SessionsLost, 5*workers)
		}
		for i := range 40 {
			if n, r := counts(t, p, fmt.Sprint("s", i)); n != 2 || r.Rebound {
				t.Errorf("s%d counts %d, rebound %v; want 2: its state was handed over", i, n, r.Rebound)
			}
		}
	})
}

// Rows: L1.
func TestRecycle_EveryReason(t *testing.T) {
	for _, tt := range []struct {
		name   string
		config Config
		use    func(t *testing.T, p *Pool)
		want   Reason
	}{
		{"requests", Config{Recycle: Recycle{MaxWorkerRequests: 5}}, func(t *testing.T, p *Pool) {
			for range 10 {
				_, _ = p.Execute(t.Context(), "echo", nil)
			}
		}, ReasonRequests},
		{"idleness", Config{Recycle: Recycle{MaxWorkerIdle: time.Minute}}, func(*testing.T, *Pool) { time.Sleep(2 * time.Minute) }, ReasonIdle},
		{"errors", Config{Recycle: Recycle{ErrorThreshold: 2}, Health: Health{DegradedProbeDelay: time.Second}}, func(t *testing.T, p *Pool) {
			for range 2 {
				_ = checkout(t, p).Close() // without a checkin: it has failed its client
				time.Sleep(2 * time.Second)
			}
		}, ReasonErrors},
		{"the operator", Config{}, func(t *testing.T, p *Pool) {
			if !p.Recycle(1) || p.Recycle(7) {
				t.Error("Recycle knows another worker than 1, or not that")
			}
		}, ReasonRecycled},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := startFake(t, &fake{}, tt.config)
				defer closePool(t, p)
				tt.use(t, p)
				time.Sleep(10 * time.Second)
				if s := p.Stats(); s.Left[tt.want] == 0 || s.Workers["ready"] != 1 {
					t.Errorf("Stats = %+v; want a worker that left for %s, and another one", s, tt.want)
				}
			})
		})
	}
}

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

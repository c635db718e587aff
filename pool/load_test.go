package pool

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fsmgen/fsmgen/pool/internal/core"
)

// TestLoad_StatsAddUp has many callers use a pool that nothing is wrong with, while another goroutine checks the
// invariants of the core and looks at the statistics.
func TestLoad_StatsAddUp(t *testing.T) {
	const callers, requests = 16, 2000
	p, err := Start(t.Context(), Config{
		Source: Func(echo), Size: Size{Min: 4, Max: 5, GrowAfter: time.Hour}, Recycle: Recycle{MaxWorkerRequests: -1}, MaxQueue: -1,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer closePool(t, p)
	stop := make(chan struct{})
	var watch, all sync.WaitGroup
	watch.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			checkCore(t, p)
			s := p.Stats()
			if s.Workers["ready"]+s.Workers["busy"] != 4 || s.Busy > 4 || s.Waiting > callers-s.Busy {
				t.Errorf("Stats = %+v; want 4 workers, and no more requests than callers", s)
			}
		}
	})
	for i := range callers {
		all.Go(func() {
			for range requests {
				if _, err := p.Execute(t.Context(), "count", nil, Session(fmt.Sprint(i%8))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	close(stop)
	watch.Wait()
	s := p.Stats()
	if s.Requests != callers*requests || s.Leases != s.Requests || s.Failures+s.Cancelled+s.Crashes != 0 {
		t.Errorf("Stats = %+v; want %d requests, as many leases, and no failure", s, callers*requests)
	}
	if x := s.Sessions; x.Hits+x.Misses+x.Rebinds != s.Requests || x.Misses != 8 || x.Rebinds != 0 || x.Lost != 0 {
		t.Errorf("sessions: %+v; want 8 that began, and %d requests in all", x, s.Requests)
	}
	if s.Busy != 0 || s.Waiting != 0 || s.Workers["ready"] != 4 {
		t.Errorf("Stats = %+v; want 4 free workers", s)
	}
}

// TestSession_FirstRequestsAtOnce has several callers begin the same sessions at the same time, where workers are free:
// no state is lost or split.
func TestSession_FirstRequestsAtOnce(t *testing.T) {
	for _, c := range []Config{{}, {Sessions: Sessions{Checkpoint: true}}, {Slots: 3}, {Sessions: Sessions{Affinity: AffinityStrict}}} {
		t.Run(fmt.Sprintf("checkpoint %v, slots %d, %v", c.Sessions.Checkpoint, max(c.Slots, 1), c.Sessions.Affinity), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const sessions, callers = 40, 3
				c.Size, c.QueueTimeout = Size{Min: 4}, time.Minute
				p := startFake(t, &fake{handler: func(ctx context.Context, r *Request) ([]byte, error) {
					time.Sleep(200 * time.Millisecond) // longer than Sessions.SpillAfter
					return echo(ctx, r)
				}}, c)
				defer closePool(t, p)
				var all sync.WaitGroup
				for range callers {
					for i := range sessions {
						all.Go(func() {
							r, err := p.Execute(t.Context(), "count", nil, Session(fmt.Sprint("s", i)))
							if err != nil || r.Rebound {
								t.Errorf("Execute = %+v, %v; want a session that has lost nothing", r, err)
							}
						})
					}
				}
				all.Wait()
				for i := range sessions {
					if n, _ := counts(t, p, fmt.Sprint("s", i)); n != callers+1 {
						t.Errorf("session s%d counts %d; want %d", i, n, callers+1)
					}
				}
				if s := p.Stats(); s.SessionsLost != 0 {
					t.Errorf("%d sessions have lost their state; want none", s.SessionsLost)
				}
			})
		})
	}
}

// TestReconfigure_MaxSessions has a request wait for room beside a free worker until the configuration gives the room.
//
// Rows: I6.
func TestReconfigure_MaxSessions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{Sessions: Sessions{MaxSessions: 1}, QueueTimeout: time.Minute})
		defer closePool(t, p)
		counts(t, p, "a")
		since := time.Now()
		var all sync.WaitGroup
		for _, session := range []string{"b", "c"} {
			all.Go(func() { counts(t, p, session) })
		}
		synctest.Wait()
		if got := p.Stats().Waiting; got != 2 {
			t.Fatalf("%d requests wait for room; want 2", got)
		}
		if err := p.Reconfigure(Config{Sessions: Sessions{MaxSessions: 3}, QueueTimeout: time.Minute}); err != nil {
			t.Fatal(err)
		}
		all.Wait()
		if time.Since(since) != 0 {
			t.Errorf("the requests have waited %v after there was room; want 0", time.Since(since))
		}
	})
}

// TestDrop_ExpiredSession has the state of a session leave its worker when the session expires.
func TestDrop_ExpiredSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{Sessions: Sessions{SessionTimeout: time.Minute, SessionCleanup: time.Second}})
		defer closePool(t, p)
		const sessions = 100
		for i := range sessions {
			counts(t, p, fmt.Sprint("s", i))
		}
		kept := func() int {
			i := workersOf(p)[0].current().(*fakeWorker)
			i.mu.Lock()
			defer i.mu.Unlock()
			return len(i.sessions)
		}
		if got := kept(); got != sessions {
			t.Fatalf("the worker has the state of %d sessions; want %d", got, sessions)
		}
		time.Sleep(70 * time.Second)
		synctest.Wait()
		if got := kept(); got != 0 {
			t.Errorf("the worker has the state of %d sessions that have expired; want 0", got)
		}
		if n, r := counts(t, p, "s0"); n != 1 || r.Rebound {
			t.Errorf("counts %d, rebound %v; want a new session", n, r.Rebound)
		}
	})
}

// TestHardWorkerRequests_OneRequestAProcess has many callers at once: each request gets a worker that has served none.
//
// Rows: L1.
func TestHardWorkerRequests_OneRequestAProcess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		served := map[uint64]int{}
		p := startFake(t, &fake{handler: func(_ context.Context, r *Request) ([]byte, error) {
			mu.Lock()
			defer mu.Unlock()
			served[r.Worker]++
			return nil, nil
		}}, Config{Size: Size{Min: 2}, Recycle: Recycle{HardWorkerRequests: 1}, QueueTimeout: time.Minute})
		defer closePool(t, p)
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				if _, err := p.Execute(t.Context(), "echo", nil); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		for id, n := range served {
			if n != 1 {
				t.Errorf("worker %d has served %d requests; want 1", id, n)
			}
		}
	})
}

// TestStep_ManyGoroutines has goroutines call everything that does not end the pool at once, and checks the core all the
// time.
func TestStep_ManyGoroutines(t *testing.T) {
	p, err := Start(t.Context(), Config{Source: Func(echo), Size: Size{Min: 3}, Slots: 2, Recycle: Recycle{MaxWorkerRequests: 50}, Sessions: Sessions{SessionTimeout: time.Millisecond, SessionCleanup: time.Millisecond}})
	if err != nil {
		t.Fatal(err)
	}
	defer closePool(t, p)
	var all sync.WaitGroup
	var rounds atomic.Int64
	for i := range 8 {
		all.Go(func() {
			for n := range 300 {
				switch (n + i) % 8 {
				case 0:
					if l, err := p.Checkout(t.Context(), Session(fmt.Sprint(n%3))); err == nil {
						_ = l.Checkin(nil)
					}
				case 1:
					for range p.Stream(t.Context(), "count", nil, Session(fmt.Sprint(n%3))) {
						break
					}
				case 2:
					p.step(func(now core.Time) { p.core.Tick(now) })
				case 3:
					_, _ = p.Workers(), p.Stats()
				case 4:
					checkCore(t, p)
				default:
					if _, err := p.Execute(t.Context(), "count", nil, Session(fmt.Sprint(n%3))); err != nil {
						t.Error(err)
					}
				}
				rounds.Add(1)
			}
		})
	}
	all.Wait()
	eventually(t, "every slot is free", func() bool { return p.Stats().Busy == 0 })
}

func BenchmarkCheckoutAndCheckin(b *testing.B) {
	p, err := Start(b.Context(), Config{Source: &fake{}, Size: Size{Min: 8}, Recycle: Recycle{MaxWorkerRequests: -1}, History: -1})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = p.Close(context.Background()) }()
	for _, tt := range []struct {
		name    string
		options []Option
	}{{"anonymous", nil}, {"session", []Option{Session("s")}}} {
		b.Run(tt.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				l, err := p.Checkout(context.Background(), tt.options...)
				if err != nil {
					b.Fatal(err)
				}
				if err := l.Checkin(nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

package pool

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// Rows: L1.
func TestDue(t *testing.T) {
	l := limits{age: time.Hour, uses: 1000, errors: 5, idle: time.Minute, rss: 100}
	for _, tt := range []struct {
		name string
		facts
		want Reason
	}{
		{"young and well", facts{age: time.Minute, uses: 1}, ""},
		{"old", facts{age: time.Hour}, ReasonAge},
		{"used", facts{uses: 1000}, ReasonRequests},
		{"failing", facts{errors: 5}, ReasonErrors},
		{"large", facts{rss: 101}, ReasonMemory},
		{"as large as it may be", facts{rss: 100}, ""},
		{"idle", facts{idle: time.Minute}, ReasonIdle},
		{"failing and old", facts{errors: 6, age: 2 * time.Hour}, ReasonErrors},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got, due := l.due(tt.facts); got != tt.want || due != (tt.want != "") {
				t.Errorf("due = %q, %v; want %q", got, due, tt.want)
			}
		})
	}
	if got, due := (limits{}).due(facts{age: 1e18, uses: 1e18, errors: 1e9, idle: 1e18, rss: 1e18}); due {
		t.Errorf("without limits a worker is recycled for %s", got)
	}
}

// Rows: L1.
func TestPain04LimitsVaryByATenth(t *testing.T) {
	c := Config{MaxWorkerAge: time.Hour, MaxWorkerRequests: 1000, ErrorThreshold: -1}
	for _, tt := range []struct {
		random float64
		age    time.Duration
		uses   uint64
	}{{0, 54 * time.Minute, 900}, {0.5, time.Hour, 1000}, {1, 66 * time.Minute, 1100}} {
		if got := c.limits(tt.random); got != (limits{age: tt.age, uses: tt.uses}) {
			t.Errorf("limits(%v) = %+v; want %v, %d", tt.random, got, tt.age, tt.uses)
		}
	}
	if got := (&Config{MaxWorkerRequests: 1}).limits(0).uses; got != 1 {
		t.Errorf("one request at most, and less a tenth, is %d; want 1", got)
	}
}

// TestPain05AReplacementIsReadyBeforeTheOldWorkerLeaves counts all the time who is there.
//
// Rows: L2.
func TestPain05AReplacementIsReadyBeforeTheOldWorkerLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const workers = 4
		p := startFake(t, &fake{}, Config{Size: Size{Min: workers}, MaxWorkerAge: 10 * time.Minute, SessionTimeout: -1})
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
func TestRecyclingForEveryReason(t *testing.T) {
	for _, tt := range []struct {
		name   string
		config Config
		use    func(t *testing.T, p *Pool)
		want   Reason
	}{
		{"requests", Config{MaxWorkerRequests: 5}, func(t *testing.T, p *Pool) {
			for range 10 {
				_, _ = p.Execute(t.Context(), "echo", nil)
			}
		}, ReasonRequests},
		{"idleness", Config{MaxWorkerIdle: time.Minute}, func(*testing.T, *Pool) { time.Sleep(2 * time.Minute) }, ReasonIdle},
		{"errors", Config{ErrorThreshold: 2, DegradedProbeDelay: time.Second}, func(t *testing.T, p *Pool) {
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

package core

import (
	"fmt"
	"testing"
	"time"

	"github.com/fsmgen/fsmgen/generated/workerfsm"
)

// Rows: L3.
func TestSize_FollowsTheLoad(t *testing.T) {
	c := Config{
		Min: 2, Max: 4, GrowAfter: time.Second, GrowCooldown: 10 * time.Second, ShrinkAfter: time.Minute, ShrinkCooldown: time.Minute,
	}
	long := load{size: 3, sinceGrow: time.Hour, sinceDrop: time.Hour}
	with := func(change func(*load)) load {
		l := long
		change(&l)
		return l
	}
	for _, tt := range []struct {
		name string
		load load
		want int
	}{
		{"nothing to do", long, 3},
		{"a request waits", with(func(l *load) { l.waiting, l.waited = 1, c.GrowAfter }), 4},
		{"not for long enough", with(func(l *load) { l.waiting, l.waited = 100, c.GrowAfter-1 }), 3},
		{"but it has just grown", with(func(l *load) { l.waiting, l.waited, l.sinceGrow = 1, c.GrowAfter, 0 }), 3},
		{"and it is as large as it may be", with(func(l *load) { l.size, l.waiting, l.waited = 4, 1, time.Hour }), 4},
		{"a worker is idle", with(func(l *load) { l.idle = c.ShrinkAfter }), 2},
		{"not for long enough", with(func(l *load) { l.idle = c.ShrinkAfter - 1 }), 3},
		{"while requests wait", with(func(l *load) { l.idle, l.waiting = time.Hour, 1 }), 3},
		{"but it has just shrunk", with(func(l *load) { l.idle, l.sinceDrop = time.Hour, 0 }), 3},
		{"or grown", with(func(l *load) { l.idle, l.sinceGrow = time.Hour, 0 }), 3},
		{"and it is as small as it may be", with(func(l *load) { l.size, l.idle = 2, time.Hour }), 2},
		{"the bounds have moved", with(func(l *load) { l.size = 9 }), 4},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := c.size(tt.load); got != tt.want {
				t.Errorf("size(%+v) = %d; want %d", tt.load, got, tt.want)
			}
		})
	}
}

// Rows: L1.
func TestLimits_Due(t *testing.T) {
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
func TestLimits_VaryByATenth(t *testing.T) {
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

// Rows: L3.
func TestSize_GrowsAndShrinks(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Min, c.Max, c.QueueTimeout = 1, 3, time.Hour })
	var leases []Lease
	leases = append(leases, w.acquire(Request{}))
	for _, owner := range []string{"a", "b"} {
		w.enqueue(Request{Owner: owner})
	}
	for _, tt := range []struct {
		wait time.Duration
		want int
	}{{99 * time.Millisecond, 1}, {time.Millisecond, 2}, {999 * time.Millisecond, 2}, {time.Millisecond, 3}, {time.Minute, 3}} {
		w.wait(tt.wait)
		if s := w.Stats(); s.Wanted != tt.want || s.Workers["busy"] != tt.want {
			t.Fatalf("at %v %d workers are wanted, %v; want %d", w.now, s.Wanted, s.Workers, tt.want)
		}
	}
	for _, l := range append(leases, w.granted["a"], w.granted["b"]) {
		w.release(l, Verdict{})
	}
	for _, tt := range []struct {
		wait time.Duration
		want int
	}{{59 * time.Second, 3}, {2 * time.Second, 2}, {58 * time.Second, 2}, {2 * time.Second, 1}, {time.Hour, 1}} {
		w.wait(tt.wait)
		if s := w.Stats(); s.Wanted != tt.want || s.Workers["ready"] != tt.want || len(s.Workers) != 1 {
			t.Fatalf("at %v %d workers are wanted, %v; want %d", w.now, s.Wanted, s.Workers, tt.want)
		}
	}
	if s := w.Stats(); s.Left[ReasonShrink] != 2 {
		t.Errorf("left: %v; want two because of the size", s.Left)
	}
}

// TestSize_StartsAtOnceAreBounded has starts that take long.
//
// Rows: L3.
func TestSize_StartsAtOnceAreBounded(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Min, c.Max, c.ParallelStarts = 10, 10, 3 })
	if w.spawned != 10 {
		t.Fatalf("%d workers; want 10", w.spawned)
	}
	w.slow = true
	for i := range 10 { // a worker that no request has used would count as a failed start
		w.serve(Request{Session: fmt.Sprint(i)}, Learned{Ran: true})
	}
	for id := uint64(1); id <= 10; id++ {
		w.exit(id)
	}
	if w.spawned != 13 {
		t.Errorf("%d starts at once; want 3", w.spawned-10)
	}
	w.Started(w.now, 11)
	w.settle()
	if w.spawned != 14 {
		t.Errorf("%d starts after the first one has ended; want one more", w.spawned-10)
	}
}

// Rows: L1.
func TestHardWorkerRequests_IsNeverExceeded(t *testing.T) {
	for _, slots := range []int{1, 3} {
		w := newWorld(t, func(c *Config) { c.Min, c.Max, c.Slots, c.HardWorkerRequests = 2, 2, slots, 2 })
		uses := map[uint64]int{}
		for range 50 {
			l := w.acquire(Request{})
			uses[l.Worker]++
			w.release(l, Verdict{})
		}
		for id, n := range uses {
			if n > 2 {
				t.Errorf("%d slots: worker %d has served %d requests; want at most 2", slots, id, n)
			}
		}
		if got := w.Stats().Left[ReasonRequests]; got < 23 {
			t.Errorf("%d slots: %d workers have left because of their requests; want one for two requests", slots, got)
		}
	}
}

// TestRecycle_ReplacementFirst counts the workers that serve at every moment.
//
// Rows: L2.
func TestRecycle_ReplacementFirst(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Min, c.Max, c.MaxUnavailable = 3, 3, 1 })
	w.slow = true
	for id := uint64(1); id <= 3; id++ {
		w.Recycle(w.now, id)
	}
	w.settle()
	for next := uint64(4); next <= 6; next++ {
		if s := w.Stats(); s.Workers["ready"] != 3 || s.Workers["initializing"] != 1 {
			t.Fatalf("workers %v; want three that serve, and one replacement that starts", s.Workers)
		}
		w.Started(w.now, next)
		w.settle()
	}
	for _, worker := range w.Workers() {
		if worker.ID <= 3 || worker.State != workerfsm.StateReady {
			t.Errorf("worker %d is %v; want three new ones that are ready", worker.ID, worker.State)
		}
	}
	if s := w.Stats(); s.Left[ReasonRecycled] != 3 || s.Busy != 0 {
		t.Errorf("Stats = %+v; want three workers recycled", s)
	}
}

// TestRecycle_ProcessesOnTop has all workers due at once, and their processes linger when they are told to leave, with a request in
// progress or without: there are never more than MaxUnavailable beside those that there should be.
func TestRecycle_ProcessesOnTop(t *testing.T) {
	const size = 3
	for _, unavailable := range []int{1, 2} {
		for _, slots := range []int{1, 2} {
			w := newWorld(t, func(c *Config) { c.Min, c.Max, c.Slots, c.MaxUnavailable = size, size, slots, unavailable })
			w.deaf = true
			for range size {
				w.acquire(Request{}) // it ends with its worker
			}
			w.ticked = func() {
				if n := len(w.workers); n > size+unavailable {
					t.Fatalf("at %v there are %d workers: %v; want %d and %d on top", w.now, n, w.Stats().Workers, size, unavailable)
				}
			}
			for range 2 {
				for _, worker := range w.Workers() {
					w.Recycle(w.now, worker.ID)
				}
				w.settle()
				w.ticked()
				w.wait(5 * time.Minute)
			}
			if s := w.Stats(); s.Left[ReasonRecycled] != 2*size || s.Workers["ready"] != size {
				t.Errorf("%d on top, %d slots: %v, left: %v; want all workers recycled twice", unavailable, slots, s.Workers, s.Left)
			}
		}
	}
}

// TestRecycle_BusyWorkerHandsItsSessionsOver recycles a worker with a lease and two sessions.
//
// Rows: L2.
func TestRecycle_BusyWorkerHandsItsSessionsOver(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Min, c.Max = 1, 1 })
	w.exported["a"] = &Snapshot{Data: []byte("state of a")} // that of b cannot be exported
	for _, name := range []string{"a", "b"} {
		w.serve(Request{Session: name}, ran)
	}
	l := w.acquire(Request{Session: "a"})
	w.Recycle(w.now, l.Worker)
	w.settle()
	if s := w.Stats(); s.Workers["finishing"] != 1 || s.Workers["ready"] != 1 {
		t.Fatalf("workers %v; want the old one finishing its request", s.Workers)
	}
	w.release(l, Verdict{Learned: ran})
	a, b := w.acquire(Request{Session: "a"}), Lease{}
	w.release(a, Verdict{Learned: Learned{Imported: true, Ran: true}})
	b = w.acquire(Request{Session: "b"})
	if a.Import == nil || string(a.Import.Data) != "state of a" || a.Rebound || !b.Rebound {
		t.Errorf("the leases are %+v and %+v; want the state of a, and the loss of b reported", a, b)
	}
}

// Rows: R5.
func TestBreaker_StopsStarts(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.BreakerThreshold, c.BreakerCoolDown = 3, 5*time.Minute })
	w.broken = true
	before := w.spawned
	w.serve(Request{}, Learned{}) // a worker that no request has used would count as a failed start
	w.serve(Request{}, Learned{})
	w.exit(w.Workers()[0].ID)
	w.wait(4 * time.Minute)
	if s := w.Stats(); w.spawned != before+3 || s.Breaker != "open" || s.Phase != "degraded" || s.LastFailure == nil {
		t.Fatalf("%d starts, %+v; want 3, then none because the breaker is open", w.spawned-before, s)
	}
	w.acquire(Request{}) // the worker that is left serves
	w.broken = false
	w.wait(5 * time.Minute)
	if s := w.Stats(); s.Breaker != "closed" || s.Phase != "running" || s.LastFailure != nil {
		t.Errorf("%+v; want a closed breaker and a running pool", s)
	}
	if w.count(BreakerOpened) != 1 || w.count(BreakerClosed) != 1 {
		t.Errorf("opened %d times, closed %d times; want once each", w.count(BreakerOpened), w.count(BreakerClosed))
	}
}

// TestReconfigure_ServesWhatMayBeServedNow has a request wait for something that a new configuration gives it.
func TestReconfigure_ServesWhatMayBeServedNow(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*Config)
	}{
		{"room for a session", func(c *Config) { c.MaxSessions = 2 }},
		{"any number of sessions", func(c *Config) { c.MaxSessions = -1 }},
		{"another worker", func(c *Config) { c.Min, c.Max = 2, 2 }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, func(c *Config) { c.Min, c.Max, c.MaxSessions = 1, 1, 1 })
			w.serve(Request{Session: "a"}, ran)
			w.enqueue(Request{Session: "b", Owner: "b"})
			config := w.Config()
			tt.change(&config)
			w.Reconfigure(w.now, config)
			w.settle()
			if _, ok := w.granted["b"]; !ok {
				t.Error("the request waits still")
			}
		})
	}
}

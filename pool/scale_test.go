package pool

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// Rows: L3.
func TestSize(t *testing.T) {
	c := (&Config{Source: &fake{}, Size: Size{Min: 2, Max: 4}}).withDefaults()
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
		{"somebody waits", with(func(l *load) { l.waiting, l.waited = 1, c.GrowAfter }), 4},
		{"not for long enough", with(func(l *load) { l.waiting, l.waited = 100, c.GrowAfter-1 }), 3},
		{"but it has just grown", with(func(l *load) { l.waiting, l.waited, l.sinceGrow = 1, c.GrowAfter, 0 }), 3},
		{"and it is as large as it may be", with(func(l *load) { l.size, l.waiting, l.waited = 4, 1, time.Hour }), 4},
		{"somebody is idle", with(func(l *load) { l.idle = c.ShrinkAfter }), 2},
		{"not for long enough", with(func(l *load) { l.idle = c.ShrinkAfter - 1 }), 3},
		{"while others wait", with(func(l *load) { l.idle, l.waiting = time.Hour, 1 }), 3},
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

// Rows: L3.
func TestPain18APoolGrowsUnderLoadAndShrinksWhenIdle(t *testing.T) {
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

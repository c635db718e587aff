package pool

import (
	"context"
	"testing"
	"testing/synctest"
)

// told is a watcher that counts.
type told struct{ times int }

func (w *told) ContextEnded() { w.times++ }

func TestCall_TellsItsWatchers(t *testing.T) {
	for _, tt := range []struct {
		name string
		do   func(c *call, w *told, cancel func())
		want int
	}{
		{"nothing ends it", func(c *call, w *told, _ func()) { c.Watch(w) }, 0},
		{"its caller gives up", func(c *call, w *told, cancel func()) { c.Watch(w); cancel() }, 1},
		{"its caller has given up before", func(c *call, w *told, cancel func()) { cancel(); c.Watch(w) }, 1},
		{"its time is up", func(c *call, w *told, _ func()) { c.Watch(w); c.overdue() }, 1},
		{"its time was up before", func(c *call, w *told, _ func()) { c.overdue(); c.Watch(w) }, 1},
		{"both", func(c *call, w *told, cancel func()) { c.Watch(w); cancel(); c.overdue() }, 1},
		{"taken back", func(c *call, w *told, cancel func()) { c.Watch(w); c.Unwatch(w); cancel() }, 0},
		{"the second of two taken back", func(c *call, w *told, cancel func()) {
			c.Watch(&told{})
			c.Watch(w)
			c.Unwatch(w)
			cancel()
		}, 0},
		{"the first of two taken back", func(c *call, w *told, cancel func()) {
			first := &told{}
			c.Watch(first)
			c.Watch(w)
			c.Unwatch(first)
			cancel()
		}, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				c, w := &call{Context: ctx, limit: TimeoutError{What: "RequestTimeout", After: 1}}, &told{}
				tt.do(c, w, cancel)
				synctest.Wait()
				if w.times != tt.want {
					t.Errorf("told %d times; want %d", w.times, tt.want)
				}
			})
		})
	}
}

func TestCall_UnwatchSaysWhetherItIsInTime(t *testing.T) {
	c, early, late := &call{Context: t.Context()}, &told{}, &told{}
	c.Watch(early)
	c.Watch(late)
	if !c.Unwatch(early) {
		t.Error("Unwatch before the end = false; want true")
	}
	c.end(context.Canceled)
	if c.Unwatch(late) {
		t.Error("Unwatch after the end = true; want false")
	}
}

// A request allocates what its caller gets, the result and its payload, and one record each in the pool and in the link.
func TestExecute_Allocations(t *testing.T) {
	p := startPython(t, Config{History: -1, Recycle: Recycle{MaxWorkerRequests: -1}, Health: Health{HealthCheckInterval: -1}})
	ctx, payload := context.Background(), []byte(`"x"`)
	for _, tt := range []struct {
		name    string
		options []Option
	}{
		{"anonymous", nil},
		{"of a session", []Option{Session("s"), Portable()}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if n := testing.AllocsPerRun(500, func() {
				if _, err := p.Execute(ctx, "echo", payload, tt.options...); err != nil {
					t.Fatal(err)
				}
			}); n > 4 {
				t.Errorf("%v allocations; want 4", n)
			}
		})
	}
}

package pool

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestSlots_RequestsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{Slots: 3})
		defer closePool(t, p)
		since := time.Now()
		var clients sync.WaitGroup
		for range 7 {
			clients.Go(func() {
				if _, err := p.Execute(t.Context(), "sleep", nil); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		if s := p.Stats(); s.Busy != 3 || s.Waiting != 4 {
			t.Errorf("%d at work, %d waiting; want 3 and 4", s.Busy, s.Waiting)
		}
		clients.Wait()
		if took := time.Since(since); took != 3*time.Second/2 {
			t.Errorf("seven requests of half a second took %v; want three rounds", took)
		}
	})
}

func TestSlots_RequestsOfOneSessionTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		at := map[string]int{}
		p := startFake(t, &fake{handler: func(ctx context.Context, r *Request) ([]byte, error) {
			mu.Lock()
			at[r.Session]++
			if at[r.Session] > 1 {
				t.Errorf("two requests of session %s at once", r.Session)
			}
			mu.Unlock()
			time.Sleep(time.Millisecond)
			mu.Lock()
			at[r.Session]--
			mu.Unlock()
			return nil, nil
		}}, Config{Slots: 4, Size: Size{Min: 2}})
		defer closePool(t, p)
		var clients sync.WaitGroup
		for i := range 200 {
			clients.Go(func() {
				if _, err := p.Execute(t.Context(), "work", nil, Session(fmt.Sprint(i%5))); err != nil {
					t.Error(err)
				}
			})
		}
		clients.Wait()
	})
}

func TestPriority_IsWorthASecondOfWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var served []string // the only worker's
		p := startFake(t, &fake{handler: func(_ context.Context, r *Request) ([]byte, error) {
			served = append(served, r.Command)
			return nil, nil
		}}, Config{QueueTimeout: time.Minute})
		defer closePool(t, p)
		l := checkout(t, p)
		var clients sync.WaitGroup
		send := func(name string, priority Priority) {
			clients.Go(func() {
				if _, err := p.Execute(t.Context(), name, nil, WithPriority(priority)); err != nil {
					t.Error(err)
				}
			})
			synctest.Wait()
		}
		send("low", PriorityLow)
		send("normal", PriorityNormal)
		send("high", PriorityHigh)
		time.Sleep(1500 * time.Millisecond)
		send("late and normal", PriorityNormal)
		send("late and high", PriorityHigh)
		if err := l.Checkin(nil); err != nil {
			t.Error(err)
		}
		clients.Wait()
		want := []string{"high", "normal", "late and high", "low", "late and normal"}
		if !slices.Equal(served, want) {
			t.Errorf("served %q; want %q", served, want)
		}
	})
}

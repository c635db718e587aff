package pool

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestOverload_QueueIsFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{MaxQueue: 3})
		defer closePool(t, p)
		l := checkout(t, p)
		var clients sync.WaitGroup
		for range 3 {
			clients.Go(func() {
				if _, err := p.Execute(t.Context(), "echo", nil); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		_, err := p.Execute(t.Context(), "echo", nil)
		if o, ok := errors.AsType[*OverloadError](err); !ok || o.Waiting != 3 || o.Limit != 3 || !errors.Is(err, ErrOverload) || OutcomeOf(err) != OutcomeNotRun {
			t.Errorf("Execute = %v; want an OverloadError", err)
		}
		if err := l.Checkin(nil); err != nil {
			t.Error(err)
		}
		clients.Wait()
	})
}

func TestOverload_TurnAfterTheDeadline(t *testing.T) {
	const warm = 17 // requests, after which the pool estimates how long one takes
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{QueueTimeout: time.Hour})
		defer closePool(t, p)
		var clients sync.WaitGroup
		for range warm + 10 { // of half a second each; ten wait when the others are done
			clients.Go(func() {
				if _, err := p.Execute(t.Context(), "sleep", nil); err != nil {
					t.Error(err)
				}
			})
		}
		time.Sleep(time.Second*warm/2 - time.Millisecond)
		short, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		_, err := p.Execute(short, "echo", nil)
		if o, ok := errors.AsType[*OverloadError](err); !ok || o.Waiting != 10 || o.Estimate != 5*time.Second || o.Left != 3*time.Second {
			t.Errorf("Execute = %v; want to be told that it takes 5s", err)
		}
		long, cancel := context.WithTimeout(t.Context(), 6*time.Second)
		defer cancel()
		if _, err := p.Execute(long, "echo", nil); err != nil {
			t.Errorf("Execute = %v; want an answer in time", err)
		}
		clients.Wait()
	})
}

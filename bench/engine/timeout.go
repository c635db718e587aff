package engine

import (
	"context"
	"sync"
	"time"

	"github.com/fsmgen/fsmgen/bench/compare"
	fsm "github.com/fsmgen/fsmgen/runtime"
)

// Timeout is a state with a time-out that is entered and left again.
func Timeout() compare.Loops {
	return compare.Loops{
		Title: "a state time-out that is set and cancelled: two events",
		Limit: compare.Loop{Name: handLocked + ", AfterFunc and Stop", Run: timeoutLocked},
		Others: []compare.Loop{
			{Name: generatedServer, Goal: 0.5, Run: timeoutServer},
		},
	}
}

func timeoutLocked(n int) error {
	var mu sync.Mutex
	g := newGate()
	var closing *time.Timer
	open := func() error {
		mu.Lock()
		defer mu.Unlock()
		closing = time.AfterFunc(10*time.Second, func() {
			mu.Lock()
			defer mu.Unlock()
			_ = g.Close() // it is closed already, perhaps
		})
		return g.Open()
	}
	shut := func() error {
		mu.Lock()
		defer mu.Unlock()
		closing.Stop()
		return g.Close()
	}
	for range n {
		if open() != nil || shut() != nil {
			return errUnexpected
		}
	}
	return nil
}

func timeoutServer(n int) error {
	s, err := start(fsm.Config{})
	if err != nil {
		return err
	}
	ctx := context.Background()
	for range n {
		if s.Open(ctx) != nil || s.Close(ctx) != nil {
			return errUnexpected
		}
	}
	return s.Control().Stop(ctx, nil)
}

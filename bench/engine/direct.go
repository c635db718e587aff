package engine

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/fsmgen/fsmgen/bench/compare"
	"github.com/fsmgen/fsmgen/bench/engine/gatefsm"
	fsm "github.com/fsmgen/fsmgen/runtime"
)

// errUnexpected ends work in which a gate did something else than it should.
var errUnexpected = errors.New("engine: an event was rejected, or had another effect than it should")

// What candidates are called.
const (
	handSwitch      = "switch"
	handLocked      = "switch with a mutex"
	handDeferred    = "switch with a mutex, unlocked by defer"
	generated       = "generated machine"
	generatedServer = "generated server"
)

// Bare is one transition of a machine with one owner.
func Bare() compare.Loops {
	return compare.Loops{
		Title: "closed -> closed of a machine with one owner: one transition",
		Limit: compare.Loop{Name: handSwitch, Run: func(n int) error { return repeat(n, newGate().Ping) }},
		Others: []compare.Loop{
			{Name: generated, Goal: 2, Run: func(n int) error {
				m, err := gatefsm.New(gatefsm.Hooks{Gate: new(generatedHooks)}, gatefsm.Params{})
				if err != nil {
					return err
				}
				return repeat(n, m.Ping)
			}},
		},
	}
}

// Direct is one transition of a machine that so many goroutines send to.
func Direct(goroutines int) compare.Loops {
	return compare.Loops{
		Title: fmt.Sprintf("closed -> closed of a machine safe for many goroutines, used by %d: one transition", goroutines),
		Limit: compare.Loop{Name: handLocked, Run: func(n int) error {
			var mu sync.Mutex
			g := newGate()
			return share(goroutines, n, func() error {
				mu.Lock()
				err := g.Ping()
				mu.Unlock()
				return err
			})
		}},
		Others: []compare.Loop{
			{Name: handDeferred, Run: func(n int) error {
				var mu sync.Mutex
				g := newGate()
				return share(goroutines, n, func() error {
					mu.Lock()
					defer mu.Unlock()
					return g.Ping()
				})
			}},
			{Name: generatedServer, Goal: 2, Run: func(n int) error { return pings(goroutines, n, fsm.Config{}) }},
		},
	}
}

func pings(goroutines, n int, c fsm.Config) error {
	s, err := start(c)
	if err != nil {
		return err
	}
	ctx := context.Background()
	return share(goroutines, n, func() error { return s.Ping(ctx) })
}

// share does the work n times in all, on so many goroutines.
func share(goroutines, n int, f func() error) error {
	if goroutines == 1 {
		return repeat(n, f)
	}
	errs := make([]error, goroutines)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() { errs[i] = repeat(n/goroutines, f) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

func repeat(n int, f func() error) error {
	for range n {
		if err := f(); err != nil {
			return err
		}
	}
	return nil
}

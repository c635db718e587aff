package engine

import (
	"fmt"
	"runtime"
	"sync"

	"github.com/fsmgen/fsmgen/bench/compare"
	"github.com/fsmgen/fsmgen/bench/engine/gatefsm"
	fsm "github.com/fsmgen/fsmgen/runtime"
)

// Cast is an event with a payload without a reply, from so many producers, until all have been handled.
func Cast(producers int) compare.Loops {
	return compare.Loops{
		Title: fmt.Sprintf("a cast with a payload, producers: %d, until all are handled", producers),
		Limit: compare.Loop{Name: "goroutine and channel of 1024", Run: func(n int) error { return castChannel(producers, n) }},
		Others: []compare.Loop{
			{Name: generatedServer, Goal: 1, Run: func(n int) error {
				return castServer(producers, n, func(s *gatefsm.Server) error { return s.CastPass(1) })
			}},
			{Name: generatedServer + ", never on the sender", Run: func(n int) error {
				return castServer(producers, n, func(s *gatefsm.Server) error { return s.Post(gatefsm.PassEvent{N: 1}) })
			}},
		},
	}
}

func castChannel(producers, n int) error {
	events := make(chan int, 1024)
	g := newGate()
	var consumer sync.WaitGroup
	consumer.Go(func() {
		for n := range events {
			_ = g.Pass(n) // a closed gate lets pass
		}
	})
	err := share(producers, n, func() error {
		events <- 1
		return nil
	})
	close(events)
	consumer.Wait()
	return check(err, g.total, n/producers*producers)
}

func castServer(producers, n int, pass func(*gatefsm.Server) error) error {
	s, err := start(fsm.Config{})
	if err != nil {
		return err
	}
	err = share(producers, n, func() error {
		for {
			err := pass(s)
			if err != fsm.ErrMailboxFull {
				return err
			}
			runtime.Gosched()
		}
	})
	if err != nil {
		return err
	}
	passed, err := total(s)
	return check(err, passed, n/producers*producers)
}

func check(err error, got, want int) error {
	if err == nil && got != want {
		return errUnexpected
	}
	return err
}

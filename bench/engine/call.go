package engine

import (
	"context"
	"fmt"
	"runtime"
	"sync"

	"github.com/fsmgen/fsmgen/bench/compare"
	"github.com/fsmgen/fsmgen/bench/engine/gatefsm"
	fsm "github.com/fsmgen/fsmgen/runtime"
	"github.com/fsmgen/fsmgen/runtime/impl"
	"github.com/fsmgen/fsmgen/runtime/statem"
)

// Call is an event with a payload, and the wait for its reply.
func Call() compare.Loops {
	return compare.Loops{
		Title: "a call with a payload and a reply",
		Limit: compare.Loop{Name: "goroutine and unbuffered channels", Run: callChannels},
		Others: []compare.Loop{
			{Name: generatedServer, Goal: 0.33, Run: func(n int) error {
				return callServer(n, func(s *gatefsm.Server, ctx context.Context, i int) (gatefsm.Reading, error) {
					return s.Read(ctx, i)
				})
			}},
			{Name: generatedServer + ", in a box", Goal: 0.33, Run: func(n int) error {
				return callServer(n, func(s *gatefsm.Server, ctx context.Context, i int) (gatefsm.Reading, error) {
					return impl.Call[gatefsm.Reading](ctx, s.Control().(*impl.Server), gatefsm.ReadEvent{N: i})
				})
			}},
			{Name: "machine written by hand", Goal: 0.33, Run: callHand},
		},
	}
}

// request is the message of a channel that takes the place of an engine.
type request struct {
	n     int
	reply chan gatefsm.Reading
}

func callChannels(n int) error {
	requests, reply := make(chan request), make(chan gatefsm.Reading)
	defer close(requests)
	go func() {
		g := newGate()
		for r := range requests {
			reading, _ := g.Read(r.n) // a closed gate reads
			r.reply <- reading
		}
	}()
	for i := range n {
		requests <- request{i, reply}
		if r := <-reply; r.Count != i {
			return errUnexpected
		}
	}
	return nil
}

func callServer(n int, read func(s *gatefsm.Server, ctx context.Context, i int) (gatefsm.Reading, error)) error {
	s, err := start(fsm.Config{})
	if err != nil {
		return err
	}
	ctx := context.Background()
	for i := range n {
		if r, err := read(s, ctx, i); err != nil || r.Count != i {
			return errUnexpected
		}
	}
	return nil
}

func callHand(n int) error {
	type turn = statem.Turn[gatefsm.State, int]
	var w hooks = new(work)
	s, err := statem.Start(&statem.Callback[gatefsm.State, int]{
		Name: "gate",
		Init: func(x turn) statem.Result[gatefsm.State, int] { return x.Next(gatefsm.StateClosed) },
		Handle: func(x turn) statem.Result[gatefsm.State, int] {
			ev := x.Event.Content.(gatefsm.ReadEvent)
			return x.Keep(statem.Reply(x.Event.From, w.reading(x.Data, ev.N)))
		},
	}, fsm.Config{})
	if err != nil {
		return err
	}
	ctx := context.Background()
	for i := range n {
		if r, err := statem.Call[gatefsm.Reading](ctx, s, gatefsm.ReadEvent{N: i}); err != nil || r.Count != i {
			return errUnexpected
		}
	}
	return nil
}

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

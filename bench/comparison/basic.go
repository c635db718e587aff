package comparison

import (
	"context"
	"errors"
	"strconv"

	"github.com/fsmgen/fsmgen/internal/proc"
	"github.com/fsmgen/fsmgen/pool/fsm1"
	"github.com/fsmgen/fsmgen/pool/wire"
)

// Basic is the pool that a program writes for itself in an afternoon: a channel of links to real worker processes. It has
// no machine, no health and no sessions. It is correct as long as no worker fails.
type Basic struct {
	spawner proc.Spawner
	free    chan *fsm1.Link
}

// StartBasic starts n workers one after the other. The first that does not start ends the start.
func StartBasic(ctx context.Context, spec proc.Spec, n int) (*Basic, error) {
	b := &Basic{free: make(chan *fsm1.Link, n)}
	for i := range n {
		process, err := b.spawner.Start(spec)
		if err != nil {
			return nil, errors.Join(err, b.Close())
		}
		link := fsm1.New(process.Data(), process.Control(), fsm1.Config{})
		if _, err := link.Handshake(ctx, wire.Welcome{Worker: strconv.Itoa(i)}); err != nil {
			return nil, errors.Join(err, b.Close())
		}
		b.free <- link
	}
	return b, nil
}

// Execute takes the worker that has been free for longest, and gives it back whatever came of the request.
func (b *Basic) Execute(ctx context.Context, r Request) (Answer, error) {
	select {
	case link := <-b.free:
		defer func() { b.free <- link }()
		response, err := link.Exchange(ctx, wire.Request{Command: r.Command, Session: r.Session, Payload: r.Payload})
		return Answer{Payload: response.Payload}, err
	case <-ctx.Done():
		return Answer{}, context.Cause(ctx)
	}
}

// Close kills every process.
func (b *Basic) Close() error {
	b.spawner.Close()
	return nil
}

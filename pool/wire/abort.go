package wire

import (
	"context"
	"errors"
	"os"
	"time"
)

// abort cancels the request and returns the frame that ends it, or the loss of a worker that does not end it in time.
func (c *call) abort(cause error) (Frame, error) {
	d := c.data
	if d.cancel == nil {
		return Frame{}, c.abandon(cause)
	}
	ctx, stop := context.WithTimeout(context.WithoutCancel(c.ctx), d.grace)
	defer stop()
	c.cancelled.Store(true)
	if err := d.cancel(ctx, c.id); err != nil {
		return Frame{}, c.abandon(cause)
	}
	if c.inbox == nil {
		c.interrupt.settle()
		deadline, _ := ctx.Deadline()
		_ = d.conn.SetReadDeadline(deadline) // fails on a closed stream only, and then so does the read
		defer func() { _ = d.conn.SetReadDeadline(time.Time{}) }()
	}
	f, err := c.last(ctx)
	if err != nil && (errors.Is(err, os.ErrDeadlineExceeded) || ctx.Err() != nil) {
		return Frame{}, c.abandon(cause)
	}
	return f, c.lostBy(err)
}

// last returns the frame that ends the call. Nobody waits for the pieces of a stream before it, nor for the last one.
func (c *call) last(ctx context.Context) (Frame, error) {
	for {
		f, err := c.wait(ctx)
		switch {
		case err != nil:
			return Frame{}, err
		case f.Type == TypeSnapshot && c.kind == TypeRequest:
			err = c.keep(f)
		case f.Type != TypeChunk:
			return f, nil
		case f.Flags&FlagLast != 0:
			return Frame{Type: TypeCancelled, ID: c.id}, nil
		}
		if err != nil {
			return Frame{}, err
		}
	}
}

// abandon gives the worker up: its answer may still come, and must not meet another request.
func (c *call) abandon(cause error) error {
	return &LostError{Sent: SentUnknown, Err: c.data.lose(cause)}
}

package wire

import (
	"context"
	"time"
)

// writer lets several goroutines write frames to one connection, one after the other.
type writer struct {
	conn *Conn
	turn chan struct{} // holds one token, taken by the call in progress
}

func newWriter(c *Conn) writer { return writer{conn: c, turn: make(chan struct{}, 1)} }

// take waits for the turn; the error is the cause of the end of ctx.
func (w *writer) take(ctx context.Context) error {
	select {
	case w.turn <- struct{}{}:
		return nil
	default:
	}
	select {
	case w.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (w *writer) give() { <-w.turn }

// write writes a frame that needs no number of its own. A frame that has been begun gets as much time as grace says after
// the end of ctx.
func (w *writer) write(ctx context.Context, grace time.Duration, f Frame) error {
	if err := w.take(ctx); err != nil {
		return err
	}
	defer w.give()
	var i interrupt
	i.on(ctx, w.conn.stream, false, grace)
	defer i.release()
	return because(ctx, w.conn.WriteFrame(f))
}

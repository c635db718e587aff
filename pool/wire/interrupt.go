package wire

import (
	"context"
	"errors"
	"os"
	"sync"
	"time"
)

// longAgo is a deadline that ends a read or write at once.
var longAgo = time.Unix(1, 0)

// interrupt ends blocked calls of a stream once a context is done, without a goroutine while it is not.
type interrupt struct {
	stream Stream
	reads  bool // whether reads are ended too; writes always are
	grace  time.Duration
	stop   func() bool    // nil if nothing can happen by itself
	strike sync.WaitGroup // done when the deadlines have been set
}

// on ends the reads of the stream, if they are to be, when ctx is done, and its writes as much later as grace says: in the
// middle of a frame the connection is lost. The caller has to call release when its own calls have returned.
func (i *interrupt) on(ctx context.Context, s Stream, reads bool, grace time.Duration) {
	if ctx.Done() == nil {
		return
	}
	i.stream, i.reads, i.grace = s, reads, grace
	i.strike.Add(1)
	i.stop = context.AfterFunc(ctx, i.hit)
}

// hit sets the deadlines, which fails on a closed stream only, where nothing blocks.
func (i *interrupt) hit() {
	defer i.strike.Done()
	if i.reads {
		_ = i.stream.SetReadDeadline(longAgo)
	}
	_ = i.stream.SetWriteDeadline(after(i.grace))
}

// settle lets nothing happen by itself any more: afterwards the deadlines are set, or never will be.
func (i *interrupt) settle() {
	switch {
	case i.stop == nil:
	case i.stop():
		i.stop = nil
	default:
		i.strike.Wait()
	}
}

// release makes the stream what it was.
func (i *interrupt) release() {
	if i.stop == nil || i.stop() {
		return
	}
	i.strike.Wait()
	if i.reads {
		_ = i.stream.SetReadDeadline(time.Time{})
	}
	_ = i.stream.SetWriteDeadline(time.Time{})
}

// after is the deadline that is so far away.
func after(grace time.Duration) time.Time {
	if grace <= 0 {
		return longAgo
	}
	return time.Now().Add(grace)
}

// because replaces the deadline that was set when ctx ended by the reason why it ended.
func because(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(err, os.ErrDeadlineExceeded) {
		return context.Cause(ctx)
	}
	return err
}

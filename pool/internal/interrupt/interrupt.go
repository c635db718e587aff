// Package interrupt ends blocked reads and writes of a connection when a context ends.
package interrupt

import (
	"context"
	"errors"
	"os"
	"sync"
	"time"

	"github.com/fsmgen/fsmgen/pool/wire"
)

// longAgo is a deadline that ends a read or write at once.
var longAgo = time.Unix(1, 0)

// Watchable is a context that reports its end without the allocations of [context.AfterFunc].
type Watchable interface {
	context.Context
	// Watch has w told, on a goroutine of its own, when the context ends.
	Watch(w Watcher)
	// Unwatch takes w back. It returns false if the context has ended: w has been told, or will be.
	Unwatch(w Watcher) bool
}

// Watcher is the receiver of the end of a [Watchable].
type Watcher interface{ ContextEnded() }

// Interrupt is a watch on a context that ends blocked calls of a stream once the context is done. It costs no goroutine until then.
type Interrupt struct {
	stream wire.Stream
	reads  bool // whether reads are ended too; writes always are
	grace  time.Duration
	armed  bool           // something can happen by itself
	ctx    Watchable      // whose end it is; nil where stop is there instead
	stop   func() bool    // lets the end of the context do nothing; false if it has come
	strike sync.WaitGroup // done when the deadlines have been set
}

// On ends the reads of the stream, if they are to be, when ctx is done, and its writes as much later as grace says: in the
// middle of a frame the connection is lost. The caller has to call release when its own calls have returned.
func (i *Interrupt) On(ctx context.Context, s wire.Stream, reads bool, grace time.Duration) {
	w, watchable := ctx.(Watchable)
	if !watchable && ctx.Done() == nil {
		return
	}
	i.armed, i.stream, i.reads, i.grace = true, s, reads, grace
	i.strike.Add(1)
	if watchable {
		i.ctx = w
		w.Watch(i)
	} else {
		i.stop = context.AfterFunc(ctx, i.ContextEnded)
	}
}

// cancel keeps the end of the context from doing anything. It returns false if that has come.
func (i *Interrupt) cancel() bool {
	if i.ctx != nil {
		return i.ctx.Unwatch(i)
	}
	return i.stop()
}

// ContextEnded sets the deadlines, which fails on a closed stream only, where nothing blocks.
func (i *Interrupt) ContextEnded() {
	defer i.strike.Done()
	if i.reads {
		_ = i.stream.SetReadDeadline(longAgo)
	}
	_ = i.stream.SetWriteDeadline(after(i.grace))
}

// Settle lets nothing happen by itself any more: afterwards the deadlines are set, or never will be.
func (i *Interrupt) Settle() {
	switch {
	case !i.armed:
	case i.cancel():
		i.armed = false
	default:
		i.strike.Wait()
	}
}

// Release makes the stream what it was.
func (i *Interrupt) Release() {
	if !i.armed || i.cancel() {
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

// Cause replaces the deadline that was set when ctx ended by the reason why it ended.
func Cause(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(err, os.ErrDeadlineExceeded) {
		return context.Cause(ctx)
	}
	return err
}

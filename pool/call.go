package pool

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/fsmgen/fsmgen/pool/internal/interrupt"
)

// call is one request while it waits for a worker or has one. It is the owner of its ticket and lease in the core, and the
// context of the exchange with the worker: it ends with the context of the caller, and when the core says that its time
// is up. Unlike context.WithTimeout it needs no timer of the runtime.
type call struct {
	context.Context            // of the caller
	granted         chan error // of a request that waits: nil, or why it gets no worker
	lease           *Lease     // that the call is for, or is a request of; nil for none
	loan            loan       // where lease is nil

	mu       sync.Mutex
	limit    TimeoutError  // that ends the call, besides its caller; zero for none
	deadline time.Time     // of the limit; zero for none that is known
	done     chan struct{} // made when it is asked for
	err      error         // why the call has ended; nil while it lasts
	watching bool          // the end of the caller's context ends the call
	unwatch  func() bool
	watchers []interrupt.Watcher  // told when the call ends
	room     [1]interrupt.Watcher // for those of nearly every call
}

// borrower is the owner of a lease of the core: a request, or a [Lease] that has no request in progress.
type borrower interface {
	// waiting returns the call that waits in the queue.
	waiting(ctx context.Context) *call
	// place returns where the loan of the slot is put, which the worker has just granted. It is called under the lock of the pool.
	place(w *worker, number int) *loan
	// borrowed returns the loan that was put there.
	borrowed() *loan
	// ofLease returns the Lease that the slot is for, nil for none.
	ofLease() *Lease
}

func (c *call) waiting(context.Context) *call { return c }
func (c *call) ofLease() *Lease               { return c.lease }

// place puts the loan where the request of a lease, or the request alone, keeps it.
func (c *call) place(w *worker, number int) *loan {
	if c.lease != nil {
		return c.lease.place(w, number)
	}
	return &c.loan
}

// borrowed is the loan that place has put there. It is read by the goroutine of the request alone.
func (c *call) borrowed() *loan {
	if c.lease != nil {
		return c.lease.borrowed()
	}
	return &c.loan
}

// until says what ends the call besides its caller: a limit that begins now.
func (c *call) until(what string, after time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.limit, c.deadline = TimeoutError{What: what, After: after}, time.Now().Add(after)
}

// untilSilence says that the call ends when nothing has come for that long.
func (c *call) untilSilence(after time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.limit = TimeoutError{What: "SilenceTimeout", After: after}
}

// Deadline is the earlier one of the caller and the limit.
func (c *call) Deadline() (time.Time, bool) {
	at, ok := c.Context.Deadline()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.deadline.IsZero() || (ok && at.Before(c.deadline)) {
		return at, ok
	}
	return c.deadline, true
}

// Done returns a channel that is closed when the call ends.
func (c *call) Done() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.done == nil {
		c.done = make(chan struct{})
		if c.err != nil {
			close(c.done)
		}
		c.watchCaller()
	}
	return c.done
}

// Err returns why the call has ended: the error of the caller's context, or the limit.
func (c *call) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil && !c.watching {
		c.err = c.Context.Err()
	}
	return c.err
}

// Watch has w told, on a goroutine of its own, when the call ends.
func (c *call) Watch(w interrupt.Watcher) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		go w.ContextEnded()
		return
	}
	c.watchCaller()
	if c.watchers == nil {
		c.watchers = c.room[:0]
	}
	c.watchers = append(c.watchers, w)
}

// Unwatch takes w back. It returns false if the call has ended.
func (c *call) Unwatch(w interrupt.Watcher) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := slices.Index(c.watchers, w)
	if i < 0 {
		return false
	}
	c.watchers = slices.Delete(c.watchers, i, i+1)
	return true
}

// AfterFunc runs f on a goroutine of its own when the call ends. It lets context.AfterFunc do without a goroutine.
func (c *call) AfterFunc(f func()) (stop func() bool) {
	w := &watcherFunc{f}
	c.Watch(w)
	return func() bool { return c.Unwatch(w) }
}

// watcherFunc is a function as a [interrupt.Watcher].
type watcherFunc struct{ f func() }

func (w *watcherFunc) ContextEnded() { w.f() }

// watchCaller lets the end of the caller's context end the call, from the first time on that its end is asked for. It needs the
// lock.
func (c *call) watchCaller() {
	if c.watching || c.err != nil {
		return
	}
	c.watching = true
	if c.Context.Done() != nil {
		c.unwatch = context.AfterFunc(c.Context, func() { c.end(c.Context.Err()) })
	}
}

// gaveUp reports whether a request failed with err because the call had ended. The caller's context and the limit may both
// have ended it, so that err is compared with either.
func (c *call) gaveUp(err error) bool {
	why := c.Err()
	if why == nil {
		return false
	}
	return errors.Is(err, why) || (c.Context.Err() != nil && isCause(err, context.Cause(c.Context)))
}

// ending is err, for which the call was given up, as its caller gets it: the limit, or the end of the context and its cause.
func (c *call) ending(err error) error {
	if _, limit := c.Err().(*TimeoutError); limit {
		return err
	}
	return withEnd(c.Context, err)
}

// overdue ends the call because of its limit.
func (c *call) overdue() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.limit.What != "" {
		limit := c.limit
		c.endLocked(&limit)
	}
}

// end ends the call. Only the first reason counts.
func (c *call) end(why error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.endLocked(why)
}

// endLocked is end for those that have the lock.
func (c *call) endLocked(why error) {
	if c.err != nil {
		return
	}
	c.err = why
	if c.done != nil {
		close(c.done)
	}
	for _, w := range c.watchers {
		go w.ContextEnded()
	}
	c.watchers = nil
}

// release ends the watch on the caller's context.
func (c *call) release() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.unwatch != nil {
		c.unwatch()
	}
}

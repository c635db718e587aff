package wire

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
)

// NotBegunError is returned by [FSM1.Ping] when a worker answers probes and does not begin a request: its handlers are stuck,
// although it says that it is well.
type NotBegunError struct {
	ID      uint64
	Command string
	Session string
	// Waiting is how long the request has waited at least: since a probe that was sent after it.
	Waiting time.Duration
}

func (e *NotBegunError) Error() string {
	session := ""
	if e.Session != "" {
		session = fmt.Sprintf(" of session %q", e.Session)
	}
	return line(fmt.Sprintf("wire: ping: the worker has not begun request %d (%q%s) in %v: allowed is until the second probe after it",
		e.ID, e.Command, session, e.Waiting.Round(time.Millisecond)), maxError)
}

// settling is how long an answer that was on its way with a PONG may take to be read.
const settling = 100 * time.Millisecond

// liveness judges by two probes whether a worker begins its requests.
//
//	request 7 is written | PING 1 ... PONG 1 | PING 2 ... PONG 2 {"begun":[]}: request 7 has not begun
//
// The second probe is needed because the connections are two: PING may be read before a request that was written first.
type liveness struct {
	mu       sync.Mutex
	previous uint64    // number of the latest probe that was answered; 0 for none
	since    time.Time // when it was sent
}

// ping probes a worker and judges it.
func (l *liveness) ping(ctx context.Context, c *Control, d *Data) (Pong, error) {
	number, sent := d.probes.Add(1), time.Now()
	pong, err := c.Ping(ctx)
	if err != nil {
		return pong, err
	}
	l.mu.Lock()
	previous, since := l.previous, l.since
	if number > l.previous {
		l.previous, l.since = number, sent
	}
	l.mu.Unlock()
	if pong.Begun == nil {
		return pong, nil
	}
	if late := d.unbegun(ctx, pong.Begun, previous); late != nil {
		late.Waiting = time.Since(since)
		return pong, late
	}
	return pong, nil
}

// unbegun returns the oldest request that was written before the probe with that number and that is neither answered nor begun.
func (d *Data) unbegun(ctx context.Context, begun []uint64, probe uint64) *NotBegunError {
	for _, c := range d.suspects(begun, probe) {
		if d.remains(ctx, c) {
			return &NotBegunError{ID: c.id, Command: c.command, Session: c.session}
		}
	}
	return nil
}

// suspects returns the calls that a PONG does not name as begun, although it should. Calls whose frames are not being read may
// have been answered.
func (d *Data) suspects(begun []uint64, probe uint64) (list []*call) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for id, c := range d.calls {
		written := c.written.Load()
		switch {
		case slices.Contains(begun, id):
			c.seen = true
		case c.kind == TypeRequest && !c.seen && written > 0 && written <= probe && c.reads.Load():
			c.answered = make(chan struct{})
			list = append(list, c)
		}
	}
	slices.SortFunc(list, func(a, b *call) int { return cmp.Compare(a.id, b.id) })
	return list
}

// remains reports whether a call is still not answered, nor begun to be answered, when what was on its way has been read.
func (d *Data) remains(ctx context.Context, c *call) bool {
	d.mu.Lock()
	answered := c.answered
	d.mu.Unlock()
	if answered == nil {
		return false
	}
	timer := time.NewTimer(settling)
	defer timer.Stop()
	select {
	case <-answered:
		return false
	case <-ctx.Done():
		return false
	case <-timer.C:
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.lost == nil && !c.seen && c.reads.Load()
}

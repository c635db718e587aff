package wire

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"
)

// controlLimit bounds a control frame, which carries at most a few sentences.
const controlLimit = 64 << 10

// Pong is a worker's report about itself.
type Pong struct {
	OK       bool   `json:"ok"`               // what the health hook said; true without a hook
	Reason   string `json:"reason,omitempty"` // why not: one line of at most 4 KiB
	RSS      int64  `json:"rss"`              // resident memory in bytes; 0 where the worker cannot know
	InFlight int    `json:"in_flight"`        // requests that have been read and not been answered
	// Begun has the ids of the requests whose handler has begun and that have not been answered. Nil means that the worker
	// does not say.
	Begun []uint64 `json:"begun,omitempty"`
}

// Control is the pool's end of a worker's control connection. Its methods may be called
// from several goroutines. A goroutine reads it until [Control.Close].
type Control struct {
	conn    *Conn
	writer  writer
	log     *queue[Frame] // of LOG frames
	useless int           // answers in a row that came too late; of the goroutine that reads

	mu     sync.Mutex
	lastID uint64
	asked  map[uint64]*question
	lost   error // why no further answer will come
	closed bool
}

// question is what a PING or SHUTDOWN waits with.
type question struct {
	want   Type
	answer chan Frame // closed without one when none will come
}

// NewControl returns the pool's end of a control connection. The worker's log is dropped; an [FSM1] passes it on.
func NewControl(s Stream) *Control { return newControl(s, nil) }

func newControl(s Stream, log func(LogRecord)) *Control {
	conn := NewConn(s, controlLimit)
	c := &Control{conn: conn, writer: newWriter(conn), log: logQueue(log), asked: map[uint64]*question{}}
	go c.read()
	return c
}

// Close closes the connection, which ends calls in progress. The worker exits at once when it sees that. A second call does
// nothing.
func (c *Control) Close() error {
	c.mu.Lock()
	closed := c.closed
	c.closed = true
	c.mu.Unlock()
	if closed {
		return nil
	}
	return c.conn.Close()
}

// Ping asks a worker how it is. An unhealthy worker is a [Pong] without OK, not an
// error. After the end of ctx the connection stays usable: a late answer is dropped.
func (c *Control) Ping(ctx context.Context) (Pong, error) {
	var pong Pong
	f, err := c.ask(ctx, Frame{Type: TypePing}, TypePong)
	if err == nil {
		err = decodeJSON("PONG payload", f.Payload, &pong)
	}
	if err != nil {
		return Pong{}, fmt.Errorf("wire: ping: %w", err)
	}
	pong.Reason = line(pong.Reason, maxMessage)
	return pong, nil
}

// Shutdown asks a worker to finish what it has and to exit, and returns when the worker
// has said BYE: it has answered every request that was sent before, and its exit follows.
func (c *Control) Shutdown(ctx context.Context, reason string) error {
	order := struct {
		Reason     string `json:"reason"`
		DeadlineMS int64  `json:"deadline_ms,omitempty"` // milliseconds that are left; 0 means no deadline
	}{Reason: reason}
	if deadline, ok := ctx.Deadline(); ok {
		order.DeadlineMS = max(1, time.Until(deadline).Milliseconds())
	}
	payload, err := json.Marshal(order)
	if err == nil {
		_, err = c.ask(ctx, Frame{Type: TypeShutdown, Payload: payload}, TypeBye)
	}
	if err != nil {
		return fmt.Errorf("wire: shutdown: %w", err)
	}
	return nil
}

// cancel asks a worker to stop a request.
func (c *Control) cancel(ctx context.Context, id uint64) error {
	return c.writer.write(ctx, 0, Frame{Type: TypeCancel, ID: id})
}

// ask sends f under a new id and returns the frame that answers it.
func (c *Control) ask(ctx context.Context, f Frame, want Type) (Frame, error) {
	if ctx.Err() != nil {
		return Frame{}, context.Cause(ctx)
	}
	q := &question{want: want, answer: make(chan Frame, 1)}
	if err := c.enter(q, &f); err != nil {
		return Frame{}, err
	}
	defer c.forget(f.ID)
	if err := c.writer.write(ctx, 0, f); err != nil {
		return Frame{}, err
	}
	select {
	case answer, ok := <-q.answer:
		return c.answered(answer, ok)
	case <-ctx.Done():
		return Frame{}, context.Cause(ctx)
	}
}

func (c *Control) answered(f Frame, ok bool) (Frame, error) {
	if !ok {
		c.mu.Lock()
		defer c.mu.Unlock()
		return Frame{}, c.lost
	}
	if f.Type == TypeError {
		return Frame{}, remoteError(f)
	}
	return f, nil
}

// enter gives f the next id, under which its answer will find q.
func (c *Control) enter(q *question, f *Frame) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.lost != nil {
		return c.lost
	}
	c.lastID++
	f.ID = c.lastID
	c.asked[f.ID] = q
	return nil
}

func (c *Control) forget(id uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.asked, id)
}

// read hands every frame to the call that waits for it, until the connection ends or breaks the rules. It runs no code of the
// caller: a log handler that takes its time must not keep a PONG waiting.
func (c *Control) read() {
	defer c.log.close()
	for {
		f, err := c.conn.ReadFrame()
		switch {
		case err != nil:
		case f.Type == TypeLog:
			c.log.put(f)
		case f.Type == TypeError && f.ID == 0:
			err = remoteError(f)
		default:
			err = c.deliver(f)
		}
		if err != nil {
			c.fail(err)
			return
		}
	}
}

// deliver drops answers to calls whose context ended first, the last one included.
func (c *Control) deliver(f Frame) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	q := c.asked[f.ID]
	switch {
	case q != nil && (f.Type == q.want || f.Type == TypeError):
		c.useless = 0
		delete(c.asked, f.ID)
		q.answer <- f
		return nil
	case q == nil && f.ID != 0 && f.ID <= c.lastID && (f.Type == TypePong || f.Type == TypeBye || f.Type == TypeError):
		if c.useless++; c.useless <= maxUseless {
			return nil
		}
	}
	return unexpected(f, fmt.Sprintf("LOG, or an answer to one of %d orders", len(c.asked)))
}

// fail ends every call in progress.
func (c *Control) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lost = err
	for id, q := range c.asked {
		close(q.answer)
		delete(c.asked, id)
	}
}

package wire

import (
	"context"
	"encoding/json"
	"fmt"
)

// controlLimit bounds a control frame, which carries at most a sentence.
const controlLimit = 64 << 10

// Pong is a worker's report about itself.
type Pong struct {
	OK       bool   `json:"ok"`               // what the health hook said; true without a hook
	Reason   string `json:"reason,omitempty"` // why not
	RSS      int64  `json:"rss"`              // resident memory in bytes; 0 where the worker cannot know
	InFlight int    `json:"in_flight"`        // requests that have been read and not been answered
}

// Control is the pool's end of a worker's control connection. Its methods may be called
// from several goroutines; they take turns.
type Control struct {
	conn   *Conn
	turn   chan struct{} // holds one token, taken by the call in progress
	lastID uint64
}

// NewControl returns the pool's end of a control connection.
func NewControl(s Stream) *Control {
	return &Control{conn: NewConn(s, controlLimit), turn: make(chan struct{}, 1)}
}

// Close closes the connection, which ends a call in progress. The worker exits at once
// when it sees that.
func (c *Control) Close() error { return c.conn.Close() }

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
	return pong, nil
}

// Shutdown asks a worker to finish what it has and to exit, and returns when the worker
// has said BYE: it has answered every request that was sent before, and its exit follows.
func (c *Control) Shutdown(ctx context.Context, reason string) error {
	payload, err := json.Marshal(struct {
		Reason string `json:"reason"`
	}{reason})
	if err == nil {
		_, err = c.ask(ctx, Frame{Type: TypeShutdown, Payload: payload}, TypeBye)
	}
	if err != nil {
		return fmt.Errorf("wire: shutdown: %w", err)
	}
	return nil
}

// ask sends f under a new id and returns the frame that answers it.
func (c *Control) ask(ctx context.Context, f Frame, want Type) (Frame, error) {
	select {
	case c.turn <- struct{}{}:
		defer func() { <-c.turn }()
	case <-ctx.Done():
		return Frame{}, context.Cause(ctx)
	}
	if ctx.Err() != nil {
		return Frame{}, context.Cause(ctx)
	}
	defer interruptOn(ctx, c.conn.stream)()
	c.lastID++
	f.ID = c.lastID
	if err := c.conn.WriteFrame(f); err != nil {
		return Frame{}, because(ctx, err)
	}
	answer, err := c.answer(f.ID, want)
	return answer, because(ctx, err)
}

// answer skips what answers earlier calls whose context ended first.
func (c *Control) answer(id uint64, want Type) (Frame, error) {
	for {
		f, err := c.conn.ReadFrame()
		switch {
		case err != nil:
			return Frame{}, err
		case f.Type == TypeError && (f.ID == id || f.ID == 0):
			return Frame{}, remoteError(f)
		case f.Type == want && f.ID == id:
			return f, nil
		case f.ID == 0 || f.ID >= id:
			return Frame{}, unexpected(f, fmt.Sprintf("%v with id %d", want, id))
		}
	}
}

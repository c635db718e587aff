package fsm1

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/fsmgen/fsmgen/pool/internal/frame"
	"github.com/fsmgen/fsmgen/pool/internal/printable"
	"github.com/fsmgen/fsmgen/pool/internal/queue"
	"github.com/fsmgen/fsmgen/pool/wire"
)

// controlLimit bounds a control frame, which carries at most a few sentences.
const controlLimit = 64 << 10

// controlConn is the pool's end of a worker's control connection. Its methods may be called
// from several goroutines. A goroutine reads it until [controlConn.Close].
type controlConn struct {
	conn    *frame.Conn
	writer  writer
	log     *queue.Queue[frame.Frame] // of LOG frames
	useless int                       // answers in a row that came too late; of the goroutine that reads

	mu     sync.Mutex
	lastID uint64
	asked  map[uint64]*question
	lost   error // why no further answer will come
	closed bool
}

// question is a PING or SHUTDOWN that waits for its answer.
type question struct {
	want   frame.Type
	answer chan frame.Frame // closed without one when none will come
}

// newControl returns the pool's end of a control connection. log receives the records of the worker; nil drops them.
func newControl(s wire.Stream, log func(LogRecord)) *controlConn {
	conn := frame.NewConn(s, controlLimit)
	c := &controlConn{conn: conn, writer: newWriter(conn), log: logQueue(log), asked: map[uint64]*question{}}
	go c.read()
	return c
}

// Close closes the connection, which ends calls in progress. The worker exits at once when it sees that. A second call does
// nothing.
func (c *controlConn) Close() error {
	c.mu.Lock()
	closed := c.closed
	c.closed = true
	c.mu.Unlock()
	if closed {
		return nil
	}
	return c.conn.Close()
}

// Ping asks a worker how it is. An unhealthy worker is a [wire.Pong] without OK, not an
// error. After the end of ctx the connection stays usable: a late answer is dropped.
func (c *controlConn) Ping(ctx context.Context) (wire.Pong, error) {
	var pong wire.Pong
	f, err := c.ask(ctx, frame.Frame{Type: frame.TypePing}, frame.TypePong)
	if err == nil {
		err = decodeJSON("PONG payload", f.Payload, &pong)
	}
	if err != nil {
		return wire.Pong{}, fmt.Errorf("wire: ping: %w", err)
	}
	pong.Reason = printable.Line(pong.Reason, printable.MaxMessage)
	return pong, nil
}

// Shutdown asks a worker to finish what it has and to exit, and returns when the worker
// has said BYE: it has answered every request that was sent before, and its exit follows.
func (c *controlConn) Shutdown(ctx context.Context, reason string) error {
	order := struct {
		Reason     string `json:"reason"`
		DeadlineMS int64  `json:"deadline_ms,omitempty"` // milliseconds that are left; 0 means no deadline
	}{Reason: reason}
	if deadline, ok := ctx.Deadline(); ok {
		order.DeadlineMS = max(1, time.Until(deadline).Milliseconds())
	}
	payload, err := json.Marshal(order)
	if err == nil {
		_, err = c.ask(ctx, frame.Frame{Type: frame.TypeShutdown, Payload: payload}, frame.TypeBye)
	}
	if err != nil {
		return fmt.Errorf("wire: shutdown: %w", err)
	}
	return nil
}

// cancel asks a worker to stop a request.
func (c *controlConn) cancel(ctx context.Context, id uint64) error {
	return c.writer.write(ctx, 0, frame.Frame{Type: frame.TypeCancel, ID: id})
}

// ask sends f under a new id and returns the frame that answers it.
func (c *controlConn) ask(ctx context.Context, f frame.Frame, want frame.Type) (frame.Frame, error) {
	if ctx.Err() != nil {
		return frame.Frame{}, context.Cause(ctx)
	}
	q := &question{want: want, answer: make(chan frame.Frame, 1)}
	if err := c.enter(q, &f); err != nil {
		return frame.Frame{}, err
	}
	defer c.forget(f.ID)
	if err := c.writer.write(ctx, 0, f); err != nil {
		return frame.Frame{}, err
	}
	select {
	case answer, ok := <-q.answer:
		return c.answered(answer, ok)
	case <-ctx.Done():
		return frame.Frame{}, context.Cause(ctx)
	}
}

func (c *controlConn) answered(f frame.Frame, ok bool) (frame.Frame, error) {
	if !ok {
		c.mu.Lock()
		defer c.mu.Unlock()
		return frame.Frame{}, c.lost
	}
	if f.Type == frame.TypeError {
		return frame.Frame{}, remoteError(f)
	}
	return f, nil
}

// enter gives f the next id, under which its answer will find q.
func (c *controlConn) enter(q *question, f *frame.Frame) error {
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

func (c *controlConn) forget(id uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.asked, id)
}

// read hands every frame to the call that waits for it, until the connection ends or breaks the rules. It runs no code of the
// caller: a log handler that takes its time must not keep a PONG waiting.
func (c *controlConn) read() {
	defer c.log.Close()
	for {
		f, err := c.conn.ReadFrame()
		switch {
		case err != nil:
		case f.Type == frame.TypeLog:
			c.log.Put(f)
		case f.Type == frame.TypeError && f.ID == 0:
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
func (c *controlConn) deliver(f frame.Frame) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	q := c.asked[f.ID]
	switch {
	case q != nil && (f.Type == q.want || f.Type == frame.TypeError):
		c.useless = 0
		delete(c.asked, f.ID)
		q.answer <- f
		return nil
	case q == nil && f.ID != 0 && f.ID <= c.lastID && (f.Type == frame.TypePong || f.Type == frame.TypeBye || f.Type == frame.TypeError):
		if c.useless++; c.useless <= maxUseless {
			return nil
		}
	}
	return unexpected(f, fmt.Sprintf("LOG, or an answer to one of %d orders", len(c.asked)))
}

// fail ends every call in progress.
func (c *controlConn) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lost = err
	for id, q := range c.asked {
		close(q.answer)
		delete(c.asked, id)
	}
}

// dropTimeout bounds the time for which a worker may keep a DROP from being written.
const dropTimeout = time.Second

// Drop tells the worker to forget the state of sessions, each if the generation that it keeps is at most the one that is named.
// It is not answered. A session whose name is not UTF-8 or does not fit into a frame is left out, since the worker cannot have
// it under that name.
func (c *controlConn) Drop(sessions []wire.Session) error {
	ctx, cancel := context.WithTimeoutCause(context.Background(), dropTimeout, errDropTimeout)
	defer cancel()
	for _, payload := range dropPayloads(sessions, controlLimit-frame.FixedSize) {
		if err := c.writer.write(ctx, 0, frame.Frame{Type: frame.TypeDrop, Payload: payload}); err != nil {
			return fmt.Errorf("wire: drop: %w", err)
		}
	}
	return nil
}

var errDropTimeout = fmt.Errorf("the worker has not read its control connection for %v", dropTimeout)

// dropPayloads are JSON arrays of [name, generation], each of at most limit bytes.
func dropPayloads(sessions []wire.Session, limit int) (payloads [][]byte) {
	var payload []byte
	for _, s := range sessions {
		pair, ok := dropPair(s)
		if !ok || len(pair)+len("[]") > limit {
			continue
		}
		if len(payload)+len(pair)+len(",]") > limit {
			payloads = append(payloads, append(payload, ']'))
			payload = nil
		}
		separator := byte(',')
		if payload == nil {
			separator = '['
		}
		payload = append(append(payload, separator), pair...)
	}
	if payload != nil {
		payloads = append(payloads, append(payload, ']'))
	}
	return payloads
}

// dropPair is the JSON of one session. It escapes no more than JSON has to, so that as many names as possible fit.
func dropPair(s wire.Session) ([]byte, bool) {
	if !utf8.ValidString(s.ID) {
		return nil, false
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode([]any{s.ID, s.Generation})
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err == nil
}

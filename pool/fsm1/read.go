package fsm1

import (
	"context"
	"encoding/binary"
	"fmt"
	"sync"

	"github.com/fsmgen/fsmgen/pool/internal/frame"
	"github.com/fsmgen/fsmgen/pool/wire"
)

// read takes frames off the connection for all calls, or until only has ended if it is not nil.
func (d *dataConn) read(only *call) {
	for {
		f, c, err := d.readFrame()
		if err != nil {
			d.fail(err)
			return
		}
		if c == nil {
			continue
		}
		ended := c.ended // the caller may go on as soon as it has the frame
		c.inbox.put(f)
		if ended && c == only {
			return
		}
	}
}

// readFrame reads one frame and enters it into the call that it belongs to, which is nil for a frame that no caller has to
// know of.
func (d *dataConn) readFrame() (frame.Frame, *call, error) {
	f, err := d.conn.ReadFrame()
	if err != nil {
		return frame.Frame{}, nil, err
	}
	c, err := d.addressee(f)
	if err == nil && c != nil {
		err = c.admit(f)
	}
	if err == nil {
		err = d.tolerate(c, f)
	}
	if err != nil || c == nil || f.Type == frame.TypeCredit {
		return frame.Frame{}, nil, err
	}
	if c.ended {
		d.forget(c)
	}
	return f, c, nil
}

// tolerate counts frames that mean nothing: credit for a request that has ended, which may come late, and credit of no bytes.
func (d *dataConn) tolerate(c *call, f frame.Frame) error {
	if c != nil && (f.Type != frame.TypeCredit || creditOf(f) > 0) {
		d.useless = 0
		return nil
	}
	if d.useless++; d.useless <= maxUseless {
		return nil
	}
	return &wire.ProtocolError{
		Field: "frame", Seen: fmt.Sprintf("more than %d frames in a row that mean nothing", maxUseless),
		Allowed: "CREDIT for input that has been consumed",
	}
}

// addressee returns the call that f belongs to. Credit may come late; nothing else may come twice, or without being asked for.
func (d *dataConn) addressee(f frame.Frame) (*call, error) {
	if f.ID == 0 && f.Type == frame.TypeError {
		return nil, remoteError(f)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if c := d.calls[f.ID]; c != nil {
		c.seen = true
		return c, nil
	}
	if f.Type == frame.TypeCredit && f.ID != 0 && f.ID <= d.lastID {
		return nil, nil
	}
	return nil, unexpected(f, fmt.Sprintf("an answer to one of %d requests in flight", len(d.calls)))
}

// forget lets no further frame find the call.
func (d *dataConn) forget(c *call) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.calls, c.id)
	if c.answered != nil {
		close(c.answered)
		c.answered = nil
	}
}

// fail loses the connection for every call that waits.
func (d *dataConn) fail(err error) {
	err = d.lose(err)
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, c := range d.calls {
		if c.inbox != nil {
			c.inbox.fail(err)
		}
	}
}

// admit checks that f may come now, and enters it into the call.
func (c *call) admit(f frame.Frame) error {
	if err := c.allows(f); err != nil {
		return err
	}
	switch f.Type {
	case frame.TypeChunk:
		c.begun = true
		c.credit.Add(-int64(cost(f)))
	case frame.TypeCredit:
		return c.input.grant(creditOf(f))
	case frame.TypeSnapshot:
		c.brought = true
	}
	c.ended = c.isLast(f)
	return nil
}

// allows returns nil for a frame that the worker may send at this moment.
func (c *call) allows(f frame.Frame) error {
	request := c.kind == frame.TypeRequest
	allowed := false
	switch f.Type {
	case frame.TypeError:
		allowed = true
	case frame.TypeResponse:
		allowed = request && !c.begun
	case frame.TypeCancelled:
		allowed = c.cancelled.Load()
	case frame.TypeCredit:
		allowed = c.input != nil
	case frame.TypeSnapshot:
		allowed = c.kind == frame.TypeExport || (c.checkpoint && !c.brought)
	case frame.TypeImported:
		allowed = c.kind == frame.TypeImport
	case frame.TypeChunk:
		if c.stream && c.credit.Load() <= 0 {
			return &wire.ProtocolError{Field: "frame", Seen: "CHUNK without credit", Allowed: "CHUNK while the credit is above 0"}
		}
		allowed = c.stream
	}
	if !allowed {
		return unexpected(f, fmt.Sprintf("what answers the %v in flight", c.kind))
	}
	return nil
}

// chunkCost is what a chunk takes from the credit beside its payload.
const chunkCost = frame.LengthSize + frame.FixedSize

func cost(chunk frame.Frame) int { return chunkCost + len(chunk.Payload) }

// creditOf is how many bytes a CREDIT gives back.
func creditOf(f frame.Frame) int { return int(binary.BigEndian.Uint32(f.Payload)) }

// inbox is the queue of the frames of one request that a reading goroutine has received and the caller has not taken yet. It is bounded by
// the credit that was given.
type inbox struct {
	mu     sync.Mutex
	frames []frame.Frame
	err    error // why no further frame will come
	news   chan struct{}
}

func newInbox() *inbox { return &inbox{news: make(chan struct{}, 1)} }

func (b *inbox) put(f frame.Frame) {
	b.mu.Lock()
	b.frames = append(b.frames, f)
	b.mu.Unlock()
	b.wake()
}

// fail lets take return err once it has returned all frames.
func (b *inbox) fail(err error) {
	b.mu.Lock()
	b.err = err
	b.mu.Unlock()
	b.wake()
}

func (b *inbox) wake() {
	select {
	case b.news <- struct{}{}:
	default:
	}
}

// take waits for the next frame. The error is the cause of the end of ctx, or the one given to fail.
func (b *inbox) take(ctx context.Context) (frame.Frame, error) {
	for {
		if f, ok, err := b.next(); ok || err != nil {
			return f, err
		}
		select {
		case <-b.news:
		case <-ctx.Done():
			return frame.Frame{}, context.Cause(ctx)
		}
	}
}

func (b *inbox) next() (f frame.Frame, ok bool, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.frames) == 0 {
		return frame.Frame{}, false, b.err
	}
	f = b.frames[0]
	b.frames[0] = frame.Frame{}
	b.frames = b.frames[1:]
	return f, true, nil
}

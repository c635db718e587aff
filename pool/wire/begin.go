package wire

import (
	"context"
	"math/rand/v2"
)

// begin writes a request. The caller has to end the call that it returns.
func (d *Data) begin(ctx context.Context, r Request, stream bool) (*call, error) {
	if err := d.speaks(r); err != nil {
		return nil, err
	}
	c := &call{
		data: d, kind: TypeRequest, stream: stream && d.terms.can[CanStream], checkpoint: r.Checkpoint,
		command: r.Command, session: r.Session,
	}
	h := header{Metadata: r.Meta, Stream: c.stream, Chunks: r.Input != nil, Checkpoint: r.Checkpoint}
	f := Frame{
		Type: TypeRequest, Command: r.Command, Session: r.Session, Generation: r.Generation, Payload: r.Payload,
	}
	if err := c.open(ctx, r.Input != nil); err != nil {
		return nil, err
	}
	if err := c.send(f, h); err != nil {
		return nil, err
	}
	if r.Input != nil {
		go c.input.send(r.InputType, r.Input)
	}
	return c, nil
}

// speaks returns nil if the worker speaks what r needs.
func (d *Data) speaks(r Request) error {
	switch {
	case r.Input != nil && !d.terms.can[CanStream]:
		return &NotSupportedError{What: "a stream as input", Need: CanStream}
	case r.Checkpoint && !d.terms.can[CanSession]:
		return &NotSupportedError{What: "a checkpoint", Need: CanSession}
	}
	return nil
}

// open takes a slot for the call, if it needs one, and lets the end of ctx interrupt it.
func (c *call) open(ctx context.Context, input bool) error {
	d := c.data
	c.slot = -1
	if err := d.admit(c); err != nil {
		return err
	}
	if ctx.Err() != nil {
		d.leave(c)
		return context.Cause(ctx)
	}
	c.ctx = ctx
	if input {
		c.ctx, c.give = context.WithCancelCause(ctx)
		c.input = newInput(c, d.terms.window)
	}
	// A goroutine has to read while another one writes: if neither side read, both could wait for the other.
	if d.terms.slots > 1 || (input && c.stream) {
		c.inbox = newInbox()
		c.reads.Store(true)
	} else {
		c.interrupt.on(c.ctx, d.conn.stream, true, d.grace)
	}
	c.credit.Store(int64(d.terms.window))
	return nil
}

// admit counts a call that begins. With one slot, whatever waits for an answer takes it.
func (d *Data) admit(c *call) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.lost != nil {
		return &LostError{Sent: NotSent, Err: d.lost}
	}
	c.counts = c.kind == TypeRequest || d.terms.slots == 1
	if !c.counts {
		return nil
	}
	if d.busy == d.terms.slots {
		return ErrInFlight
	}
	d.busy++
	if c.kind == TypeRequest && len(d.slots) > 0 {
		c.slot = d.slots[len(d.slots)-1]
		d.slots = d.slots[:len(d.slots)-1]
	}
	return nil
}

// leave gives back what admit took, when the answer is there or the connection is lost.
func (d *Data) leave(c *call) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if c.counts {
		d.busy--
	}
	if c.slot >= 0 {
		d.slots = append(d.slots, c.slot)
	}
}

// send writes the frame that begins the call, and ends the call if that fails.
func (c *call) send(f Frame, h header) error {
	if c.slot >= 0 {
		f = c.data.memory.request(c.slot, f)
		if c.data.terms.slots > 1 {
			h.Slot = &c.slot
		}
	}
	meta, err := h.encode()
	if err == nil {
		f.Meta = meta
		err = c.write(f)
	}
	if err != nil {
		c.data.forget(c)
		c.end()
	}
	return err
}

// write writes f under an id of its own. Ids have to grow in the order of the frames.
func (c *call) write(f Frame) error {
	d := c.data
	if err := d.writer.take(c.ctx); err != nil {
		return err
	}
	defer d.writer.give()
	f.ID = d.enter(c, &f)
	if c.inbox != nil {
		var i interrupt
		i.on(c.ctx, d.conn.stream, false, d.grace)
		defer i.release()
	}
	err := d.conn.WriteFrame(f)
	if err != nil && !refused(err) {
		return &LostError{Sent: NotSent, Err: d.lose(because(c.ctx, err))}
	}
	c.written.Store(d.probes.Load() + 1)
	if err == nil && c.inbox != nil && d.terms.slots == 1 {
		go d.read(c)
	}
	return err
}

// Ids cannot be guessed by the worker, so that no answer can come before its request: with one slot nothing reads between two
// requests, and such an answer would wait in the socket. An id has at most 53 bits, because not every JSON decoder of a worker
// has integers of more.
const (
	idStart = 1 << 40 // the first id is below it
	idStep  = 1 << 16 // the next id is at most that much larger
)

func firstID() uint64 { return rand.Uint64N(idStart) }

// enter gives a call, which f begins, its id.
func (d *Data) enter(c *call, f *Frame) uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lastID += 1 + rand.Uint64N(idStep)
	c.id = d.lastID
	d.calls[c.id] = c
	if f.Type == TypeRequest {
		d.recent.note(c.id, f.Command, f.Session)
	}
	return c.id
}

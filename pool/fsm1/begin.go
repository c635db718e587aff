package fsm1

import (
	"context"
	"encoding/json"
	"time"

	"github.com/fsmgen/fsmgen/pool/internal/frame"
	"github.com/fsmgen/fsmgen/pool/internal/interrupt"
	"github.com/fsmgen/fsmgen/pool/internal/printable"
	"github.com/fsmgen/fsmgen/pool/wire"
)

// begin writes a request. The caller has to end the call that it returns.
func (d *dataConn) begin(ctx context.Context, r wire.Request, stream bool) (*call, error) {
	if err := d.speaks(r); err != nil {
		return nil, err
	}
	c := &call{
		data: d, kind: frame.TypeRequest, stream: stream && d.terms.can[wire.CanStream], checkpoint: r.Checkpoint,
		command: r.Command, session: r.Session,
	}
	h := header{Metadata: r.Meta, Stream: c.stream, Chunks: r.Input != nil, Checkpoint: r.Checkpoint}
	f := frame.Frame{
		Type: frame.TypeRequest, Command: r.Command, Session: r.Session, Generation: r.Generation, Payload: r.Payload,
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
func (d *dataConn) speaks(r wire.Request) error {
	switch {
	case r.Input != nil && !d.terms.can[wire.CanStream]:
		return &wire.NotSupportedError{What: "a stream as input", Need: wire.CanStream}
	case r.Checkpoint && !d.terms.can[wire.CanSession]:
		return &wire.NotSupportedError{What: "a checkpoint", Need: wire.CanSession}
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
		c.interrupt.On(c.ctx, d.conn.Stream, true, d.grace)
	}
	c.credit.Store(int64(d.terms.window))
	return nil
}

// send writes the frame that begins the call, and ends the call if that fails.
func (c *call) send(f frame.Frame, h header) error {
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
func (c *call) write(f frame.Frame) error {
	d := c.data
	if err := d.writer.take(c.ctx); err != nil {
		return err
	}
	defer d.writer.give()
	f.ID = d.enter(c, &f)
	if c.inbox != nil {
		var i interrupt.Interrupt
		i.On(c.ctx, d.conn.Stream, false, d.grace)
		defer i.Release()
	}
	err := d.conn.WriteFrame(f)
	if err != nil && !refused(err) {
		return &wire.LostError{Sent: wire.NotSent, Err: d.lose(interrupt.Cause(c.ctx, err))}
	}
	c.written.Store(d.probes.Load() + 1)
	if err == nil && c.inbox != nil && d.terms.slots == 1 {
		go d.read(c)
	}
	return err
}

// header is the metadata of a frame: that of the caller, and that of the protocol.
type header struct {
	wire.Metadata
	Stream     bool   `json:"stream,omitempty"`     // the answer may be a stream
	Chunks     bool   `json:"chunks,omitempty"`     // a stream follows
	Checkpoint bool   `json:"checkpoint,omitempty"` // the answer brings the state of the session along
	Session    string `json:"session,omitempty"`
	Generation uint64 `json:"generation,omitempty"`
	Version    string `json:"code_version,omitempty"` // of the worker's code that wrote the state
	ExportedBy string `json:"exported_by,omitempty"`  // the export hook that wrote the state
	Drop       bool   `json:"drop,omitempty"`
	Slot       *int   `json:"slot,omitempty"` // of shared memory
}

func (h header) encode() ([]byte, error) {
	if h == (header{}) {
		return nil, nil
	}
	return json.Marshal(h)
}

func decodeMetadata(text []byte) (wire.Metadata, error) {
	if len(text) == 0 {
		return wire.Metadata{}, nil
	}
	var m wire.Metadata // escapes, so not before
	err := decodeJSON("metadata", text, &m)
	return m, err
}

// decodeState reads the metadata of a SNAPSHOT: content type and export hook.
func decodeState(text []byte) (contentType, exportedBy string, err error) {
	if len(text) == 0 {
		return "", "", nil
	}
	var m struct {
		ContentType string `json:"content_type"`
		ExportedBy  string `json:"exported_by"`
	}
	err = decodeJSON("metadata", text, &m)
	return m.ContentType, printable.Line(m.ExportedBy, printable.MaxName), err
}

// decodeJSON reads a body that the protocol itself defines.
func decodeJSON(field string, text []byte, into any) error {
	if err := json.Unmarshal(text, into); err != nil {
		return (&wire.ProtocolError{Field: field, Seen: err.Error(), Allowed: "the JSON object of docs/wire.md"}).At(text)
	}
	return nil
}

// writer is the right to write frames to a connection. Several goroutines take it one after the other.
type writer struct {
	conn *frame.Conn
	turn chan struct{} // holds one token, taken by the call in progress
}

func newWriter(c *frame.Conn) writer { return writer{conn: c, turn: make(chan struct{}, 1)} }

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
func (w *writer) write(ctx context.Context, grace time.Duration, f frame.Frame) error {
	if err := w.take(ctx); err != nil {
		return err
	}
	defer w.give()
	var i interrupt.Interrupt
	i.On(ctx, w.conn.Stream, false, grace)
	defer i.Release()
	return interrupt.Cause(ctx, w.conn.WriteFrame(f))
}

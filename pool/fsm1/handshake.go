package fsm1

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/fsmgen/fsmgen/pool/internal/frame"
	"github.com/fsmgen/fsmgen/pool/internal/interrupt"
	"github.com/fsmgen/fsmgen/pool/internal/printable"
	"github.com/fsmgen/fsmgen/pool/wire"
)

// Version is the version of the protocol that this package speaks.
const Version = 1

// handshakeLimit bounds HELLO and READY, in bytes: they are decoded as a whole, before anything is known of the worker.
const handshakeLimit = 1 << 20

// Handshake takes a worker from its first byte to readiness: HELLO, WELCOME, then READY
// once the worker's start hook has returned. It is called once, before any [dataConn.Exchange];
// every error is a *[wire.HandshakeError].
func (d *dataConn) Handshake(ctx context.Context, w wire.Welcome) (wire.Peer, error) {
	if err := d.admit(&call{kind: frame.TypeHello}); err != nil {
		return wire.Peer{}, &wire.HandshakeError{Stage: "HELLO", Err: err}
	}
	var i interrupt.Interrupt
	i.On(ctx, d.conn.Stream, true, 0)
	defer i.Release()
	peer, stage, err := d.handshake(w)
	if err != nil {
		return wire.Peer{}, &wire.HandshakeError{Stage: stage, Err: d.lose(interrupt.Cause(ctx, err))}
	}
	d.begins(peer)
	return peer, nil
}

func (d *dataConn) handshake(w wire.Welcome) (peer wire.Peer, stage string, err error) {
	d.conn.ReadLimit = min(d.conn.Limit(), handshakeLimit)
	defer func() { d.conn.ReadLimit = d.conn.Limit() }()
	if err := d.await(frame.TypeHello, &peer.Hello); err != nil {
		return peer, "HELLO", err
	}
	peer.SDK, peer.Runtime = printable.Line(peer.SDK, printable.MaxName), printable.Line(peer.Runtime, printable.MaxName)
	if !slices.Contains(peer.Versions, Version) {
		return peer, "HELLO", d.refuse(&wire.VersionError{Ours: Version, Theirs: peer.Versions, SDK: peer.SDK})
	}
	peer.Slots = max(1, min(peer.Slots, w.Slots))
	if err := checkLabel(w.Version); err != nil {
		return peer, "WELCOME", err
	}
	w = filled(w, d.conn.Limit())
	if err := d.welcome(w, peer); err != nil {
		return peer, "WELCOME", err
	}
	d.terms.window, d.terms.version = w.Window, w.Version
	var ready struct {
		Commands []string `json:"commands"`
		Shared   bool     `json:"shared"`
	}
	if err := d.await(frame.TypeReady, &ready); err != nil {
		return peer, "READY", err
	}
	peer.Commands = slices.Sorted(slices.Values(ready.Commands))
	peer.Shared = ready.Shared && d.memory != nil
	return peer, "", nil
}

// begins puts what was agreed on into effect.
func (d *dataConn) begins(p wire.Peer) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.busy = 0
	d.terms.slots = p.Slots
	d.terms.can = map[wire.Capability]bool{}
	for _, c := range p.Capabilities {
		d.terms.can[wire.Capability(c)] = true
	}
	if p.Shared {
		d.slots = slices.Collect(func(yield func(int) bool) {
			for i := p.Slots - 1; i >= 0 && yield(i); i-- {
			}
		})
	}
	if p.Slots > 1 {
		go d.read(nil)
	}
}

// await reads the frame of type want and its JSON payload.
func (d *dataConn) await(want frame.Type, into any) error {
	f, err := d.conn.ReadFrame()
	switch {
	case err != nil:
		return err
	case f.Type == frame.TypeError && f.ID == 0:
		return remoteError(f)
	case f.Type != want || f.ID != 0:
		return unexpected(f, fmt.Sprintf("%v with id 0", want))
	}
	return decodeJSON(want.String()+" payload", f.Payload, into)
}

// refuse tells the worker why the connection ends and returns the reason. That the
// worker may be gone already adds nothing to it.
func (d *dataConn) refuse(reason *wire.VersionError) error {
	f, err := errorFrame(&wire.RemoteError{Kind: wire.KindVersion, Message: reason.Error(), Fatal: true}, 0)
	if err == nil {
		_ = d.conn.WriteFrame(f)
	}
	return reason
}

// filled returns w with its defaults, for frames of at most limit bytes.
func filled(w wire.Welcome, limit int) wire.Welcome {
	if w.MaxSessions <= 0 {
		w.MaxSessions = wire.DefaultMaxSessions
	}
	if most := limit - frame.FixedSize; w.MaxPayload <= 0 || w.MaxPayload > most {
		w.MaxPayload = most
	}
	if w.Window <= 0 {
		w.Window = wire.DefaultWindow
	}
	w.Shared = filledShared(w.Shared)
	return w
}

type welcomeBody struct {
	Version int             `json:"version"`
	Worker  string          `json:"worker"`
	Code    string          `json:"code_version,omitempty"` // the label of the version of the worker's code
	Limits  limits          `json:"limits"`
	Config  json.RawMessage `json:"config"`
}

type limits struct {
	Frame    int     `json:"frame"`   // bytes after the length, in both directions
	Payload  int     `json:"payload"` // bytes
	Slots    int     `json:"slots"`
	Sessions int     `json:"sessions"` // states kept
	Window   int     `json:"window"`   // bytes of each stream
	Shared   *region `json:"shared,omitempty"`
}

// region is the description of shared memory for the worker.
type region struct {
	Size int `json:"size"` // of one region, in bytes
	From int `json:"from"` // bytes
}

// welcome sends w, and with it the memory that the worker can share.
func (d *dataConn) welcome(w wire.Welcome, p wire.Peer) error {
	body := welcomeBody{
		Version: Version, Worker: w.Worker, Code: w.Version, Config: w.Config,
		Limits: limits{
			Frame: d.conn.Limit(), Payload: w.MaxPayload, Slots: p.Slots, Sessions: w.MaxSessions, Window: w.Window,
		},
	}
	write := d.conn.WriteFrame
	if w.Shared.From > 0 && slices.Contains(p.Capabilities, string(wire.CanShared)) {
		memory, file := newMemory(d.conn.Stream, w.Shared, p.Slots)
		if memory != nil {
			defer file.Close() // the mapping needs it no more, and the worker has its own
			d.keep(memory)
			body.Limits.Shared = &region{Size: w.Shared.Size, From: w.Shared.From}
			write = func(f frame.Frame) error { return d.conn.WriteWith(file, f) }
		}
	}
	payload, err := json.Marshal(body)
	if err != nil {
		return err
	}
	return write(frame.Frame{Type: frame.TypeWelcome, Payload: payload})
}

// keep makes the memory end with the connection, which may have ended.
func (d *dataConn) keep(m *memory) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		m.close()
	}
	d.memory = m
}

// filledShared returns s with its defaults.
func filledShared(s wire.Shared) wire.Shared {
	if s.Size <= 0 {
		s.Size = 8 << 20
	}
	if s.From == 0 {
		s.From = 128 << 10
	}
	return s
}

// checkLabel looks at the label of a version, which ends up in logs and metrics as it is.
func checkLabel(label string) error {
	switch {
	case len(label) > printable.MaxName:
		return &wire.TooLargeError{What: "code_version", Size: len(label), Limit: printable.MaxName}
	case !printable.IsLine(label):
		return &wire.ProtocolError{Field: "code_version", Seen: fmt.Sprintf("%q", label), Allowed: "one line of UTF-8 without control characters"}
	}
	return nil
}

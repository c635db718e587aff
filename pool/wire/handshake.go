package wire

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
)

// Version is the version of the protocol that this package speaks.
const Version = 1

// handshakeLimit bounds HELLO and READY, in bytes: they are decoded as a whole, before anything is known of the worker.
const handshakeLimit = 1 << 20

// DefaultMaxSessions is how many sessions' states a worker keeps when nothing else was asked for.
const DefaultMaxSessions = 10_000

// Hello is what a worker says first, before any code of its author has run its start hook.
type Hello struct {
	Versions     []int    `json:"versions"`        // of the protocol
	SDK          string   `json:"sdk"`             // name and version: "fsmpool-python 0.1.0"
	Runtime      string   `json:"runtime"`         // what runs it: "cpython 3.12.1"
	PID          int      `json:"pid"`             // as the worker sees it
	Capabilities []string `json:"capabilities"`    // optional parts of the protocol that it speaks: see [Capability]
	Slots        int      `json:"slots,omitempty"` // how many requests it serves at once
}

// DefaultWindow is how many bytes of a stream may be under way when nothing else was asked for: 256 KiB.
const DefaultWindow = 256 << 10

// Welcome is the pool's answer to a [Hello]. Zero fields have defaults.
type Welcome struct {
	// Worker is the id of the worker, unique over the life of the pool.
	Worker string
	// Version is the label of the version of the worker's code, for that code: one line of at most 256 bytes. It is also the
	// Version of each [Snapshot] that the worker writes. Empty means that the code is not told any.
	Version string
	// Slots is how many requests at once are wanted; a worker may offer less. Zero means 1.
	Slots int
	// MaxPayload is the largest payload in bytes, which the worker tells its users: frames have room for it. Zero means
	// what fits into one without metadata.
	MaxPayload int
	// MaxSessions is how many sessions' states the worker keeps before it forgets
	// the one not used for longest. Zero means [DefaultMaxSessions].
	MaxSessions int
	// Window bounds the memory that a stream takes, in bytes: its sender waits when so much is under way. Zero means
	// [DefaultWindow].
	Window int
	// Shared says which payloads go through shared memory.
	Shared Shared
	// Config is handed to the worker's code as it is. Nil means null.
	Config json.RawMessage
}

// Peer is what is known about a worker that is ready.
type Peer struct {
	Hello             // Slots is what was agreed on, and 1 at least
	Commands []string // the names it has handlers for, sorted
	Shared   bool     // large payloads go through shared memory
}

// HandshakeError reports that a worker did not become ready. The connection is lost.
type HandshakeError struct {
	Stage string // what was waited for: "HELLO", "WELCOME" (sending it) or "READY"
	Err   error  // *VersionError, *RemoteError (start_failed), *ProtocolError, io.EOF, the cause of the context's end, ...
}

func (e *HandshakeError) Error() string {
	return line(fmt.Sprintf("wire: handshake: waiting for %s: %v", e.Stage, e.Err), maxError)
}

func (e *HandshakeError) Unwrap() error { return e.Err }

// VersionError reports a worker that does not speak the pool's version.
type VersionError struct {
	Ours   int
	Theirs []int
	SDK    string
}

func (e *VersionError) Error() string {
	theirs := line(fmt.Sprint(e.Theirs), maxSeen)
	return line(fmt.Sprintf("wire: version: the worker (%s) speaks %s: allowed is %d", line(e.SDK, maxName), theirs, e.Ours), maxError)
}

// Handshake takes a worker from its first byte to readiness: HELLO, WELCOME, then READY
// once the worker's start hook has returned. It is called once, before any [Data.Exchange];
// every error is a *[HandshakeError].
func (d *Data) Handshake(ctx context.Context, w Welcome) (Peer, error) {
	if err := d.admit(&call{kind: TypeHello}); err != nil {
		return Peer{}, &HandshakeError{Stage: "HELLO", Err: err}
	}
	var i interrupt
	i.on(ctx, d.conn.stream, true, 0)
	defer i.release()
	peer, stage, err := d.handshake(w)
	if err != nil {
		return Peer{}, &HandshakeError{Stage: stage, Err: d.lose(because(ctx, err))}
	}
	d.begins(peer)
	return peer, nil
}

func (d *Data) handshake(w Welcome) (peer Peer, stage string, err error) {
	d.conn.readLimit = min(d.conn.limit, handshakeLimit)
	defer func() { d.conn.readLimit = d.conn.limit }()
	if err := d.await(TypeHello, &peer.Hello); err != nil {
		return peer, "HELLO", err
	}
	peer.SDK, peer.Runtime = line(peer.SDK, maxName), line(peer.Runtime, maxName)
	if !slices.Contains(peer.Versions, Version) {
		return peer, "HELLO", d.refuse(&VersionError{Ours: Version, Theirs: peer.Versions, SDK: peer.SDK})
	}
	peer.Slots = max(1, min(peer.Slots, w.Slots))
	if err := checkLabel(w.Version); err != nil {
		return peer, "WELCOME", err
	}
	w = w.filled(d.conn.Limit())
	if err := d.welcome(w, peer); err != nil {
		return peer, "WELCOME", err
	}
	d.terms.window, d.terms.version = w.Window, w.Version
	var ready struct {
		Commands []string `json:"commands"`
		Shared   bool     `json:"shared"`
	}
	if err := d.await(TypeReady, &ready); err != nil {
		return peer, "READY", err
	}
	peer.Commands = slices.Sorted(slices.Values(ready.Commands))
	peer.Shared = ready.Shared && d.memory != nil
	return peer, "", nil
}

// begins puts what was agreed on into effect.
func (d *Data) begins(p Peer) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.busy = 0
	d.terms.slots = p.Slots
	d.terms.can = map[Capability]bool{}
	for _, c := range p.Capabilities {
		d.terms.can[Capability(c)] = true
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
func (d *Data) await(want Type, into any) error {
	f, err := d.conn.ReadFrame()
	switch {
	case err != nil:
		return err
	case f.Type == TypeError && f.ID == 0:
		return remoteError(f)
	case f.Type != want || f.ID != 0:
		return unexpected(f, fmt.Sprintf("%v with id 0", want))
	}
	return decodeJSON(want.String()+" payload", f.Payload, into)
}

// refuse tells the worker why the connection ends and returns the reason. That the
// worker may be gone already adds nothing to it.
func (d *Data) refuse(reason *VersionError) error {
	f, err := (&RemoteError{Kind: KindVersion, Message: reason.Error(), Fatal: true}).frame(0)
	if err == nil {
		_ = d.conn.WriteFrame(f)
	}
	return reason
}

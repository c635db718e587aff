package wire

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
)

// Version is the version of the protocol that this package speaks.
const Version = 1

// DefaultMaxSessions is how many sessions' states a worker keeps when nothing else was asked for.
const DefaultMaxSessions = 10_000

// Hello is what a worker says first, before any code of its author has run its start hook.
type Hello struct {
	Versions     []int    `json:"versions"`     // of the protocol
	SDK          string   `json:"sdk"`          // name and version: "fsmpool-python 0.1.0"
	Runtime      string   `json:"runtime"`      // what runs it: "cpython 3.12.1"
	PID          int      `json:"pid"`          // as the worker sees it
	Capabilities []string `json:"capabilities"` // optional parts of the protocol that it speaks; none exist in this version
}

// Welcome is the pool's answer to a [Hello].
type Welcome struct {
	// Worker is the id of the worker, unique over the life of the pool.
	Worker string
	// MaxSessions is how many sessions' states the worker keeps before it forgets
	// the one not used for longest. Zero means [DefaultMaxSessions].
	MaxSessions int
	// Config is handed to the worker's code as it is. Nil means null.
	Config json.RawMessage
}

// Peer is what is known about a worker that is ready.
type Peer struct {
	Hello
	Commands []string // the names it has handlers for, sorted
}

// HandshakeError reports that a worker did not become ready. The connection is lost.
type HandshakeError struct {
	Stage string // what was waited for: "HELLO", "WELCOME" (sending it) or "READY"
	Err   error  // *VersionError, *RemoteError (start_failed), *ProtocolError, io.EOF, the cause of the context's end, ...
}

func (e *HandshakeError) Error() string {
	return fmt.Sprintf("wire: handshake: waiting for %s: %v", e.Stage, e.Err)
}

func (e *HandshakeError) Unwrap() error { return e.Err }

// VersionError reports a worker that does not speak the pool's version.
type VersionError struct {
	Ours   int
	Theirs []int
	SDK    string
}

func (e *VersionError) Error() string {
	return fmt.Sprintf("wire: version: the worker (%s) speaks %v: allowed is %d", e.SDK, e.Theirs, e.Ours)
}

// Handshake takes a worker from its first byte to readiness: HELLO, WELCOME, then READY
// once the worker's start hook has returned. It is called once, before any [Data.Exchange];
// every error is a *[HandshakeError].
func (d *Data) Handshake(ctx context.Context, w Welcome) (Peer, error) {
	if !d.busy.TryLock() {
		return Peer{}, &HandshakeError{Stage: "HELLO", Err: ErrInFlight}
	}
	defer d.busy.Unlock()
	defer interruptOn(ctx, d.conn.stream)()
	peer, stage, err := d.handshake(w)
	if err != nil {
		d.lost = because(ctx, err)
		return Peer{}, &HandshakeError{Stage: stage, Err: d.lost}
	}
	return peer, nil
}

func (d *Data) handshake(w Welcome) (peer Peer, stage string, err error) {
	if err := d.await(TypeHello, &peer.Hello); err != nil {
		return peer, "HELLO", err
	}
	if !slices.Contains(peer.Versions, Version) {
		return peer, "HELLO", d.refuse(&VersionError{Ours: Version, Theirs: peer.Versions, SDK: peer.SDK})
	}
	if err := d.welcome(w); err != nil {
		return peer, "WELCOME", err
	}
	var ready struct {
		Commands []string `json:"commands"`
	}
	if err := d.await(TypeReady, &ready); err != nil {
		return peer, "READY", err
	}
	peer.Commands = slices.Sorted(slices.Values(ready.Commands))
	return peer, "", nil
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

func (d *Data) welcome(w Welcome) error {
	payload, err := json.Marshal(w.body(d.conn.Limit()))
	if err != nil {
		return err
	}
	return d.conn.WriteFrame(Frame{Type: TypeWelcome, Payload: payload})
}

type welcomeBody struct {
	Version int             `json:"version"`
	Worker  string          `json:"worker"`
	Limits  limits          `json:"limits"`
	Config  json.RawMessage `json:"config"`
}

type limits struct {
	Frame    int `json:"frame"`    // bytes after the length, in both directions
	Sessions int `json:"sessions"` // states kept
}

func (w Welcome) body(limit int) welcomeBody {
	sessions := w.MaxSessions
	if sessions <= 0 {
		sessions = DefaultMaxSessions
	}
	return welcomeBody{
		Version: Version, Worker: w.Worker,
		Limits: limits{Frame: limit, Sessions: sessions},
		Config: w.Config,
	}
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

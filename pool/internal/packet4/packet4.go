// Package packet4 is the link to a program that was written for an Erlang port.
package packet4

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"
	"sync"

	"github.com/fsmgen/fsmgen/pool/internal/interrupt"
	"github.com/fsmgen/fsmgen/pool/internal/stdio"
	"github.com/fsmgen/fsmgen/pool/wire"
)

// packetHead is the size of the length before a message, in bytes.
const packetHead = 4

// packetStep bounds how much larger the id of the next request is. A program cannot guess it, so an answer that comes before its
// request has the wrong id.
const packetStep = 1 << 16

// Config is the configuration of a link. The zero value is useful.
type Config struct {
	// Limit is the largest message in bytes. Zero means [wire.DefaultLimit].
	Limit int
	// SessionArg is the member of a request's arguments that names its session. Empty: the worker is not told.
	SessionArg string
}

var _ wire.Link = (*Link)(nil)

// Link is a link to a worker that speaks JSON behind a length of four bytes, one request at a time, over standard input and
// output: a program written for an Erlang port. A request whose context ends is lost, and the worker with it, since
// it cannot be told to stop.
type Link struct {
	stdio.Plain
	conn   packets
	stdio  stdio.Pipes
	config Config

	busy   sync.Mutex // held by the call in progress; never waited for
	nextID uint64
	lost   error // why no further request can be made
}

// New returns a link over a worker's standard input and output.
func New(s stdio.Pipes, c Config) *Link {
	if c.Limit <= 0 {
		c.Limit = wire.DefaultLimit
	}
	return &Link{conn: newPackets(s, c.Limit), stdio: s, config: c}
}

// Handshake implements [wire.Link]: the worker is ready when it answers the command ping.
func (p *Link) Handshake(ctx context.Context, _ wire.Welcome) (wire.Peer, error) {
	if _, err := p.call(ctx, "ping", nil); err != nil {
		return wire.Peer{}, &wire.HandshakeError{Stage: "READY", Err: err}
	}
	return wire.Peer{Hello: wire.Hello{SDK: "packet4", Slots: 1}}, nil
}

// Exchange implements [wire.Link]. The payload is the worker's args, a JSON object, and that of the answer its result.
func (p *Link) Exchange(ctx context.Context, r wire.Request) (wire.Response, error) {
	if err := p.Speaks(r); err != nil {
		return wire.Response{}, err
	}
	args, err := p.args(r)
	if err != nil {
		return wire.Response{}, err
	}
	result, err := p.call(ctx, r.Command, args)
	return wire.Response{Payload: result}, err
}

// args enters the session into the arguments of a request.
func (p *Link) args(r wire.Request) (json.RawMessage, error) {
	if p.config.SessionArg == "" || r.Session == "" {
		return r.Payload, nil
	}
	args := map[string]json.RawMessage{}
	if len(r.Payload) > 0 {
		if err := json.Unmarshal(r.Payload, &args); err != nil {
			return nil, (&wire.ProtocolError{Field: "payload", Seen: err.Error(), Allowed: "a JSON object"}).At(r.Payload)
		}
	}
	session, err := json.Marshal(r.Session)
	if err != nil {
		return nil, err
	}
	args[p.config.SessionArg] = session
	return json.Marshal(args)
}

// Stream implements [wire.Link]: the answer is the only piece.
func (p *Link) Stream(ctx context.Context, r wire.Request) (wire.Answers, error) {
	return wire.Single(p.Exchange(ctx, r))
}

// Ping implements [wire.Link], by the command ping.
func (p *Link) Ping(ctx context.Context) (wire.Pong, error) {
	if _, err := p.call(ctx, "ping", nil); err != nil {
		return stdio.Unwell(err)
	}
	return wire.Pong{OK: true}, nil
}

// Shutdown implements [wire.Link]: the worker gets the command shutdown, which it need not know, and the end of its input.
func (p *Link) Shutdown(ctx context.Context, _ string) error {
	_, err := p.call(ctx, "shutdown", nil)
	if _, answered := err.(*wire.RemoteError); err != nil && !answered {
		return fmt.Errorf("wire: shutdown: %w", err)
	}
	return p.stdio.CloseInput()
}

// Close implements [wire.Link].
func (p *Link) Close() error { return p.stdio.Close() }

// call sends a command and waits for its answer. Its errors are those of Exchange in [wire.Link].
func (p *Link) call(ctx context.Context, command string, args json.RawMessage) (json.RawMessage, error) {
	if !p.busy.TryLock() {
		return nil, wire.ErrInFlight
	}
	defer p.busy.Unlock()
	if p.lost != nil {
		return nil, &wire.LostError{Sent: wire.NotSent, Err: p.lost}
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	id := p.nextID
	p.nextID += 1 + rand.Uint64N(packetStep)
	message, err := json.Marshal(packetRequest{ID: id, Command: command, Args: orObject(args)})
	if err != nil {
		return nil, err
	}
	var i interrupt.Interrupt
	i.On(ctx, p.stdio, true, 0)
	defer i.Release()
	if err := p.conn.write(message); err != nil {
		return nil, p.lose(ctx, wire.NotSent, err)
	}
	return p.answer(ctx, id)
}

type packetRequest struct {
	ID      uint64          `json:"id"`
	Command string          `json:"command"`
	Args    json.RawMessage `json:"args"`
}

type packetAnswer struct {
	ID      *uint64         `json:"id"`
	Success bool            `json:"success"`
	Result  json.RawMessage `json:"result"`
	Error   json.RawMessage `json:"error"`
}

func orObject(args json.RawMessage) json.RawMessage {
	if len(args) == 0 {
		return json.RawMessage("{}")
	}
	return args
}

func (p *Link) answer(ctx context.Context, id uint64) (json.RawMessage, error) {
	message, err := p.conn.read()
	if err != nil {
		return nil, p.lose(ctx, wire.SentUnknown, err)
	}
	var a packetAnswer
	if err := stdio.Decode("message", message, &a); err != nil {
		return nil, p.lose(ctx, wire.SentUnknown, err)
	}
	if a.ID == nil || *a.ID != id {
		wrong := &wire.ProtocolError{Field: "id", Seen: a.id(), Allowed: strconv.FormatUint(id, 10)}
		return nil, p.lose(ctx, wire.SentUnknown, wrong.At(message))
	}
	if !a.Success {
		return nil, (&wire.RemoteError{Kind: wire.KindHandlerError, Message: a.text()}).Bounded()
	}
	return a.Result, nil
}

func (a *packetAnswer) id() string {
	if a.ID == nil {
		return "none"
	}
	return strconv.FormatUint(*a.ID, 10)
}

// text is the error as it was meant, which need not be a string.
func (a *packetAnswer) text() string {
	var text string
	if json.Unmarshal(a.Error, &text) == nil {
		return text
	}
	return string(a.Error)
}

// lose ends the use of the link, unless err is that the message is too large.
func (p *Link) lose(ctx context.Context, sent wire.Sent, err error) error {
	if _, large := errors.AsType[*wire.TooLargeError](err); large && sent == wire.NotSent {
		return err
	}
	p.lost = interrupt.Cause(ctx, err)
	return &wire.LostError{Sent: sent, Err: p.lost}
}

// packets are messages behind a length of four bytes.
type packets struct {
	stream io.Writer
	in     *bufio.Reader
	limit  int
}

func newPackets(s io.ReadWriter, limit int) packets {
	return packets{stream: s, in: bufio.NewReaderSize(s, stdio.BufferSize), limit: min(limit, stdio.MaxMessage)}
}

func (p packets) write(message []byte) error {
	if len(message) > p.limit {
		return &wire.TooLargeError{What: "message", Size: len(message), Limit: p.limit}
	}
	b := binary.BigEndian.AppendUint32(make([]byte, 0, packetHead+len(message)), uint32(len(message)))
	_, err := p.stream.Write(append(b, message...))
	return err
}

// read returns the next message. A length is judged by each byte as it arrives: what was printed in its place may be shorter.
func (p packets) read() ([]byte, error) {
	for n := 1; ; n++ {
		head, err := p.in.Peek(n)
		if err != nil {
			return nil, stdio.Cut(err, len(head))
		}
		var least [packetHead]byte
		copy(least[:], head)
		length := binary.BigEndian.Uint32(least[:])
		if int64(length) > int64(p.limit) {
			return nil, p.tooLong(length)
		}
		if n == packetHead {
			return p.body(int(length))
		}
	}
}

func (p packets) body(length int) ([]byte, error) {
	if _, err := p.in.Discard(packetHead); err != nil {
		return nil, err
	}
	body := make([]byte, length)
	n, err := io.ReadFull(p.in, body)
	return body[:n], stdio.Cut(err, packetHead)
}

func (p packets) tooLong(length uint32) error {
	seen, _ := p.in.Peek(p.in.Buffered()) // never more than there is
	wrong := &wire.ProtocolError{
		Field: "length", Seen: fmt.Sprintf("%d or more", length), Allowed: fmt.Sprintf("%d or less", p.limit),
	}
	return wrong.At(seen)
}

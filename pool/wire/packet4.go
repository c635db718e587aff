package wire

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
)

// Packet4Config says how a link behaves. The zero value is useful.
type Packet4Config struct {
	// Limit is the largest message in bytes. Zero means [DefaultLimit].
	Limit int
	// SessionArg is the member of a request's arguments that names its session. Empty: the worker is not told.
	SessionArg string
}

// Packet4 is a link to a worker that speaks JSON behind a length of four bytes, one request at a time, over standard input and
// output: a program written for an Erlang port. A request whose context ends is lost, and the worker with it, since
// it cannot be told to stop.
type Packet4 struct {
	plain
	conn   packets
	stdio  Stdio
	config Packet4Config

	busy   sync.Mutex // held by the call in progress; never waited for
	nextID uint64
	lost   error // why no further request can be made
}

// NewPacket4 returns a link over a worker's standard input and output.
func NewPacket4(s Stdio, c Packet4Config) *Packet4 {
	if c.Limit <= 0 {
		c.Limit = DefaultLimit
	}
	return &Packet4{conn: newPackets(s, c.Limit), stdio: s, config: c}
}

// Handshake implements [Link]: the worker is ready when it answers the command ping.
func (p *Packet4) Handshake(ctx context.Context, _ Welcome) (Peer, error) {
	if _, err := p.call(ctx, "ping", nil); err != nil {
		return Peer{}, &HandshakeError{Stage: "READY", Err: err}
	}
	return Peer{Hello: Hello{SDK: "packet4", Slots: 1}}, nil
}

// Exchange implements [Link]. The payload is the worker's args, a JSON object, and that of the answer its result.
func (p *Packet4) Exchange(ctx context.Context, r Request) (Response, error) {
	if err := p.speaks(r); err != nil {
		return Response{}, err
	}
	args, err := p.args(r)
	if err != nil {
		return Response{}, err
	}
	result, err := p.call(ctx, r.Command, args)
	return Response{Payload: result}, err
}

// args enters the session into the arguments of a request.
func (p *Packet4) args(r Request) (json.RawMessage, error) {
	if p.config.SessionArg == "" || r.Session == "" {
		return r.Payload, nil
	}
	args := map[string]json.RawMessage{}
	if len(r.Payload) > 0 {
		if err := json.Unmarshal(r.Payload, &args); err != nil {
			return nil, (&ProtocolError{Field: "payload", Seen: err.Error(), Allowed: "a JSON object"}).at(r.Payload)
		}
	}
	session, err := json.Marshal(r.Session)
	if err != nil {
		return nil, err
	}
	args[p.config.SessionArg] = session
	return json.Marshal(args)
}

// Stream implements [Link]: the answer is the only piece.
func (p *Packet4) Stream(ctx context.Context, r Request) (Answers, error) {
	return Single(p.Exchange(ctx, r))
}

// Ping implements [Link], by the command ping.
func (p *Packet4) Ping(ctx context.Context) (Pong, error) {
	if _, err := p.call(ctx, "ping", nil); err != nil {
		return unwell(err)
	}
	return Pong{OK: true}, nil
}

// unwell makes an answer that is an error the worker's report.
func unwell(err error) (Pong, error) {
	if remote, ok := err.(*RemoteError); ok {
		return Pong{Reason: remote.Message}, nil
	}
	return Pong{}, fmt.Errorf("wire: ping: %w", err)
}

// Shutdown implements [Link]: the worker gets the command shutdown, which it need not know, and the end of its input.
func (p *Packet4) Shutdown(ctx context.Context, _ string) error {
	_, err := p.call(ctx, "shutdown", nil)
	if _, answered := err.(*RemoteError); err != nil && !answered {
		return fmt.Errorf("wire: shutdown: %w", err)
	}
	return p.stdio.closeInput()
}

// Close implements [Link].
func (p *Packet4) Close() error { return p.stdio.Close() }

// call sends a command and waits for its answer. Its errors are those of [Data.Exchange].
func (p *Packet4) call(ctx context.Context, command string, args json.RawMessage) (json.RawMessage, error) {
	if !p.busy.TryLock() {
		return nil, ErrInFlight
	}
	defer p.busy.Unlock()
	if p.lost != nil {
		return nil, &LostError{Sent: NotSent, Err: p.lost}
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	id := p.nextID
	p.nextID += 1 + rand.Uint64N(idStep) // as of fsm1: an answer before its request finds none
	message, err := json.Marshal(packetRequest{ID: id, Command: command, Args: orObject(args)})
	if err != nil {
		return nil, err
	}
	var i interrupt
	i.on(ctx, p.stdio, true, 0)
	defer i.release()
	if err := p.conn.write(message); err != nil {
		return nil, p.lose(ctx, NotSent, err)
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

func (p *Packet4) answer(ctx context.Context, id uint64) (json.RawMessage, error) {
	message, err := p.conn.read()
	if err != nil {
		return nil, p.lose(ctx, SentUnknown, err)
	}
	var a packetAnswer
	if err := decodeJSON("message", message, &a); err != nil {
		return nil, p.lose(ctx, SentUnknown, err)
	}
	if a.ID == nil || *a.ID != id {
		wrong := &ProtocolError{Field: "id", Seen: a.id(), Allowed: strconv.FormatUint(id, 10)}
		return nil, p.lose(ctx, SentUnknown, wrong.at(message))
	}
	if !a.Success {
		return nil, (&RemoteError{Kind: KindHandlerError, Message: a.text()}).bounded()
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
func (p *Packet4) lose(ctx context.Context, sent Sent, err error) error {
	if sent == NotSent && refused(err) {
		return err
	}
	p.lost = because(ctx, err)
	return &LostError{Sent: sent, Err: p.lost}
}

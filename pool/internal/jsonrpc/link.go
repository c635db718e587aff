// Package jsonrpc is the link to a worker that speaks JSON-RPC 2.0, such as a server of MCP or LSP.
package jsonrpc

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/fsmgen/fsmgen/pool/internal/interrupt"
	"github.com/fsmgen/fsmgen/pool/internal/printable"
	"github.com/fsmgen/fsmgen/pool/internal/queue"
	"github.com/fsmgen/fsmgen/pool/internal/stdio"
	"github.com/fsmgen/fsmgen/pool/wire"
)

// maxLate is how many late answers in a row a link drops before it is lost.
const maxLate = 1 << 16

var _ wire.Link = (*Link)(nil)

// Link is a link to a worker that speaks JSON-RPC 2.0 over standard input and output. The command of a request is the method,
// its payload the params. Of the requests of the worker, ping is answered, and every other one with "method not found".
type Link struct {
	stdio.Plain
	stdio    stdio.Pipes
	config   Config
	framing  framing
	writing  sync.Mutex
	notified *queue.Queue[rpcMessage]
	text     *queue.Queue[string]
	replies  chan rpcMessage // to requests of the worker
	useless  int             // late answers in a row; of the goroutine that reads

	mu      sync.Mutex
	busy    bool // a request of [Link.Exchange] or [Link.Ping] is in flight
	lastID  uint64
	waiting map[uint64]chan rpcMessage
	lost    error
}

// New returns a link over a worker's standard input and output. A goroutine reads until [Link.Close].
func New(s stdio.Pipes, c Config) *Link {
	if c.Limit <= 0 {
		c.Limit = wire.DefaultLimit
	}
	if c.Grace <= 0 {
		c.Grace = wire.DefaultGrace
	}
	if c.Notified == nil {
		c.Notified = func(string, json.RawMessage) {}
	}
	if c.Text == nil {
		c.Text = func(string) {}
	}
	j := &Link{
		stdio: s, config: c, waiting: map[uint64]chan rpcMessage{}, replies: make(chan rpcMessage, queue.Length),
		text:     queue.New(c.Text, func(n int) { c.Text(fmt.Sprintf("%d lines were dropped: they came too fast", n)) }, true),
		notified: queue.New(func(m rpcMessage) { c.Notified(m.Method, m.Params) }, func(n int) { c.Text(fmt.Sprintf("%d notifications were dropped: they came too fast", n)) }, false),
	}
	j.framing = framing{
		stream: s, in: bufio.NewReaderSize(s, stdio.BufferSize), limit: min(c.Limit, stdio.MaxMessage), headers: c.Headers,
		skip: func(text []byte) { j.text.Put(printable.Line(string(text), printable.MaxMessage)) },
	}
	go j.read()
	go j.reply()
	return j
}

// Handshake implements [wire.Link], by the Initialize of the configuration.
func (j *Link) Handshake(ctx context.Context, _ wire.Welcome) (wire.Peer, error) {
	if j.config.Initialize != nil {
		if err := j.config.Initialize(ctx, j); err != nil {
			return wire.Peer{}, &wire.HandshakeError{Stage: "READY", Err: err}
		}
	}
	return wire.Peer{Hello: wire.Hello{SDK: "jsonrpc", Slots: 1}}, nil
}

// Exchange implements [wire.Link].
func (j *Link) Exchange(ctx context.Context, r wire.Request) (wire.Response, error) {
	if err := j.Speaks(r); err != nil {
		return wire.Response{}, err
	}
	if err := j.begin(); err != nil {
		return wire.Response{}, err
	}
	defer j.end()
	result, err := j.call(ctx, r.Command, json.RawMessage(r.Payload))
	return wire.Response{Payload: result}, err
}

func (j *Link) begin() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.busy {
		return wire.ErrInFlight
	}
	j.busy = true
	return nil
}

func (j *Link) end() {
	j.mu.Lock()
	j.busy = false
	j.mu.Unlock()
}

// Stream implements [wire.Link]: the answer is the only piece.
func (j *Link) Stream(ctx context.Context, r wire.Request) (wire.Answers, error) {
	return wire.Single(j.Exchange(ctx, r))
}

// Ping implements [wire.Link], by the PingMethod of the configuration.
func (j *Link) Ping(ctx context.Context) (wire.Pong, error) {
	if j.config.PingMethod == "" {
		return wire.Pong{}, &wire.NotSupportedError{What: "a probe"}
	}
	if _, err := j.Exchange(ctx, wire.Request{Command: j.config.PingMethod}); err != nil {
		return stdio.Unwell(err)
	}
	return wire.Pong{OK: true}, nil
}

// Shutdown implements [wire.Link], by the Finish of the configuration and the end of the worker's input.
func (j *Link) Shutdown(ctx context.Context, _ string) error {
	if j.config.Finish != nil {
		if err := j.config.Finish(ctx, j); err != nil {
			return fmt.Errorf("wire: shutdown: %w", err)
		}
	}
	return j.stdio.CloseInput()
}

// Close implements [wire.Link].
func (j *Link) Close() error { return j.stdio.Close() }

// Call calls a method of the worker and decodes what it returns, unless result is nil. It is for the hooks of the configuration; the
// errors are those of [wire.Link].
func (j *Link) Call(ctx context.Context, method string, params, result any) error {
	text, err := encodeParams(params)
	if err != nil {
		return err
	}
	answer, err := j.call(ctx, method, text)
	if err != nil || result == nil {
		return err
	}
	return stdio.Decode("result", answer, result)
}

// Notify tells the worker something that it does not answer.
func (j *Link) Notify(ctx context.Context, method string, params any) error {
	text, err := encodeParams(params)
	if err != nil {
		return err
	}
	return j.write(ctx, rpcMessage{Method: method, Params: text})
}

func encodeParams(params any) (json.RawMessage, error) {
	if params == nil {
		return nil, nil
	}
	return json.Marshal(params)
}

// call sends a request and waits for its answer.
func (j *Link) call(ctx context.Context, method string, params json.RawMessage) (json.RawMessage, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	id, answer, err := j.expect()
	if err != nil {
		return nil, err
	}
	defer j.forget(id)
	if err := j.write(ctx, rpcMessage{ID: rpcID(id), Method: method, Params: params}); err != nil {
		if _, large := errors.AsType[*wire.TooLargeError](err); large {
			return nil, err
		}
		return nil, &wire.LostError{Sent: wire.NotSent, Err: err}
	}
	select {
	case m, ok := <-answer:
		return j.answered(m, ok)
	case <-ctx.Done():
		return j.abort(ctx, id, answer)
	}
}

// expect returns a new id, and where its answer will come. The channel is closed without one when none will.
func (j *Link) expect() (uint64, chan rpcMessage, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.lost != nil {
		return 0, nil, &wire.LostError{Sent: wire.NotSent, Err: j.lost}
	}
	j.lastID++
	answer := make(chan rpcMessage, 1)
	j.waiting[j.lastID] = answer
	return j.lastID, answer, nil
}

func (j *Link) forget(id uint64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	delete(j.waiting, id)
}

func (j *Link) answered(m rpcMessage, ok bool) (json.RawMessage, error) {
	switch {
	case !ok:
		return nil, &wire.LostError{Sent: wire.SentUnknown, Err: j.lose(io.EOF)}
	case m.Error != nil:
		return nil, m.Error.remote()
	}
	return m.Result, nil
}

// abort asks the worker to stop a request, if it can be asked, and waits for what it says.
func (j *Link) abort(ctx context.Context, id uint64, answer chan rpcMessage) (json.RawMessage, error) {
	cause := context.Cause(ctx)
	if j.config.Cancel == nil {
		return nil, &wire.LostError{Sent: wire.SentUnknown, Err: j.lose(cause)}
	}
	grace, stop := context.WithTimeout(context.WithoutCancel(ctx), j.config.Grace)
	defer stop()
	method, params := j.config.Cancel(id)
	if err := j.Notify(grace, method, params); err != nil {
		return nil, &wire.LostError{Sent: wire.SentUnknown, Err: j.lose(cause)}
	}
	select {
	case m, ok := <-answer:
		return j.stopped(cause, m, ok)
	case <-grace.Done():
	}
	if !j.isWell(ctx) {
		return nil, &wire.LostError{Sent: wire.SentUnknown, Err: j.lose(cause)}
	}
	select { // the answer may have come meanwhile
	case m, ok := <-answer:
		return j.stopped(cause, m, ok)
	default:
		return nil, &wire.CancelledError{Begun: true, Err: cause}
	}
}

// stopped is what an answer to a request that was cancelled means.
func (j *Link) stopped(cause error, m rpcMessage, ok bool) (json.RawMessage, error) {
	if ok && m.Error != nil && (m.Error.Code == codeCancelled || m.Error.Code == codeStopped) {
		return nil, &wire.CancelledError{Begun: true, Err: cause}
	}
	return j.answered(m, ok)
}

// isWell reports whether the worker answers a probe within the grace. An error is an answer, too.
func (j *Link) isWell(ctx context.Context) bool {
	if j.config.PingMethod == "" {
		return false
	}
	id, answer, err := j.expect()
	if err != nil {
		return false
	}
	defer j.forget(id)
	grace, stop := context.WithTimeout(context.WithoutCancel(ctx), j.config.Grace)
	defer stop()
	if err := j.write(grace, rpcMessage{ID: rpcID(id), Method: j.config.PingMethod}); err != nil {
		return false
	}
	select {
	case _, ok := <-answer:
		return ok
	case <-grace.Done():
		return false
	}
}

func (j *Link) lose(err error) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.lost == nil {
		j.lost = err
	}
	return j.lost
}

func (j *Link) write(ctx context.Context, m rpcMessage) error {
	m.Version = "2.0"
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	j.writing.Lock()
	defer j.writing.Unlock()
	var i interrupt.Interrupt
	i.On(ctx, j.stdio, false, j.config.Grace)
	defer i.Release()
	err = j.framing.write(text)
	if _, large := errors.AsType[*wire.TooLargeError](err); err == nil || large {
		return err
	}
	return j.lose(interrupt.Cause(ctx, err)) // part of it may have been written
}

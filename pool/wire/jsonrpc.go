package wire

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"sync"
	"time"
)

// JSONRPCConfig says how a link behaves. The zero value is useful for a program that speaks JSON-RPC 2.0, a message a line,
// and needs no introduction; [MCP] and [LSP] return the ones for theirs.
type JSONRPCConfig struct {
	// Headers: messages stand behind Content-Length headers. False: a message a line.
	Headers bool
	// Initialize runs before the first request. Nil: the program is ready as soon as it runs.
	Initialize func(ctx context.Context, c *JSONRPC) error
	// Finish runs before the worker's standard input ends.
	Finish func(ctx context.Context, c *JSONRPC) error
	// PingMethod is a method that a healthy worker answers. Empty: it cannot be probed.
	PingMethod string
	// Cancel returns the notification that asks the worker to stop a request. Nil: it cannot be asked, and a request whose
	// context ends is lost.
	Cancel func(id uint64) (method string, params any)
	// Grace is how long a worker has to answer a request that was cancelled, which it need not do, and then, where there is a
	// PingMethod, to answer a probe: a worker that does goes on. Zero means [DefaultGrace].
	Grace time.Duration
	// Notified receives the notifications of the worker, on a goroutine of its own. When 256 wait, more are dropped, and Text
	// receives a line about that. Nil drops all.
	Notified func(method string, params json.RawMessage)
	// Text receives the lines on standard output that are no message of JSON-RPC, such as banners, each as one line of at most
	// 4 KiB and on a goroutine of its own. Where there are more than 1000 a second, or 256 that wait, they are dropped, and a
	// line says how many. Nil drops all. Where messages stand behind headers, such a line is a [ProtocolError].
	Text func(line string)
	// Limit is the largest message in bytes. Zero means [DefaultLimit].
	Limit int
}

// JSONRPC is a link to a worker that speaks JSON-RPC 2.0 over standard input and output. The command of a request is the method,
// its payload the params. Of the requests of the worker, ping is answered, and every other one with "method not found".
type JSONRPC struct {
	plain
	stdio    Stdio
	config   JSONRPCConfig
	framing  framing
	writing  sync.Mutex
	notified *queue[rpcMessage]
	text     *queue[string]
	replies  chan rpcMessage // to requests of the worker
	useless  int             // late answers in a row; of the goroutine that reads

	mu      sync.Mutex
	busy    bool // a request of [JSONRPC.Exchange] or [JSONRPC.Ping] is in flight
	lastID  uint64
	waiting map[uint64]chan rpcMessage
	lost    error
}

// NewJSONRPC returns a link over a worker's standard input and output. A goroutine reads until [JSONRPC.Close].
func NewJSONRPC(s Stdio, c JSONRPCConfig) *JSONRPC {
	if c.Limit <= 0 {
		c.Limit = DefaultLimit
	}
	if c.Grace <= 0 {
		c.Grace = DefaultGrace
	}
	if c.Notified == nil {
		c.Notified = func(string, json.RawMessage) {}
	}
	if c.Text == nil {
		c.Text = func(string) {}
	}
	j := &JSONRPC{
		stdio: s, config: c, waiting: map[uint64]chan rpcMessage{}, replies: make(chan rpcMessage, queueLength),
		text:     newQueue(c.Text, func(n int) { c.Text(fmt.Sprintf("%d lines were dropped: they came too fast", n)) }, true),
		notified: newQueue(func(m rpcMessage) { c.Notified(m.Method, m.Params) }, func(n int) { c.Text(fmt.Sprintf("%d notifications were dropped: they came too fast", n)) }, false),
	}
	j.framing = framing{
		stream: s, in: bufio.NewReaderSize(s, bufferSize), limit: min(c.Limit, maxBody), headers: c.Headers,
		skip: func(text []byte) { j.text.put(line(string(text), maxMessage)) },
	}
	go j.read()
	go j.reply()
	return j
}

// Handshake implements [Link], by the Initialize of the configuration.
func (j *JSONRPC) Handshake(ctx context.Context, _ Welcome) (Peer, error) {
	if j.config.Initialize != nil {
		if err := j.config.Initialize(ctx, j); err != nil {
			return Peer{}, &HandshakeError{Stage: "READY", Err: err}
		}
	}
	return Peer{Hello: Hello{SDK: "jsonrpc", Slots: 1}}, nil
}

// Exchange implements [Link].
func (j *JSONRPC) Exchange(ctx context.Context, r Request) (Response, error) {
	if err := j.speaks(r); err != nil {
		return Response{}, err
	}
	if err := j.begin(); err != nil {
		return Response{}, err
	}
	defer j.end()
	result, err := j.call(ctx, r.Command, json.RawMessage(r.Payload))
	return Response{Payload: result}, err
}

func (j *JSONRPC) begin() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.busy {
		return ErrInFlight
	}
	j.busy = true
	return nil
}

func (j *JSONRPC) end() {
	j.mu.Lock()
	j.busy = false
	j.mu.Unlock()
}

// Stream implements [Link]: the answer is the only piece.
func (j *JSONRPC) Stream(ctx context.Context, r Request) (Answers, error) {
	return Single(j.Exchange(ctx, r))
}

// Ping implements [Link], by the PingMethod of the configuration.
func (j *JSONRPC) Ping(ctx context.Context) (Pong, error) {
	if j.config.PingMethod == "" {
		return Pong{}, &NotSupportedError{What: "a probe"}
	}
	if _, err := j.Exchange(ctx, Request{Command: j.config.PingMethod}); err != nil {
		return unwell(err)
	}
	return Pong{OK: true}, nil
}

// Shutdown implements [Link], by the Finish of the configuration and the end of the worker's input.
func (j *JSONRPC) Shutdown(ctx context.Context, _ string) error {
	if j.config.Finish != nil {
		if err := j.config.Finish(ctx, j); err != nil {
			return fmt.Errorf("wire: shutdown: %w", err)
		}
	}
	return j.stdio.closeInput()
}

// Close implements [Link].
func (j *JSONRPC) Close() error { return j.stdio.Close() }

// Call calls a method of the worker and decodes what it returns, unless result is nil. It is for the hooks of the configuration; the
// errors are those of [Data.Exchange].
func (j *JSONRPC) Call(ctx context.Context, method string, params, result any) error {
	text, err := encodeParams(params)
	if err != nil {
		return err
	}
	answer, err := j.call(ctx, method, text)
	if err != nil || result == nil {
		return err
	}
	return decodeJSON("result", answer, result)
}

// Notify tells the worker something that it does not answer.
func (j *JSONRPC) Notify(ctx context.Context, method string, params any) error {
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
func (j *JSONRPC) call(ctx context.Context, method string, params json.RawMessage) (json.RawMessage, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	id, answer, err := j.expect()
	if err != nil {
		return nil, err
	}
	defer j.forget(id)
	if err := j.write(ctx, rpcMessage{ID: rpcID(id), Method: method, Params: params}); err != nil {
		if refused(err) {
			return nil, err
		}
		return nil, &LostError{Sent: NotSent, Err: err}
	}
	select {
	case m, ok := <-answer:
		return j.answered(m, ok)
	case <-ctx.Done():
		return j.abort(ctx, id, answer)
	}
}

// expect returns a new id, and where its answer will come. The channel is closed without one when none will.
func (j *JSONRPC) expect() (uint64, chan rpcMessage, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.lost != nil {
		return 0, nil, &LostError{Sent: NotSent, Err: j.lost}
	}
	j.lastID++
	answer := make(chan rpcMessage, 1)
	j.waiting[j.lastID] = answer
	return j.lastID, answer, nil
}

func (j *JSONRPC) forget(id uint64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	delete(j.waiting, id)
}

func (j *JSONRPC) answered(m rpcMessage, ok bool) (json.RawMessage, error) {
	switch {
	case !ok:
		return nil, &LostError{Sent: SentUnknown, Err: j.lose(io.EOF)}
	case m.Error != nil:
		return nil, m.Error.remote()
	}
	return m.Result, nil
}

// abort asks the worker to stop a request, if it can be asked, and waits for what it says.
func (j *JSONRPC) abort(ctx context.Context, id uint64, answer chan rpcMessage) (json.RawMessage, error) {
	cause := context.Cause(ctx)
	if j.config.Cancel == nil {
		return nil, &LostError{Sent: SentUnknown, Err: j.lose(cause)}
	}
	grace, stop := context.WithTimeout(context.WithoutCancel(ctx), j.config.Grace)
	defer stop()
	method, params := j.config.Cancel(id)
	if err := j.Notify(grace, method, params); err != nil {
		return nil, &LostError{Sent: SentUnknown, Err: j.lose(cause)}
	}
	select {
	case m, ok := <-answer:
		return j.stopped(cause, m, ok)
	case <-grace.Done():
	}
	if !j.isWell(ctx) {
		return nil, &LostError{Sent: SentUnknown, Err: j.lose(cause)}
	}
	select { // the answer may have come meanwhile
	case m, ok := <-answer:
		return j.stopped(cause, m, ok)
	default:
		return nil, &CancelledError{Begun: true, Err: cause}
	}
}

// stopped is what an answer to a request that was cancelled means.
func (j *JSONRPC) stopped(cause error, m rpcMessage, ok bool) (json.RawMessage, error) {
	if ok && m.Error != nil && (m.Error.Code == codeCancelled || m.Error.Code == codeStopped) {
		return nil, &CancelledError{Begun: true, Err: cause}
	}
	return j.answered(m, ok)
}

// isWell reports whether the worker answers a probe within the grace. An error is an answer, too.
func (j *JSONRPC) isWell(ctx context.Context) bool {
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

func (j *JSONRPC) lose(err error) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.lost == nil {
		j.lost = err
	}
	return j.lost
}

func (j *JSONRPC) write(ctx context.Context, m rpcMessage) error {
	m.Version = "2.0"
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	j.writing.Lock()
	defer j.writing.Unlock()
	var i interrupt
	i.on(ctx, j.stdio, false, j.config.Grace)
	defer i.release()
	err = j.framing.write(text)
	if err != nil && !refused(err) {
		return j.lose(because(ctx, err)) // part of it may have been written
	}
	return err
}

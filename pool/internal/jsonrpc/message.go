package jsonrpc

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strconv"

	"github.com/fsmgen/fsmgen/pool/internal/printable"
	"github.com/fsmgen/fsmgen/pool/wire"
)

// rpcMessage is a request, notification or answer of JSON-RPC 2.0.
type rpcMessage struct {
	Version string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id,omitempty"` // the worker's own may be strings
	Method  string          `json:"method,omitempty"`
	Params  json.RawMessage `json:"params,omitempty"`
	Result  json.RawMessage `json:"result,omitempty"`
	Error   *rpcError       `json:"error,omitempty"`
}

type rpcError struct {
	Code    int             `json:"code"`
	Message string          `json:"message"`
	Data    json.RawMessage `json:"data,omitempty"`
}

// The codes that mean something to a pool.
const (
	codeParse     = -32700
	codeRequest   = -32600
	codeMethod    = -32601
	codeParams    = -32602
	codeCancelled = -32800 // of language servers: the request was cancelled
	codeStopped   = 0      // of servers of the Model Context Protocol that answer a request that was cancelled, as they need not
)

// remote puts the error into the words of fsm1. Its type is the code; what the worker says about it stands where a
// traceback would.
func (e *rpcError) remote() *wire.RemoteError {
	kind := wire.KindHandlerError
	switch e.Code {
	case codeMethod:
		kind = wire.KindUnknownCommand
	case codeParse, codeRequest, codeParams:
		kind = wire.KindBadRequest
	}
	remote := &wire.RemoteError{Kind: kind, Message: e.Message, Type: strconv.Itoa(e.Code), Traceback: string(e.Data)}
	return remote.Bounded()
}

func rpcID(id uint64) json.RawMessage { return strconv.AppendUint(nil, id, 10) }

// read hands every message to what waits for it, until the stream ends or is none of JSON-RPC. It runs no code of the caller and
// does not write: the worker may not read before its own message has been taken.
func (j *Link) read() {
	defer close(j.replies)
	defer j.text.Close()
	defer j.notified.Close()
	for {
		text, err := j.framing.read()
		if err == nil {
			err = j.deliver(text)
		}
		if err != nil {
			j.fail(err)
			return
		}
	}
}

func (j *Link) deliver(text []byte) error {
	m, wrong := decodeRPC(text)
	if wrong != nil {
		return j.notMessage(wrong, text)
	}
	hasID := len(m.ID) > 0 && !bytes.Equal(m.ID, []byte("null"))
	switch {
	case m.Method != "" && hasID:
		return j.decline(m)
	case m.Method != "":
		j.notified.Put(m)
		return nil
	case hasID:
		return j.answer(m, text)
	}
	// An error without an id is about something that the worker could not read. It is not known what that was.
	j.text.Put(printable.Line(string(text), printable.MaxMessage))
	return nil
}

// decodeRPC reads a message, and says what is wrong with a text that is none.
func decodeRPC(text []byte) (m rpcMessage, wrong *wire.ProtocolError) {
	err := json.Unmarshal(text, &m)
	isAnswer := len(m.Result) > 0 || m.Error != nil
	switch {
	case isBatch(text):
		return m, &wire.ProtocolError{Field: "message", Seen: "a batch", Allowed: "one message of JSON-RPC 2.0 at a time"}
	case err != nil:
		return m, &wire.ProtocolError{Field: "message", Seen: err.Error(), Allowed: "a message of JSON-RPC 2.0"}
	case m.Method == "" && !isAnswer:
		return m, &wire.ProtocolError{Field: "message", Seen: "neither a method nor a result nor an error", Allowed: "a message of JSON-RPC 2.0"}
	case m.Method == "" && len(m.ID) == 0 && m.Error == nil:
		return m, &wire.ProtocolError{Field: "message", Seen: "a result without an id", Allowed: "a message of JSON-RPC 2.0"}
	}
	return m, nil
}

// isBatch reports whether text is an array of messages.
func isBatch(text []byte) bool {
	var batch []struct {
		Version string `json:"jsonrpc"`
	}
	return bytes.HasPrefix(text, []byte("[")) && json.Unmarshal(text, &batch) == nil && len(batch) > 0 && batch[0].Version != ""
}

// notMessage skips a line that is no message, unless messages stand behind headers or the line is a batch, whose answers would be
// waited for in vain.
func (j *Link) notMessage(wrong *wire.ProtocolError, text []byte) error {
	if j.config.Headers || isBatch(text) {
		return wrong.At(text)
	}
	j.text.Put(printable.Line(string(text), printable.MaxMessage))
	return nil
}

// decline answers a request of the worker: ping, and no other method.
func (j *Link) decline(m rpcMessage) error {
	answer := rpcMessage{ID: m.ID, Error: &rpcError{Code: codeMethod, Message: "a pool has no method " + printable.Line(m.Method, printable.MaxName)}}
	if m.Method == "ping" {
		answer = rpcMessage{ID: m.ID, Result: json.RawMessage("{}")}
	}
	select {
	case j.replies <- answer:
		return nil
	default:
		return &wire.ProtocolError{
			Field: "message", Seen: fmt.Sprintf("more than %d requests of the worker that wait for an answer", cap(j.replies)),
			Allowed: "as many as it reads the answers to",
		}
	}
}

// reply writes the answers to requests of the worker until the goroutine that reads ends.
func (j *Link) reply() {
	for answer := range j.replies {
		ctx, stop := context.WithTimeout(context.Background(), j.config.Grace)
		_ = j.write(ctx, answer) // a failure loses the link
		stop()
	}
}

// answer passes an answer on. One to a request that is waited for no more is dropped.
func (j *Link) answer(m rpcMessage, text []byte) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	id, ok := numberOf(m.ID)
	if !ok || id == 0 || id > j.lastID {
		wrong := &wire.ProtocolError{Field: "id", Seen: string(m.ID), Allowed: fmt.Sprintf("that of a request, at most %d", j.lastID)}
		return wrong.At(text)
	}
	if to := j.waiting[id]; to != nil {
		j.useless = 0
		delete(j.waiting, id)
		to <- m
		return nil
	}
	if j.useless++; j.useless > maxLate {
		return &wire.ProtocolError{Field: "id", Seen: fmt.Sprintf("more than %d late answers in a row", maxLate), Allowed: "one answer to a request"}
	}
	return nil
}

// numberOf reads the id of an answer. It is the number that was sent, which some workers write as 7.0 or "7".
func numberOf(id json.RawMessage) (uint64, bool) {
	text := string(id)
	if unquoted, err := strconv.Unquote(text); err == nil {
		text = unquoted
	}
	if n, err := strconv.ParseUint(text, 10, 64); err == nil {
		return n, true
	}
	f, err := strconv.ParseFloat(text, 64)
	return uint64(f), err == nil && f >= 0 && f <= 1<<53 && f == math.Trunc(f)
}

func (j *Link) fail(err error) {
	_ = j.lose(err)
	j.mu.Lock()
	defer j.mu.Unlock()
	for id, to := range j.waiting {
		close(to)
		delete(j.waiting, id)
	}
}

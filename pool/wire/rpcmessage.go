package wire

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strconv"
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
)

// remote puts the error into the words of fsm1. Its type is the code; what the worker says about it stands where a
// traceback would.
func (e *rpcError) remote() *RemoteError {
	kind := KindHandlerError
	switch e.Code {
	case codeMethod:
		kind = KindUnknownCommand
	case codeParse, codeRequest, codeParams:
		kind = KindBadRequest
	}
	remote := &RemoteError{Kind: kind, Message: e.Message, Type: strconv.Itoa(e.Code), Traceback: string(e.Data)}
	return remote.bounded()
}

func rpcID(id uint64) json.RawMessage { return strconv.AppendUint(nil, id, 10) }

// read hands every message to whom it concerns, until the stream ends or is none of JSON-RPC.
func (j *JSONRPC) read() {
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

func (j *JSONRPC) deliver(text []byte) error {
	var m rpcMessage
	if err := json.Unmarshal(text, &m); err != nil {
		return (&ProtocolError{Field: "message", Seen: err.Error(), Allowed: "a message of JSON-RPC 2.0"}).at(text)
	}
	asks := len(m.ID) > 0 && !bytes.Equal(m.ID, []byte("null"))
	switch {
	case m.Method != "" && asks:
		return j.decline(m)
	case m.Method != "":
		j.config.Notified(m.Method, m.Params)
		return nil
	case asks:
		return j.answer(m, text)
	}
	return (&ProtocolError{Field: "message", Seen: "neither a method nor an id", Allowed: "a message of JSON-RPC 2.0"}).at(text)
}

// decline answers what the worker asks of a pool, which has no methods.
func (j *JSONRPC) decline(m rpcMessage) error {
	answer := rpcMessage{ID: m.ID, Error: &rpcError{Code: codeMethod, Message: "a pool has no method " + m.Method}}
	ctx, stop := context.WithTimeout(context.Background(), j.config.Grace)
	defer stop()
	return j.write(ctx, answer)
}

// answer passes an answer on. One to a request that is waited for no more is dropped.
func (j *JSONRPC) answer(m rpcMessage, text []byte) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	id, err := strconv.ParseUint(string(m.ID), 10, 64)
	if err != nil || id == 0 || id > j.lastID {
		wrong := &ProtocolError{Field: "id", Seen: string(m.ID), Allowed: fmt.Sprintf("at most %d, as has been asked", j.lastID)}
		return wrong.at(text)
	}
	if to := j.waiting[id]; to != nil {
		delete(j.waiting, id)
		to <- m
	}
	return nil
}

func (j *JSONRPC) fail(err error) {
	_ = j.lose(err)
	j.mu.Lock()
	defer j.mu.Unlock()
	for id, to := range j.waiting {
		close(to)
		delete(j.waiting, id)
	}
}

package pool

import (
	"fmt"
	"iter"
	"math"
	"unicode/utf8"

	"github.com/fsmgen/fsmgen/pool/wire"
)

// request is one piece of work, as its client wants it.
type request struct {
	command     string
	payload     []byte
	contentType string
	traceparent string
	idempotent  bool
	stream      bool                     // its answer comes in pieces, which cannot tell of a loss
	input       iter.Seq2[[]byte, error] // nil for none
	inputType   string
}

// wireRequest is the request as the worker gets it.
func (h *hold) wireRequest(q *request) wire.Request {
	return wire.Request{
		Command: q.command, Session: h.session, Generation: h.binding.Generation, Payload: q.payload,
		Meta:       wire.Metadata{ContentType: q.contentType, Traceparent: q.traceparent},
		Input:      q.input,
		InputType:  q.inputType,
		Checkpoint: h.session != "" && h.worker.checkpoints,
	}
}

// maxName is how long a command and the name of a session may be, in bytes: the protocol counts them in two.
const maxName = math.MaxUint16

// checkRequest refuses at the door what no worker could be sent.
func (p *Pool) checkRequest(command, session string, payload []byte) error {
	name, limit := p.name, p.conf().MaxPayload
	switch {
	case len(command) > maxName:
		return &TooLargeError{Pool: name, What: "command", Size: len(command), Limit: maxName}
	case len(session) > maxName:
		return &TooLargeError{Pool: name, What: "session", Size: len(session), Limit: maxName}
	case len(payload) > limit:
		return &TooLargeError{Pool: name, What: "payload", Size: len(payload), Limit: limit}
	case !utf8.ValidString(command):
		return &RequestError{Pool: name, Command: command, What: "its name is not UTF-8"}
	case !utf8.ValidString(session):
		return &RequestError{Pool: name, Command: command, What: fmt.Sprintf("session %s is not UTF-8", short(session))}
	default:
		return nil
	}
}

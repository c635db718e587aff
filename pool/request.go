package pool

import (
	"fmt"
	"math"
	"unicode/utf8"
)

// request is one piece of work, as its caller wants it.
type request struct {
	options
	command     string
	payload     []byte
	traceparent string
	version     string // of the worker that it was given to last
}

func newRequest(c *Config, command string, payload []byte, list []Option) request {
	q := request{options: optionsOf(c, list), command: command, payload: payload}
	q.idempotent = q.idempotent && q.input == nil // a stream is run once
	return q
}

// maxName is how long a command and the name of a session may be, in bytes: the protocol counts them in two.
const maxName = math.MaxUint16

// checkRequest refuses what no worker could be sent.
func (p *Pool) checkRequest(q *request) error {
	name, limit := p.name, p.conf().MaxPayload
	switch {
	case len(q.command) > maxName:
		return &TooLargeError{Pool: name, What: "command", Size: len(q.command), Limit: maxName}
	case len(q.payload) > limit:
		return &TooLargeError{Pool: name, What: "payload", Size: len(q.payload), Limit: limit}
	case !utf8.ValidString(q.command):
		return &RequestError{Pool: name, Command: q.command, What: "its name is not UTF-8"}
	default:
		return p.checkSession(q.command, q.session)
	}
}

func (p *Pool) checkSession(command, session string) error {
	switch {
	case len(session) > maxName:
		return &TooLargeError{Pool: p.name, What: "session", Size: len(session), Limit: maxName}
	case !utf8.ValidString(session):
		return &RequestError{Pool: p.name, Command: command, What: fmt.Sprintf("session %s is not UTF-8", short(session))}
	default:
		return nil
	}
}

package pool

import (
	"fmt"
	"iter"
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

// newRequest makes a request of what its caller says. The payload is not copied: the caller must not change it before the
// call returns.
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

// checkSession refuses a name that the protocol could not carry.
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

// Option says more about one request. The zero value says nothing. It is a plain value, which costs no allocation.
type Option struct {
	kind   optionKind
	text   string                   // of session, contentType and input
	number int8                     // of affinity and priority
	input  iter.Seq2[[]byte, error] // of input
}

// optionKind says which option an [Option] is.
type optionKind uint8

const (
	_ optionKind = iota
	optionSession
	optionPortable
	optionAffinity
	optionPriority
	optionIdempotent
	optionContentType
	optionInput
)

// options are all options of one request together.
type options struct {
	session     string // empty for work without a session
	affinity    Affinity
	portable    bool
	priority    Priority
	idempotent  bool
	shadow      bool // the old version has served the request already; no caller says so
	contentType string
	input       iter.Seq2[[]byte, error] // nil for none
	inputType   string
}

// optionsOf joins the options of a request. Of several of one kind the last one counts.
func optionsOf(c *Config, list []Option) options {
	o := options{affinity: c.Sessions.Affinity}
	for i := range list {
		o.apply(&list[i])
	}
	return o
}

// apply sets what one option says. An option of no kind, which is the zero value, says nothing.
func (o *options) apply(x *Option) {
	switch x.kind {
	case optionSession:
		o.session = x.text
	case optionPortable:
		o.portable = true
	case optionAffinity:
		o.affinity = Affinity(x.number)
	case optionPriority:
		o.priority = Priority(x.number)
	case optionIdempotent:
		o.idempotent = true
	case optionContentType:
		o.contentType = x.text
	case optionInput:
		o.input, o.inputType = x.input, x.text
	}
}

// Session makes a request one of the named session: it goes to the worker that has the session's state. Requests of one
// session are done one after the other, in the order in which they come.
func Session(name string) Option { return Option{kind: optionSession, text: name} }

// Portable says that the session can go on without its state: when its worker is busy or gone, another one may have it, and
// no loss is reported. What the pool has kept of the state is taken along.
func Portable() Option { return Option{kind: optionPortable} }

// Affinity says what happens when the worker that has a session's state cannot be had.
type Affinity uint8

// The policies.
const (
	// AffinityPrefer waits a little, and then takes another worker if the state can be taken along. When the state is lost, the
	// session begins anew and the result says so.
	AffinityPrefer Affinity = iota
	// AffinityStrict waits as long as any request waits. When the state is lost, the request fails with a [SessionLostError], and
	// the session's next request begins it anew.
	AffinityStrict
	// AffinityFailFast is AffinityStrict that does not wait: it fails with a [SessionBusyError].
	AffinityFailFast
)

func (a Affinity) String() string {
	switch a {
	case AffinityPrefer:
		return "prefer"
	case AffinityStrict:
		return "strict"
	case AffinityFailFast:
		return "fail fast"
	default:
		return "Affinity(invalid)"
	}
}

// WithAffinity is the policy of this request instead of that of the configuration.
func WithAffinity(a Affinity) Option { return Option{kind: optionAffinity, number: int8(a)} }

// Priority says which of the requests that wait is served first. Each step is worth a second of waiting, so that no request
// waits for ever.
type Priority int8

// The priorities.
const (
	PriorityLow    Priority = -1
	PriorityNormal Priority = 0
	PriorityHigh   Priority = 1
)

// WithPriority is the priority of this request, [PriorityNormal] without it.
func WithPriority(p Priority) Option { return Option{kind: optionPriority, number: int8(p)} }

// Idempotent says that running the request twice does no harm. Then it is tried again also after a worker may have run it.
func Idempotent() Option { return Option{kind: optionIdempotent} }

// ContentType says what the payload is, "application/json" without it. Anything else arrives at a handler in Python as bytes.
func ContentType(name string) Option { return Option{kind: optionContentType, text: name} }

// Input sends a stream along with the request, which its handler takes piece by piece. An error that the sequence yields
// cancels the request. The sequence is run once, so the request is never tried again. The content type is that of the
// pieces; empty means "application/octet-stream".
func Input(pieces iter.Seq2[[]byte, error], contentType string) Option {
	return Option{kind: optionInput, input: pieces, text: or(contentType, "application/octet-stream")}
}

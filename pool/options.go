package pool

import "iter"

// Option says more about one request.
type Option func(*options)

type options struct {
	session     string // empty for work without a session
	affinity    Affinity
	portable    bool
	priority    Priority
	idempotent  bool
	contentType string
	input       iter.Seq2[[]byte, error] // nil for none
	inputType   string
}

func optionsOf(c *Config, list []Option) options {
	o := options{affinity: c.Affinity}
	if len(list) == 0 {
		return o
	}
	with := o // what options change leaves the stack
	for _, option := range list {
		option(&with)
	}
	return with
}

// Session makes a request one of the named session: it goes to the worker that has the session's state. Requests of one
// session are done one after the other, in the order in which they come.
func Session(name string) Option { return func(o *options) { o.session = name } }

// Portable says that the session can go on without its state: when its worker is busy or gone, another one may have it, and
// no loss is reported. What the pool has kept of the state is taken along.
func Portable() Option { return func(o *options) { o.portable = true } }

// Affinity says what happens when the worker that has a session's state cannot be had.
type Affinity uint8

// The policies.
const (
	// Prefer waits a little, and then takes another worker if the state can be taken along. When the state is lost, the
	// session begins anew and the result says so.
	Prefer Affinity = iota
	// Strict waits as long as any request waits. When the state is lost, the request fails with a [SessionLostError], and
	// the session's next request begins it anew.
	Strict
	// FailFast is Strict that does not wait: it fails with a [SessionBusyError].
	FailFast
)

func (a Affinity) String() string {
	switch a {
	case Prefer:
		return "prefer"
	case Strict:
		return "strict"
	case FailFast:
		return "fail fast"
	default:
		return "Affinity(invalid)"
	}
}

// WithAffinity is the policy of this request instead of that of the configuration.
func WithAffinity(a Affinity) Option { return func(o *options) { o.affinity = a } }

// Priority says who is served first among those who wait. Each step is worth a second of waiting, so nobody waits for ever.
type Priority int8

// The priorities.
const (
	Low    Priority = -1
	Normal Priority = 0
	High   Priority = 1
)

// WithPriority is the priority of this request, [Normal] without it.
func WithPriority(p Priority) Option { return func(o *options) { o.priority = p } }

// Idempotent says that running the request twice does no harm. Then it is tried again also after a worker may have run it.
func Idempotent() Option { return func(o *options) { o.idempotent = true } }

// ContentType says what the payload is, "application/json" without it. Anything else arrives at a handler in Python as bytes.
func ContentType(name string) Option { return func(o *options) { o.contentType = name } }

// Input sends a stream along with the request, which its handler takes piece by piece. An error that the sequence yields
// cancels the request. The sequence is run once, so the request is never tried again. The content type is that of the
// pieces; empty means "application/octet-stream".
func Input(pieces iter.Seq2[[]byte, error], contentType string) Option {
	return func(o *options) {
		o.input, o.inputType = pieces, or(contentType, "application/octet-stream")
	}
}

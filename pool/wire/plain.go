package wire

import (
	"context"
	"encoding/json"
)

// plain is what the links have in common whose workers answer one request at a time and know nothing else.
type plain struct{}

// Slots implements [Link].
func (plain) Slots() int { return 1 }

// Can implements [Link]: a worker of this protocol can answer requests.
func (plain) Can(Capability) bool { return false }

// Export implements [Link]: it is not supported.
func (plain) Export(context.Context, Session, bool) (Snapshot, error) {
	return Snapshot{}, &NotSupportedError{What: "the state of a session"}
}

// Import implements [Link]: it is not supported.
func (plain) Import(context.Context, Session, Snapshot) error {
	return &NotSupportedError{What: "the state of a session"}
}

// Drop implements [Link]: such a worker keeps no state that is known here.
func (plain) Drop([]Session) error { return nil }

// speaks returns nil for a request that JSON and one answer are enough for.
func (plain) speaks(r Request) error {
	switch {
	case r.Input != nil:
		return &NotSupportedError{What: "a stream as input"}
	case r.Checkpoint:
		return &NotSupportedError{What: "a checkpoint"}
	case r.Meta.ContentType != "" && r.Meta.ContentType != ContentJSON:
		return &NotSupportedError{What: "a payload of " + r.Meta.ContentType}
	case len(r.Payload) > 0 && !json.Valid(r.Payload):
		return (&ProtocolError{Field: "payload", Seen: "no JSON", Allowed: ContentJSON}).at(r.Payload)
	}
	return nil
}

// single is the answer of a worker that makes no streams.
type single struct {
	answer Response
	end    error // what Next returns from now on; nil while the answer has not been taken
}

// Next implements [Answers].
func (s *single) Next() (Response, error) {
	if s.end != nil {
		return Response{State: s.answer.State}, s.end
	}
	s.end = EndOfStream
	piece := s.answer
	piece.State = nil // it comes with the end
	return piece, nil
}

// Close implements [Answers].
func (s *single) Close() error {
	if s.end == nil {
		s.end = ErrStreamClosed
	}
	return nil
}

// Single makes a stream of one piece of what [Link.Exchange] has returned.
func Single(r Response, err error) (Answers, error) {
	if err != nil {
		return nil, err
	}
	return &single{answer: r}, nil
}

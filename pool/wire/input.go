package wire

import (
	"encoding/json"
	"fmt"
	"iter"
	"sync"
)

// input sends the stream that a request brings along, as far as the worker's credit goes. It ends with the context of its call.
type input struct {
	call *call

	window int
	mu     sync.Mutex
	credit int           // bytes that may be sent, at most window
	news   chan struct{} // that there is more credit
}

func newInput(c *call, window int) *input {
	return &input{call: c, window: window, credit: window, news: make(chan struct{}, 1)}
}

// send runs until the pieces or the request end.
func (in *input) send(contentType string, pieces iter.Seq2[[]byte, error]) {
	f := Frame{Type: TypeChunk, ID: in.call.id}
	if contentType != "" {
		f.Meta, _ = json.Marshal(Metadata{ContentType: contentType}) // a struct of strings and a number
	}
	for piece, err := range pieces {
		f.Payload = piece
		if err == nil && !in.write(f) {
			return
		}
		if err != nil {
			in.call.give(err)
			return
		}
		f.Meta = nil
	}
	f.Flags, f.Payload = FlagLast, nil
	in.write(f)
}

// write returns false when there is no use in further pieces.
func (in *input) write(f Frame) bool {
	if !in.spend(cost(f)) {
		return false
	}
	c := in.call
	err := c.data.writer.write(c.ctx, c.data.grace, f)
	if err != nil && c.ctx.Err() == nil {
		c.give(c.failed(err))
	}
	return err == nil
}

// failed is what a piece that could not be written means: that it is too large, or the loss of the connection.
func (c *call) failed(err error) error {
	if refused(err) {
		return err
	}
	return c.data.lose(err)
}

// spend waits until the credit is above zero and takes n from it. It returns false if the call has ended.
func (in *input) spend(n int) bool {
	for in.call.ctx.Err() == nil {
		if in.take(n) {
			return true
		}
		select {
		case <-in.news:
		case <-in.call.ctx.Done():
		}
	}
	return false
}

func (in *input) take(n int) bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	enough := in.credit > 0
	if enough {
		in.credit -= n
	}
	return enough
}

// grant adds the bytes that the worker has consumed, which are no more than it was sent.
func (in *input) grant(n int) error {
	in.mu.Lock()
	defer in.mu.Unlock()
	if under := in.window - in.credit; n > under {
		return &ProtocolError{Field: "credit", Seen: fmt.Sprintf("%d bytes", n), Allowed: fmt.Sprintf("%d or less, as are on the way", under)}
	}
	in.credit += n
	select {
	case in.news <- struct{}{}:
	default:
	}
	return nil
}

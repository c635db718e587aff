package echo

import (
	"bytes"
	"context"
	"fmt"
)

// client does one round trip after the other. It belongs to one goroutine.
type client interface {
	echo(ctx context.Context) error
}

// service is what clients are served by, each at the same time.
type service struct {
	clients []client
	close   func() error
}

// message is what goes there and back: a hundred bytes of JSON.
var message = fmt.Appendf(nil, "%q", bytes.Repeat([]byte("x"), 98))

// check says whether an answer is the echo.
func check(answer []byte) error {
	if !bytes.Equal(answer, message) {
		return fmt.Errorf("echo: answer %q: want %q", answer, message)
	}
	return nil
}

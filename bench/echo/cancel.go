package echo

import (
	"context"
	"errors"
	"fmt"

	"github.com/fsmgen/fsmgen/pool/wire"
)

// cancelled begins a handler, cancels it, and waits until it has been stopped.
type cancelled struct{ *worker }

func (c cancelled) echo(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	answers, err := c.link.Stream(ctx, wire.Request{Command: "doze"})
	if err != nil {
		return err
	}
	if _, err := answers.Next(); err != nil {
		return errors.Join(err, answers.Close())
	}
	cancel()
	_, err = answers.Next()
	if _, stopped := errors.AsType[*wire.CancelledError](err); !stopped {
		return errors.Join(fmt.Errorf("echo: a cancelled handler ends with %w", err), answers.Close())
	}
	return answers.Close()
}

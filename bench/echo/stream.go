package echo

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/fsmgen/fsmgen/pool/wire"
)

// pieces of pieceSize bytes are one stream.
const (
	pieces    = 1000
	pieceSize = 1 << 10
)

// bareStream is a client that reads streams without a link.
type bareStream struct {
	*process
	in    *bufio.Reader
	piece []byte // behind its length
}

func (p *Python) bareStream() (*service, error) {
	process, err := p.process("bare_stream.py")
	if err != nil {
		return nil, err
	}
	b := bareStream{process, bufio.NewReaderSize(process.conn, 16<<10), make([]byte, lengthSize+pieceSize)}
	return &service{[]client{b}, process.close}, nil
}

func (b bareStream) echo(context.Context) error {
	if _, err := b.conn.Write([]byte{1}); err != nil {
		return err
	}
	for range pieces {
		if _, err := io.ReadFull(b.in, b.piece); err != nil {
			return err
		}
		if size := binary.BigEndian.Uint32(b.piece); size != pieceSize {
			return fmt.Errorf("echo: a piece of %d bytes: want %d", size, pieceSize)
		}
	}
	return nil
}

// workerStream is a client that reads streams from a link.
type workerStream struct{ *worker }

var wanted = fmt.Appendf(nil, `{"pieces":%d,"size":%d}`, pieces, pieceSize)

func (w workerStream) echo(ctx context.Context) error {
	answers, err := w.link.Stream(ctx, wire.Request{Command: "count", Payload: wanted})
	if err != nil {
		return err
	}
	n, err := drain(answers)
	if err == nil && n != pieces*pieceSize {
		err = fmt.Errorf("echo: a stream of %d bytes: want %d", n, pieces*pieceSize)
	}
	return errors.Join(err, answers.Close())
}

func drain(answers wire.Answers) (n int, err error) {
	for {
		piece, err := answers.Next()
		if errors.Is(err, wire.EndOfStream) {
			return n, nil
		}
		if err != nil {
			return n, err
		}
		n += len(piece.Payload)
	}
}

// cancelled is a client that begins a handler, cancels it, and waits until it has been stopped.
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

package echo

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"

	"github.com/fsmgen/fsmgen/pool/fsm1"
	"github.com/fsmgen/fsmgen/pool/wire"
)

// large is what goes there and back where size matters: a mebibyte of bytes.
var large = bytes.Repeat([]byte("0123456789abcdef"), 64<<10)

// process is a Python script with a connection to it, which it finds at descriptor 3. It ends with the connection.
type process struct {
	conn *net.UnixConn
	cmd  *exec.Cmd
}

// process starts a script; files follow the connection.
func (p *Python) process(script string, files ...*os.File) (*process, error) {
	ours, theirs, err := fsm1.Pair()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(p.Path(), p.Script(script))
	cmd.Env, cmd.Stderr, cmd.ExtraFiles = p.Environment(), os.Stderr, append([]*os.File{theirs}, files...)
	if err := errors.Join(cmd.Start(), theirs.Close()); err != nil {
		return nil, errors.Join(err, ours.Close())
	}
	return &process{ours, cmd}, nil
}

func (p *process) close() error { return errors.Join(p.conn.Close(), p.cmd.Wait()) }

// bareLarge is a client that echoes large messages without a link.
type bareLarge struct {
	*process
	answer []byte
}

func (p *Python) bareLarge() (*service, error) {
	process, err := p.process("bare_large.py")
	if err != nil {
		return nil, err
	}
	if err := binary.Write(process.conn, binary.BigEndian, uint64(len(large))); err != nil {
		return nil, errors.Join(err, process.close())
	}
	return &service{[]client{bareLarge{process, make([]byte, len(large))}}, process.close}, nil
}

func (b bareLarge) echo(context.Context) error {
	if _, err := b.conn.Write(large); err != nil {
		return err
	}
	if _, err := io.ReadFull(b.conn, b.answer); err != nil {
		return err
	}
	return checkLarge(b.answer)
}

// checkLarge looks at a little of an answer: the work is to carry it.
func checkLarge(answer []byte) error {
	n := len(large)
	if len(answer) != n || answer[0] != large[0] || answer[n-1] != large[n-1] {
		return fmt.Errorf("echo: %d bytes: want those that were sent, %d", len(answer), n)
	}
	return nil
}

// workerLarge is a client that echoes large messages over a link.
type workerLarge struct {
	*worker
	into []byte
}

func newWorkerLarge(w *worker) client { return workerLarge{w, make([]byte, len(large)+1<<10)} }

func (w workerLarge) echo(ctx context.Context) error {
	response, err := w.link.Exchange(ctx, wire.Request{
		Command: "echo", Payload: large, Meta: wire.Metadata{ContentType: wire.ContentBytes}, Into: w.into,
	})
	if err != nil {
		return err
	}
	return checkLarge(response.Payload)
}

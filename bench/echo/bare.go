package echo

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"

	"github.com/fsmgen/fsmgen/pool/fsm1"
)

// Where things are in a frame.
const (
	lengthSize = 4 // of the length, which does not count itself
	idOffset   = 8
	answerHead = 16 // what comes before the payload of an answer
)

// bare is a client without a link, of a minimal Python loop at the other end of a socketpair.
type bare struct {
	conn    *net.UnixConn
	cmd     *exec.Cmd
	request []byte // a whole frame, whose id is set anew each time
	answer  []byte
	id      uint64
}

func (p *Python) bares(n int) (*service, error) {
	s := &service{}
	s.close = func() error {
		var errs []error
		for _, c := range s.clients {
			errs = append(errs, c.(*bare).close())
		}
		return errors.Join(errs...)
	}
	for range n {
		b, err := p.bare()
		if err != nil {
			return nil, errors.Join(err, s.close())
		}
		s.clients = append(s.clients, b)
	}
	return s, nil
}

func (p *Python) bare() (*bare, error) {
	ours, theirs, err := fsm1.Pair()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(p.Path(), p.Script("bare.py"))
	cmd.Env, cmd.Stderr, cmd.ExtraFiles = p.Environment(), os.Stderr, []*os.File{theirs}
	if err := errors.Join(cmd.Start(), theirs.Close()); err != nil {
		return nil, errors.Join(err, ours.Close())
	}
	return newBare(ours, cmd), nil
}

func newBare(conn *net.UnixConn, cmd *exec.Cmd) *bare {
	return &bare{conn: conn, cmd: cmd, request: request("echo", message), answer: make([]byte, answerHead+len(message))}
}

// request returns the frame of a request without a session. docs/wire.md describes its bytes.
func request(command string, payload []byte) []byte {
	const kind = 4 // REQUEST
	body := []byte{kind, 0, 0, 0}
	body = binary.BigEndian.AppendUint64(body, 1) // the id
	body = binary.BigEndian.AppendUint16(body, uint16(len(command)))
	body = append(body, command...)
	body = append(body, make([]byte, 2+8)...) // no session, generation 0
	body = append(body, payload...)
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(body))), body...)
}

// echo ignores ctx: the least that can be done is to wait.
func (b *bare) echo(context.Context) error {
	b.id++
	binary.BigEndian.PutUint64(b.request[idOffset:], b.id)
	if _, err := b.conn.Write(b.request); err != nil {
		return err
	}
	if err := b.read(); err != nil {
		return err
	}
	return check(b.answer[answerHead:])
}

// read takes one call into the kernel, as a whole answer arrives at once, and does not wait for what was never announced.
func (b *bare) read() error {
	n, err := io.ReadAtLeast(b.conn, b.answer, answerHead)
	if err != nil {
		return err
	}
	if size, want := binary.BigEndian.Uint32(b.answer), len(b.answer)-lengthSize; int(size) != want {
		return fmt.Errorf("echo: an answer of %d bytes: want %d", size, want)
	}
	_, err = io.ReadFull(b.conn, b.answer[n:])
	return err
}

// close ends the process by the end of its connection.
func (b *bare) close() error { return errors.Join(b.conn.Close(), b.cmd.Wait()) }

//go:build linux

package echo

import (
	"context"
	"errors"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// bareMemory is a client that echoes large messages through shared memory, with a byte on a socket as the bell.
type bareMemory struct {
	*process
	memory []byte
	answer []byte
}

func (p *Python) bareMemory() (*service, error) {
	fd, err := unix.MemfdCreate("echo", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, err
	}
	file := os.NewFile(uintptr(fd), "echo")
	defer file.Close()
	if err := file.Truncate(int64(2 * len(large))); err != nil {
		return nil, err
	}
	memory, err := unix.Mmap(fd, 0, 2*len(large), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, err
	}
	process, err := p.process("bare_memory.py", file)
	if err != nil {
		return nil, errors.Join(err, unix.Munmap(memory))
	}
	closeAll := func() error { return errors.Join(process.close(), unix.Munmap(memory)) }
	return &service{[]client{bareMemory{process, memory, make([]byte, len(large))}}, closeAll}, nil
}

func (b bareMemory) echo(context.Context) error {
	copy(b.memory, large)
	bell := []byte{1}
	if _, err := b.conn.Write(bell); err != nil {
		return err
	}
	if _, err := io.ReadFull(b.conn, bell); err != nil {
		return err
	}
	copy(b.answer, b.memory[len(large):])
	return checkLarge(b.answer)
}

package proc

import (
	"cmp"
	"io"
	"os"
	"syscall"
)

// maxBuffered is more than a pipe holds. It is the bound if somebody goes on writing.
const maxBuffered = 1 << 20

// buffered reads what a pipe holds already. It neither waits nor minds a deadline.
func buffered(pipe *os.File) io.Reader {
	return io.LimitReader(nowReader{pipe}, maxBuffered)
}

type nowReader struct{ file *os.File }

// Read returns io.EOF where a waiting Read would wait.
func (r nowReader) Read(b []byte) (n int, err error) {
	conn, err := r.file.SyscallConn()
	if err != nil {
		return 0, err
	}
	closed := conn.Control(func(fd uintptr) {
		n, err = retry(func() (int, error) { return syscall.Read(int(fd), b) })
	})
	if n > 0 {
		return n, nil
	}
	if err == nil || err == syscall.EAGAIN {
		err = io.EOF
	}
	return 0, cmp.Or(closed, err)
}

package proc

import (
	"fmt"
	"net"
	"os"
	"syscall"
)

// wiring is every descriptor of one process, both sides. It owns them until release or close.
type wiring struct {
	stdout, stderr *os.File // our ends, served by the poller
	data, control  *net.UnixConn
	lifeline       *lifeline
	theirs         []*os.File // of the worker; the index is the number there
}

// openWiring opens everything or nothing. All descriptors are close-on-exec from their first moment: whoever forks at
// the same time takes none along.
func openWiring() (_ *wiring, err error) {
	w := &wiring{}
	defer func() {
		if err != nil {
			w.close()
		}
	}()
	stdin, err := os.Open(os.DevNull)
	if err != nil {
		return nil, err
	}
	w.theirs = append(w.theirs, stdin)
	for _, ours := range []**os.File{&w.stdout, &w.stderr} {
		if *ours, err = w.addPipe(); err != nil {
			return nil, err
		}
	}
	for _, ours := range []**net.UnixConn{&w.data, &w.control} {
		if *ours, err = w.addConn(); err != nil {
			return nil, err
		}
	}
	w.lifeline, err = openLifeline()
	return w, err
}

// addPipe makes the next descriptor of the worker the write end of a pipe and returns the read end.
func (w *wiring) addPipe() (*os.File, error) {
	fds, err := pipe()
	if err != nil {
		return nil, err
	}
	w.theirs = append(w.theirs, os.NewFile(uintptr(fds[1]), "worker"))
	return pollable(fds[0])
}

// addConn makes the next descriptor of the worker one end of a socket pair and returns the other.
func (w *wiring) addConn() (*net.UnixConn, error) {
	fds, err := socketpair()
	if err != nil {
		return nil, err
	}
	w.theirs = append(w.theirs, os.NewFile(uintptr(fds[1]), "worker"))
	ours := os.NewFile(uintptr(fds[0]), "service")
	defer ours.Close() // the connection has a duplicate
	conn, err := net.FileConn(ours)
	if err != nil {
		return nil, err
	}
	return conn.(*net.UnixConn), nil
}

// pollable hands fd to the runtime's poller, so that reading it parks a goroutine and not a thread.
func pollable(fd int) (*os.File, error) {
	if err := syscall.SetNonblock(fd, true); err != nil {
		_ = syscall.Close(fd)
		return nil, fmt.Errorf("set nonblocking: %w", err)
	}
	return os.NewFile(uintptr(fd), "service"), nil
}

// inherited is what the worker gets; the index is the number there. The descriptors stay w's.
func (w *wiring) inherited() []uintptr {
	fds := make([]uintptr, 0, len(w.theirs)+1)
	for _, f := range w.theirs {
		fds = append(fds, f.Fd())
	}
	return append(fds, w.lifeline.read.Fd())
}

// release closes the worker's ends once the worker has them: only then do ours see the end of the worker.
func (w *wiring) release() {
	for _, f := range w.theirs {
		_ = f.Close()
	}
	w.theirs = nil
}

func (w *wiring) close() {
	w.release()
	for _, f := range []*os.File{w.stdout, w.stderr} {
		_ = f.Close() // a nil file says so, which is fine here
	}
	for _, c := range []*net.UnixConn{w.data, w.control} {
		if c != nil {
			_ = c.Close()
		}
	}
	if w.lifeline != nil {
		w.lifeline.cut()
	}
}

package proc

import (
	"fmt"
	"net"
	"os"
	"syscall"
)

// wiring is every descriptor of one process, both sides. It owns them until release or close. What a kind of process does
// not have is nil.
type wiring struct {
	stdin          *os.File // our ends, served by the poller
	stdout, stderr *os.File
	data, control  *net.UnixConn
	server         *net.UnixConn // to a fork server
	lifeline       *lifeline
	theirs         []*os.File // of the worker; the index is the number there
}

// kind is a set of descriptors that a process has besides the lifeline, in their order, and the variables that name them.
type kind struct {
	plugs []func(*wiring) error
	env   []string
}

// The kinds of processes.
var (
	framed = kind{
		plugs: []func(*wiring) error{plugNull, plugStdout, plugStderr, plugData, plugControl},
		env:   []string{EnvFDs + "=3,4,5", EnvProtocol + "=1"},
	}
	piped   = kind{plugs: []func(*wiring) error{plugStdin, plugStdout, plugStderr}}
	forking = kind{
		plugs: []func(*wiring) error{plugNull, plugStdout, plugStderr, plugServer},
		env:   []string{EnvForkServer + "=3"},
	}
)

func (s Spec) kind() kind {
	if s.Stdio {
		return piped
	}
	return framed
}

// openWiring opens everything or nothing. All descriptors are close-on-exec from their first moment: what forks at
// the same time takes none along.
func openWiring(k kind) (_ *wiring, err error) {
	w := &wiring{}
	defer func() {
		if err != nil {
			w.close()
		}
	}()
	for _, plug := range k.plugs {
		if err := plug(w); err != nil {
			return nil, err
		}
	}
	w.lifeline, err = openLifeline()
	return w, err
}

func plugNull(w *wiring) error {
	null, err := os.Open(os.DevNull)
	if err != nil {
		return err
	}
	w.theirs = append(w.theirs, null)
	return nil
}

func plugStdin(w *wiring) error {
	fds, err := pipe()
	if err != nil {
		return err
	}
	w.theirs = append(w.theirs, os.NewFile(uintptr(fds[0]), "worker"))
	w.stdin, err = pollable(fds[1])
	return err
}

func plugStdout(w *wiring) (err error) {
	w.stdout, err = w.addPipe()
	return err
}

func plugStderr(w *wiring) (err error) {
	w.stderr, err = w.addPipe()
	return err
}

func plugData(w *wiring) (err error) {
	w.data, err = w.addConn(socketpair)
	return err
}

func plugControl(w *wiring) (err error) {
	w.control, err = w.addConn(socketpair)
	return err
}

func plugServer(w *wiring) (err error) {
	w.server, err = w.addConn(packetpair)
	return err
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
func (w *wiring) addConn(pair func() ([2]int, error)) (*net.UnixConn, error) {
	fds, err := pair()
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
	return append(fds, w.lifeline.theirs.Fd())
}

// release closes the worker's ends once the worker has them: only then do ours see the end of the worker.
func (w *wiring) release() {
	for _, f := range w.theirs {
		_ = f.Close()
	}
	w.theirs = nil
	if w.lifeline != nil {
		w.lifeline.release()
	}
}

// closeOurs closes our ends. The lifeline stays for what is left of the group.
func (w *wiring) closeOurs() {
	for _, f := range []*os.File{w.stdin, w.stdout, w.stderr} {
		_ = f.Close() // a nil file says so, which is fine here
	}
	for _, c := range []*net.UnixConn{w.data, w.control, w.server} {
		if c != nil {
			_ = c.Close()
		}
	}
}

// close closes everything of a process that has not come about.
func (w *wiring) close() {
	w.release()
	w.closeOurs()
	if w.lifeline != nil {
		w.lifeline.cut()
	}
}

// lifeline is a pipe that is never written to; see the package comment.
type lifeline struct {
	read, write *os.File
	theirs      *os.File // a read end of the worker's own; nil after release
}

// release closes the worker's end once the worker has it.
func (l *lifeline) release() {
	_ = l.theirs.Close() // a nil file says so, which is fine here
	l.theirs = nil
}

// cut closes the lifeline. If it is armed, the kernel kills what is left of the group.
func (l *lifeline) cut() {
	_ = l.write.Close() // first: the requests for the signal belong to the read ends
	_ = l.read.Close()
	l.release()
}

package proc

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

const (
	// forkBudget is how long a server may take for a fork. One that takes longer hangs.
	forkBudget = 10 * time.Second
	// statusBudget is how long a server may take for the status of a process that has ended. The end itself is known.
	statusBudget = 200 * time.Millisecond
)

// server is one running fork server.
type server struct {
	process *Process
	conn    *net.UnixConn
	program Spec
	started time.Time
	sources sources

	first chan answer   // the first answer of all; holds one
	over  chan struct{} // closed when no answer can come any more

	writing sync.Mutex // one order at a time

	mu        sync.Mutex // a leaf; guards all below
	forks     map[uint64]chan<- forked
	exits     map[int]chan<- Exit
	lastFork  uint64
	processes int  // that are not closed
	retired   bool // no further processes
}

// forked is the answer to a fork: a process, or why there is none.
type forked struct {
	pid   int
	pidfd int
	err   error
}

func (f forked) pidfds() []int {
	if f.err != nil {
		return nil
	}
	return []int{f.pidfd}
}

func newServer(p *Process, program Spec, started time.Time) *server {
	s := &server{
		process: p,
		conn:    p.wiring.server,
		program: program,
		started: started,
		first:   make(chan answer, 1),
		over:    make(chan struct{}),
		forks:   make(map[uint64]chan<- forked),
		exits:   make(map[int]chan<- Exit),
	}
	go s.listen()
	go s.bound()
	return s
}

// awaitReady waits for the end of the imports. The error is a *RefusedError or a *StartError; the server is to be retired
// then as well.
func (s *server) awaitReady(budget time.Duration) error {
	timer := time.NewTimer(budget)
	defer timer.Stop()
	select {
	case a := <-s.first:
		return s.welcome(a)
	case <-timer.C:
		return s.failed(fmt.Sprintf("not ready within %s", budget), os.ErrDeadlineExceeded)
	case <-s.over:
	}
	select {
	case a := <-s.first: // the last word of one that refuses
		return s.welcome(a)
	default:
	}
	_ = s.process.Kill() // it may live on without its connection
	return s.failed(s.process.Exit().String()+" before it was ready", nil)
}

func (s *server) welcome(a answer) error {
	s.sources = readSources(a.Sources)
	if a.Refused != "" {
		return &RefusedError{Path: s.program.Path, Reason: a.Refused}
	}
	return nil
}

// failed is the error of a start that the server is to blame for, with the last it said.
func (s *server) failed(what string, err error) error {
	tail := s.process.Tail()
	if last := lastLine(tail); last != "" {
		what += ": " + last
	}
	return &StartError{Path: s.program.Path, What: "fork server: " + what, Err: err, Tail: tail}
}

// join counts a process that is to come, unless the server can have no more.
func (s *server) join() bool {
	select {
	case <-s.over:
		return false
	default:
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.retired {
		s.processes++
	}
	return !s.retired
}

// leave is called when a process that was counted has been closed.
func (s *server) leave() {
	s.mu.Lock()
	s.processes--
	idle := s.retired && s.processes == 0
	s.mu.Unlock()
	if idle {
		s.close()
	}
}

// retire ends the server as soon as it has no processes.
func (s *server) retire() {
	s.mu.Lock()
	s.retired = true
	idle := s.processes == 0
	s.mu.Unlock()
	if idle {
		s.close()
	}
}

func (s *server) close() {
	s.process.Close()
	<-s.over
}

// bound ends listen soon after the server's end: a process that was being forked may hold the connection open.
func (s *server) bound() {
	<-s.process.Done()
	_ = s.conn.SetReadDeadline(time.Now().Add(outputGrace))
	<-s.over
}

// listen hands the answers out until there can be no more.
func (s *server) listen() {
	defer close(s.over)
	buf, rights := make([]byte, maxMessage), make([]byte, syscall.CmsgSpace(4*8))
	for {
		n, rn, _, _, err := s.conn.ReadMsgUnix(buf, rights)
		if err != nil {
			return
		}
		fds := descriptorsIn(rights[:rn])
		a, err := decodeAnswer(buf[:n])
		if err != nil {
			_ = s.process.Kill() // what it has forked is not known any more; it cannot be talked to
			closeAll(fds)
			return
		}
		s.deliver(a, fds)
	}
}

func (s *server) deliver(a answer, fds []int) {
	s.mu.Lock()
	fork, exit := s.forks[a.Forked|a.Failed], s.exits[a.Exited]
	delete(s.forks, a.Forked|a.Failed)
	delete(s.exits, a.Exited)
	s.mu.Unlock()
	switch {
	case fork != nil && a.Forked > 0 && len(fds) == 1:
		fork <- forked{pid: a.PID, pidfd: fds[0]}
		return
	case fork != nil && a.Forked > 0:
		fork <- forked{err: fmt.Errorf("fork server: process %d came without a pidfd", a.PID)}
	case fork != nil:
		fork <- forked{err: fmt.Errorf("fork server: %s", a.Reason)}
	case exit != nil:
		exit <- a.exit()
	case a.Ready || a.Refused != "":
		select {
		case s.first <- a:
		default: // said before
		}
	}
	closeAll(fds)
}

// errTooLong is that of an order, of which the environment is the most.
var errTooLong = errors.New("fork server: too long an environment")

// send sends an order, with descriptors if it has some.
func (s *server) send(o order, fds ...int) error {
	b, err := json.Marshal(o)
	if err != nil {
		return err
	}
	if len(b) > maxMessage {
		return fmt.Errorf("%w: %d bytes, want at most %d", errTooLong, len(b), maxMessage)
	}
	var rights []byte
	if len(fds) > 0 {
		rights = syscall.UnixRights(fds...)
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	if err := s.conn.SetWriteDeadline(time.Now().Add(forkBudget)); err != nil {
		return err
	}
	_, _, err = s.conn.WriteMsgUnix(b, rights, nil)
	return err
}

// reap takes the status of a process that has ended, if the server still has it.
func (s *server) reap(pid int) Exit {
	exit := make(chan Exit, 1)
	s.mu.Lock()
	s.exits[pid] = exit
	s.mu.Unlock()
	timer := time.NewTimer(statusBudget)
	defer timer.Stop()
	if s.send(order{Reap: pid}) == nil {
		select {
		case e := <-exit:
			return e
		case <-s.over:
		case <-timer.C:
		}
	}
	s.mu.Lock()
	delete(s.exits, pid)
	s.mu.Unlock()
	return Exit{Code: -1, Lost: true}
}

// descriptorsIn are those that came along with a message.
func descriptorsIn(rights []byte) []int {
	messages, err := syscall.ParseSocketControlMessage(rights)
	if err != nil {
		return nil
	}
	var all []int
	for _, m := range messages {
		if fds, err := syscall.ParseUnixRights(&m); err == nil {
			all = append(all, fds...)
		}
	}
	return all
}

func closeAll(fds []int) {
	for _, fd := range fds {
		_ = syscall.Close(fd)
	}
}

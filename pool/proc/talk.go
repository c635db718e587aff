package proc

import (
	"encoding/json"
	"errors"
	"fmt"
	"syscall"
	"time"
)

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
			_ = s.process.Kill() // what it has forked is not known any more; nobody can talk to it
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

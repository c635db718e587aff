package proc

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"
)

// fork starts a process that the server forks. The process was counted, and leaves the server when it is closed or has
// not come about.
func (s *server) fork(spawner *Spawner, spec Spec) (*Process, error) {
	b, c, err := s.bear(spawner, spec)
	if err != nil {
		s.leave()
		return nil, startError(spec, err)
	}
	p := newProcess(b, c.pid, c, spawner, func(p *Process) {
		spawner.forget(p)
		s.leave()
	})
	p.run()
	if err := spawner.adopt(p); err != nil {
		p.Close()
		return nil, err
	}
	return p, nil
}

func (s *server) bear(spawner *Spawner, spec Spec) (birth, forkedChild, error) {
	spec, err := spawner.enlist(spec)
	if err != nil {
		return birth{}, forkedChild{}, err
	}
	b, err := newBirth(spec, framed)
	if err != nil {
		return birth{}, forkedChild{}, err
	}
	c, err := s.forkChild(b)
	if err != nil {
		b.cancel()
		return birth{}, forkedChild{}, err
	}
	b.wiring.release()
	return b, c, nil
}

// forkChild lets the process run when its lifeline is armed and its limits are set.
func (s *server) forkChild(b birth) (forkedChild, error) {
	number, f, err := s.order(b)
	if err != nil {
		return forkedChild{}, err
	}
	pidfd, err := pollable(f.pidfd)
	if err != nil {
		_ = s.process.Kill() // and with it the process that waits for it
		return forkedChild{}, err
	}
	c := forkedChild{pid: f.pid, pidfd: pidfd, server: s}
	err = errors.Join(b.wiring.lifeline.arm(c.pid), restrain(c.pid, b.spec), b.cgroup.adopt(c.pid))
	if err == nil {
		err = s.send(order{Go: number})
	}
	if err != nil {
		_ = c.signal(syscall.SIGKILL)
		c.awaitEnd()
		c.reap()
	}
	return c, err
}

// order has a process forked, which waits until it may go. A server that does not answer is killed.
func (s *server) order(b birth) (uint64, forked, error) {
	answered := make(chan forked, 1)
	s.mu.Lock()
	s.lastFork++
	number := s.lastFork
	s.forks[number] = answered
	s.mu.Unlock()
	timer := time.NewTimer(forkBudget)
	defer timer.Stop()
	set, unset := environmentChange(s.program.environment(forking.env), b.spec.environment(b.kind.env))
	if err := s.send(order{Fork: number, Set: set, Unset: unset, Dir: b.spec.Dir}, b.wiring.forFork()...); err != nil {
		return 0, forked{}, s.lost(err)
	}
	select {
	case f := <-answered:
		return number, f, f.err
	case <-s.over:
		return 0, forked{}, s.lost(errGone)
	case <-timer.C:
	}
	_ = s.process.Kill()
	<-s.over
	select {
	case f := <-answered: // too late: what waits there ends with the server
		closeAll(f.pidfds())
	default:
	}
	return 0, forked{}, s.failed("does not answer", os.ErrDeadlineExceeded)
}

// errGone says that another server may do what this one cannot any more.
var errGone = errors.New("gone")

// lost is the error of a fork that the server did not get, or did not survive.
func (s *server) lost(err error) error {
	if errors.Is(err, syscall.EMSGSIZE) || errors.Is(err, errTooLong) {
		return err
	}
	_ = s.process.Kill() // it may live on without its connection
	return s.failed(s.process.Exit().String(), errGone)
}

// forFork is what a forked worker gets, in the order of the protocol: data, control, lifeline, stdout, stderr.
func (w *wiring) forFork() []int {
	var fds []int
	for _, f := range []*os.File{w.theirs[3], w.theirs[4], w.lifeline.theirs, w.theirs[1], w.theirs[2]} {
		fds = append(fds, int(f.Fd()))
	}
	return fds
}

// environmentChange is what makes the environment to out of from. A process that is forked gets the change rather than to,
// so that it keeps what was set on the way from from to the fork: by a wrapper, or by the imports.
func environmentChange(from, to []string) (set map[string]string, unset []string) {
	was, set := environmentMap(from), environmentMap(to)
	for name, value := range was {
		now, there := set[name]
		switch {
		case !there:
			unset = append(unset, name)
		case now == value:
			delete(set, name)
		}
	}
	slices.Sort(unset)
	return set, unset
}

func environmentMap(env []string) map[string]string {
	m := make(map[string]string, len(env))
	for _, kv := range env {
		name, value, _ := strings.Cut(kv, "=")
		m[name] = value
	}
	return m
}

// forkedChild is a process of which a fork server is the parent. The server reaps it only when told so: until then its
// number and that of its group are its own.
type forkedChild struct {
	pid    int
	pidfd  *os.File
	server *server
}

func (c forkedChild) awaitEnd() { awaitEndOf(c.pidfd) }

// reap asks the server. When that has ended, the process is a child of this service if it adopts orphans, as process 1 of a
// container does, and elsewhere one of a process that has reaped it.
func (c forkedChild) reap() Exit {
	defer c.pidfd.Close()
	e := c.server.reap(c.pid)
	if !e.Lost {
		return e
	}
	select { // its children are adopted when it has ended, and not when it has only been killed
	case <-c.server.process.Done():
	case <-time.After(statusBudget):
	}
	return reapNow(c.pid)
}

func (c forkedChild) signal(sig syscall.Signal) error {
	return c.send(func(pidfd int) error { return signalGroupOf(pidfd, c.pid, sig) })
}

func (c forkedChild) kill() error { return c.send(killOf) }

func (c forkedChild) send(send func(pidfd int) error) error {
	conn, err := c.pidfd.SyscallConn()
	if err != nil {
		return err
	}
	var sent error
	err = conn.Control(func(fd uintptr) { sent = send(int(fd)) })
	return errors.Join(err, sent)
}

// maxMessage bounds the messages between the service and a fork server.
const maxMessage = 128 << 10

// order is a message to a fork server. One of Fork, Go and Reap is set.
type order struct {
	Fork  uint64            `json:"fork,omitempty"`  // number of the fork; descriptors come along
	Set   map[string]string `json:"set,omitempty"`   // variables that differ from those the server was started with
	Unset []string          `json:"unset,omitempty"` // variables that the process does not have, although the server was started with them
	Dir   string            `json:"cwd,omitempty"`
	Go    uint64            `json:"go,omitempty"`   // number of the fork whose process may run
	Reap  int               `json:"reap,omitempty"` // pid of a process that has ended
}

// answer is a message from a fork server. One of Ready, Refused, Forked, Failed and Exited is set.
type answer struct {
	Ready   bool      `json:"ready"`
	Refused string    `json:"refused"`
	Sources []string  `json:"sources"` // absolute paths, with Ready or Refused
	Forked  uint64    `json:"forked"`  // number of a fork; the pidfd comes along
	PID     int       `json:"pid"`
	Failed  uint64    `json:"failed"` // number of a fork
	Reason  string    `json:"reason"`
	Exited  int       `json:"exited"` // pid of a process that was reaped
	Status  uint32    `json:"status"` // as of wait
	Rusage  []float64 `json:"rusage"` // seconds as a user, seconds in the system, KiB of memory at most
}

// decodeAnswer takes nothing for granted: the process that sent it runs its author's code.
func decodeAnswer(b []byte) (answer, error) {
	var a answer
	if err := json.Unmarshal(b, &a); err != nil {
		return answer{}, fmt.Errorf("message %.100q: %w", b, err)
	}
	kinds := 0
	for _, is := range []bool{a.Ready, a.Refused != "", a.Forked > 0, a.Failed > 0, a.Exited > 0} {
		if is {
			kinds++
		}
	}
	if kinds != 1 || a.Forked > 0 && a.PID <= 1 {
		return answer{}, fmt.Errorf("message %.100q: want one of ready, refused, forked with a pid, failed and exited", b)
	}
	return a, nil
}

// exit is what an answer with Exited says.
func (a answer) exit() Exit {
	e := exitOf(syscall.WaitStatus(a.Status))
	if len(a.Rusage) == 3 {
		e.User, e.System = seconds(a.Rusage[0]), seconds(a.Rusage[1])
		e.MaxRSS = int64(bounded(a.Rusage[2]*(1<<10), math.MaxInt64/2))
	}
	return e
}

func seconds(s float64) time.Duration {
	return time.Duration(bounded(s*float64(time.Second), math.MaxInt64/2))
}

func bounded(v, limit float64) float64 { return max(0, min(v, limit)) }

package proc

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"syscall"
)

// birth is the data of a fork.
type birth struct {
	spec   Spec
	kind   kind
	wiring *wiring
	cgroup *cgroup
}

// newBirth opens everything or nothing.
func newBirth(spec Spec, k kind) (b birth, err error) {
	b = birth{spec: spec, kind: k}
	if b.cgroup, err = openCgroup(spec.Cgroup); err != nil {
		return b, err
	}
	if b.wiring, err = openWiring(k); err != nil {
		b.cgroup.close()
	}
	return b, err
}

// cancel closes everything after a birth that came to nothing.
func (b birth) cancel() {
	b.wiring.close()
	b.cgroup.close()
}

// fork starts the process in a process group of its own. Where the system lets us, not one instruction of the program
// runs before its lifeline is armed and its limits are set. s.start is held.
func (s *Spawner) fork(b birth) (child, error) {
	held := !s.unheld && holdable(b.spec.Path)
	c, err := b.on(s.thread, held)
	if errno, exec := err.(syscall.Errno); !held || !exec || !forbids(errno) {
		return c, err
	}
	c, err = b.on(s.thread, false) // if it was not the holding, it is forbidden again
	s.unheld = err == nil
	return c, err
}

func forbids(err syscall.Errno) bool {
	return err == syscall.EPERM || err == syscall.EACCES || err == syscall.ENOSYS
}

// on forks on t, which is also the only thread that may let a held child go.
func (b birth) on(t *thread, held bool) (c child, err error) {
	t.do(func() {
		if c, err = b.forkExec(held); err != nil {
			return
		}
		if err = b.secure(c.pid, held); err != nil {
			c.undo()
		}
	})
	return c, err
}

func (b birth) forkExec(held bool) (c child, err error) {
	attr := &syscall.ProcAttr{
		Dir:   b.spec.Dir,
		Env:   b.spec.environment(b.kind.env),
		Files: b.wiring.inherited(),
		Sys:   attributes(b.spec, &c.pidfd),
	}
	attr.Sys.Ptrace = held
	b.cgroup.receive(attr.Sys)
	c.pid, err = syscall.ForkExec(b.spec.Path, append([]string{b.spec.Path}, b.spec.Args...), attr)
	return c, err
}

// secure is what has to be done before the program runs. A held one does not run if it fails.
func (b birth) secure(pid int, held bool) error {
	if held {
		if err := awaitHold(pid); err != nil {
			return err
		}
	}
	if err := b.wiring.lifeline.arm(pid); err != nil {
		return err
	}
	if err := restrain(pid, b.spec); err != nil {
		return err
	}
	if held {
		letGo(pid)
	}
	return nil
}

// parent is the process that forked a worker: this service or a fork server. The kernel tells only it of the worker's end.
type parent interface {
	// awaitEnd returns when the process has ended, and leaves it a zombie. It is called once.
	awaitEnd()
	// signal reaches the whole group, and kill the process alone. Neither is called any more once reap has been.
	signal(sig syscall.Signal) error
	kill() error
	// reap takes the status. The process's number is free for others afterwards.
	reap() Exit
}

// child is a process that the service has forked itself.
type child struct {
	pid   int
	pidfd int // -1 without one; awaitEnd takes it over
}

func (c child) awaitEnd() { awaitExit(c.pid, c.pidfd) }

func (c child) signal(sig syscall.Signal) error { return killGroup(c.pid, sig) }

func (c child) kill() error { return syscall.Kill(c.pid, syscall.SIGKILL) }

func (c child) reap() Exit { return reap(c.pid) }

// undo ends a process that no caller has seen yet.
func (c child) undo() {
	_ = killGroup(c.pid, syscall.SIGKILL)
	if c.pidfd >= 0 {
		_ = syscall.Close(c.pidfd)
	}
	reap(c.pid)
}

// killGroup sends sig to the group of the leader pid, and to a leader that has moved to another group as well.
func killGroup(pid int, sig syscall.Signal) error {
	err := syscall.Kill(-pid, sig)
	if err == nil && sig != syscall.SIGKILL {
		return nil
	}
	if leader := syscall.Kill(pid, sig); err != nil {
		return leader
	}
	return nil
}

// owner is one life of a service's process. Numbers of processes come again; together with when the process began, and
// the namespace the number counts in, they don't.
type owner struct {
	pid       int
	started   uint64 // ticks after the start of the machine
	namespace uint64 // of numbers of processes
}

// mark is the name of the service and the run that a process belongs to. It is the value of FSMPOOL_RUN, which a process passes on to all that it starts.
type mark struct {
	service string
	owner   owner
	spawner uint32 // at random, to tell the spawners of a service apart
}

func newMark(service string) mark {
	return mark{service: service, owner: ownerOf("self"), spawner: rand.Uint32()}
}

// String is "orders:4711.88123.4026531836.5": service, number, start, namespace and spawner.
func (m mark) String() string {
	o := m.owner
	return fmt.Sprintf("%s:%d.%d.%d.%d", m.service, o.pid, o.started, o.namespace, m.spawner)
}

func parseMark(s string) (mark, bool) {
	colon := strings.LastIndexByte(s, ':')
	if colon < 0 {
		return mark{}, false
	}
	n, ok := parseNumbers(strings.Split(s[colon+1:], "."), 4)
	if !ok || n[3] > 1<<32-1 {
		return mark{}, false
	}
	return mark{service: s[:colon], owner: owner{int(n[0]), n[1], n[2]}, spawner: uint32(n[3])}, true
}

// orphanOf reports whether m is of an earlier run of the service of, a run that has ended.
func (m mark) orphanOf(of mark) bool { return m.service == of.service && m.owner.gone() }

// earlierThan reports whether m, the mark of the process p, is of a run of the same service that this process was before an exec
// in place.
func (m mark) earlierThan(of mark, p owner) bool {
	return m.service == of.service && m.owner == of.owner && moment{p.started, p.pid}.before(imageStart())
}

const cgroupPrefix = "fsmpool-"

// cgroupName begins the names of the control groups that o makes.
func (o owner) cgroupName() string {
	return fmt.Sprintf("%s%d-%d-%d", cgroupPrefix, o.pid, o.started, o.namespace)
}

func parseCgroupName(name string) (owner, bool) {
	rest, ok := strings.CutPrefix(name, cgroupPrefix)
	if !ok {
		return owner{}, false
	}
	n, ok := parseNumbers(strings.Split(rest, "-"), 4) // the last one makes the name unique
	if !ok {
		return owner{}, false
	}
	return owner{int(n[0]), n[1], n[2]}, true
}

// parseNumbers wants that many decimal numbers, of which the first fits a number of a process.
func parseNumbers(words []string, want int) ([]uint64, bool) {
	if len(words) != want {
		return nil, false
	}
	numbers := make([]uint64, want)
	for i, word := range words {
		n, err := strconv.ParseUint(word, 10, 64)
		if err != nil || i == 0 && n > 1<<31-1 {
			return nil, false
		}
		numbers[i] = n
	}
	return numbers, true
}

// Stray is a process that had left its group and outlived the run of the service that started it.
type Stray struct {
	PID     int
	Command string // its name, of at most 15 bytes
	Run     string // its FSMPOOL_RUN
	Err     error  // why it could not be killed; nil if it was
}

// Sweep kills the processes of earlier runs of the same Service on this machine, and returns them when they are gone. A
// process is only killed if it carries the mark of a run of this service, in the same namespace of processes, whose own
// process has ended or has become this one by an exec. The first Start does the same if that was not done before. The error is that of a system that does not let
// us look; on macOS it is errors.ErrUnsupported. Without a Service there is nothing to do.
func (s *Spawner) Sweep() ([]Stray, error) {
	s.start.Lock()
	defer s.start.Unlock()
	if s.Service == "" {
		return nil, nil
	}
	s.identify()
	return s.sweep()
}

// sweep is called with s.start held.
func (s *Spawner) sweep() ([]Stray, error) {
	s.swept = true
	return sweep(func(p owner, m mark) bool { return m.orphanOf(s.mark) || m.earlierThan(s.mark, p) })
}

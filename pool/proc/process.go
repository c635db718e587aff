package proc

import (
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

const (
	// outputGrace is how long the end of a dead process's output is waited for: a descendant that left the group may hold
	// the pipes open for ever.
	outputGrace = 50 * time.Millisecond
	// flushGrace is how long Output waits for a Spec.Output that takes its time with the last lines.
	flushGrace = 10 * outputGrace
)

// Process is a started worker process. All methods may be called from any goroutine.
type Process struct {
	pid     int
	wiring  *wiring
	output  *output
	forget  func(*Process)
	done    chan struct{} // closed when exit is set
	flushed chan struct{} // closed when the output has been read, after done
	exit    Exit          // read after done
	closing sync.Once

	mu     sync.Mutex // held while the pid is given back, and while a signal is sent to it
	reaped bool
}

func newProcess(spec Spec, pid int, w *wiring, forget func(*Process)) *Process {
	return &Process{
		pid:     pid,
		wiring:  w,
		output:  newOutput(spec),
		forget:  forget,
		done:    make(chan struct{}),
		flushed: make(chan struct{}),
	}
}

// PID is the process's number, and that of the group it leads. It may belong to somebody else after Done.
func (p *Process) PID() int { return p.pid }

// Data is the connection for requests, descriptor 3 of the worker. It stays open after the worker's end, so that the
// last answers can be read; Close closes it.
func (p *Process) Data() *net.UnixConn { return p.wiring.data }

// Control is the connection for cancel, ping and shutdown, descriptor 4 of the worker. Close closes it.
func (p *Process) Control() *net.UnixConn { return p.wiring.control }

// Done is closed as soon as the process has ended: its group is killed and it is reaped then.
func (p *Process) Done() <-chan struct{} { return p.done }

// Exit waits for Done and says how the process ended.
func (p *Process) Exit() Exit {
	<-p.done
	return p.exit
}

// Output returns the last lines of both streams in the order in which they were read; lines of different streams may
// have been printed in another one. After Done it waits until the rest has been read: no time at all, or 50 ms if a
// descendant that left the group holds the pipes, or as long as Spec.Output takes, but at most half a second.
func (p *Process) Output() []Line {
	select {
	case <-p.done:
		p.awaitFlush()
	default:
	}
	return p.output.lines()
}

// Tail is the text of Output, one line each, without a newline at its end.
func (p *Process) Tail() string { return joinText(p.Output()) }

func (p *Process) awaitFlush() {
	select {
	case <-p.flushed:
	case <-time.After(flushGrace):
	}
}

// Signal sends sig to the whole group. After Done the error is os.ErrProcessDone.
func (p *Process) Signal(sig syscall.Signal) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.reaped {
		return os.ErrProcessDone
	}
	return killGroup(p.pid, sig)
}

// Kill sends SIGKILL to the whole group and does not wait. After Done the error is os.ErrProcessDone.
func (p *Process) Kill() error { return p.Signal(syscall.SIGKILL) }

// Close kills what still lives of the group, waits for its end, and closes the connections. Descriptors, goroutines,
// zombie and group are gone when it returns. It may be called more than once and by many; all return after the work.
func (p *Process) Close() {
	p.closing.Do(func() {
		_ = p.Kill() // os.ErrProcessDone is what we want
		<-p.flushed
		p.wiring.close()
		p.forget(p)
	})
}

func (p *Process) run(pidfd int) {
	var readers sync.WaitGroup
	readers.Go(func() { p.output.readFrom(Stdout, p.wiring.stdout) })
	readers.Go(func() { p.output.readFrom(Stderr, p.wiring.stderr) })
	go func() {
		defer close(p.flushed)
		awaitExit(p.pid, pidfd)
		p.bury()
		p.drain(&readers)
	}()
}

// bury kills the group and reaps the leader, in this order: while the leader is a zombie the group's number is still
// its own.
func (p *Process) bury() {
	defer close(p.done)
	p.mu.Lock()
	defer p.mu.Unlock()
	_ = killGroup(p.pid, syscall.SIGKILL)
	p.wiring.lifeline.cut()
	p.exit = reap(p.pid)
	p.reaped = true
}

// drain waits until the readers have the rest.
func (p *Process) drain(readers *sync.WaitGroup) {
	deadline := time.Now().Add(outputGrace)
	for _, f := range []*os.File{p.wiring.stdout, p.wiring.stderr} {
		_ = f.SetReadDeadline(deadline) // a pipe has deadlines
	}
	readers.Wait()
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

package proc

import (
	"context"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// outputGrace is how long the end of a dead process's output is waited for: a descendant that left the group may hold the
// pipes open for ever.
const outputGrace = 50 * time.Millisecond

// Process is a started worker process. All methods may be called from any goroutine.
type Process struct {
	pid     int
	stdio   bool
	parent  parent
	wiring  *wiring
	cgroup  *cgroup
	output  *output
	forget  func(*Process)
	done    chan struct{} // closed when exit is set
	read    chan struct{} // closed when the output has been read, after done
	flushed chan struct{} // closed when Spec.Output has had all of it, and nothing of the group is left
	exit    Exit          // read after done
	closing sync.Once

	mu     sync.Mutex // held while the pid is given back, and while a signal is sent to it
	reaped bool
}

func newProcess(b birth, pid int, parent parent, forget func(*Process)) *Process {
	return &Process{
		pid:     pid,
		stdio:   b.spec.Stdio,
		parent:  parent,
		wiring:  b.wiring,
		cgroup:  b.cgroup,
		output:  newOutput(b.spec.withDefaults()),
		forget:  forget,
		done:    make(chan struct{}),
		read:    make(chan struct{}),
		flushed: make(chan struct{}),
	}
}

// PID is the process's number, and that of the group it leads. It may belong to somebody else after Done.
func (p *Process) PID() int { return p.pid }

// Data is the connection for requests, descriptor 3 of the worker. It stays open after the worker's end, so that the
// last answers can be read; Close closes it. It is nil with [Spec].Stdio.
func (p *Process) Data() *net.UnixConn { return p.wiring.data }

// Control is the connection for cancel, ping and shutdown, descriptor 4 of the worker. Close closes it. It is nil with
// [Spec].Stdio.
func (p *Process) Control() *net.UnixConn { return p.wiring.control }

// Stdin is the writing end of the worker's standard input. It has deadlines, and closing it is how many programs are told
// to end. Close closes it. It is nil without [Spec].Stdio.
func (p *Process) Stdin() *os.File { return p.wiring.stdin }

// Stdout is the reading end of the worker's standard output, which nobody else reads. It has deadlines and stays open after
// the worker's end, so that the last answers can be read; Close closes it. It is nil without [Spec].Stdio.
func (p *Process) Stdout() *os.File {
	if !p.stdio {
		return nil
	}
	return p.wiring.stdout
}

// Done is closed as soon as the process has ended: its group is killed and it is reaped then.
func (p *Process) Done() <-chan struct{} { return p.done }

// Exit waits for Done and says how the process ended.
func (p *Process) Exit() Exit {
	<-p.done
	return p.exit
}

// Output returns the last lines of both streams in the order in which they were read; lines of different streams may
// have been printed in another one. It can be called at any time. After Done it waits until the rest has been read: no
// time at all, or 50 ms if a descendant that left the group holds the pipes.
func (p *Process) Output() []Line {
	select {
	case <-p.done:
		<-p.read
	default:
	}
	return p.output.lines()
}

// Tail is the text of Output, one line each, without a newline at its end.
func (p *Process) Tail() string { return joinText(p.Output()) }

// Signal sends sig to the whole group. After Done the error is os.ErrProcessDone.
func (p *Process) Signal(sig syscall.Signal) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.reaped {
		return os.ErrProcessDone
	}
	return p.parent.signal(sig)
}

// Stop asks the group to end with SIGTERM, and kills it when ctx is done. It returns after Done.
func (p *Process) Stop(ctx context.Context) {
	_ = p.Signal(syscall.SIGTERM) // an error says that the process has ended
	select {
	case <-p.done:
	case <-ctx.Done():
		_ = p.Kill()
		<-p.done
	}
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

func (p *Process) run() {
	var readers sync.WaitGroup
	if !p.stdio {
		readers.Go(func() { p.output.readFrom(Stdout, p.wiring.stdout) })
	}
	readers.Go(func() { p.output.readFrom(Stderr, p.wiring.stderr) })
	go func() {
		defer close(p.flushed)
		p.parent.awaitEnd()
		p.bury()
		p.drain(&readers)
		reapGroup(p.pid)
		p.cgroup.close()
	}()
}

// bury kills the group and reaps the leader, in this order: while the leader is a zombie the group's number is still
// its own.
func (p *Process) bury() {
	defer close(p.done)
	p.mu.Lock()
	defer p.mu.Unlock()
	_ = p.parent.signal(syscall.SIGKILL)
	p.wiring.lifeline.cut()
	p.cgroup.kill()
	p.exit = p.parent.reap()
	p.exit.OutOfMemory = p.cgroup.outOfMemory()
	p.reaped = true
}

// drain waits until the readers have the rest, and Spec.Output has had it.
func (p *Process) drain(readers *sync.WaitGroup) {
	deadline := time.Now().Add(outputGrace)
	_ = p.wiring.stderr.SetReadDeadline(deadline) // a pipe has deadlines
	if !p.stdio {
		_ = p.wiring.stdout.SetReadDeadline(deadline)
	}
	readers.Wait()
	close(p.read)
	p.output.close()
}

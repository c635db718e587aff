package proc

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// outputGrace is how long the end of a dead process's output is waited for: a descendant may hold the pipes open.
	outputGrace = 50 * time.Millisecond
	// groupGrace is how long what a process leaves in its group has to end by itself. Python's resource tracker needs some of
	// it to remove the shared memory of a process that was killed.
	groupGrace = time.Second
)

// Process is a started worker process. All methods may be called from any goroutine.
type Process struct {
	pid     int
	stdio   bool
	parent  parent
	wiring  *wiring
	cgroup  *cgroup
	output  *output
	spawner *Spawner
	forget  func(*Process)
	done    chan struct{} // closed when exit is set
	read    chan struct{} // closed when the output has been read, after done
	flushed chan struct{} // closed when Spec.Output has had all of it, after read
	over    chan struct{} // closed when nothing of the group is left, after flushed
	exit    Exit          // read after done
	closing sync.Once
	users   atomic.Int32 // Close and the group; the last one has the process forgotten

	mu     sync.Mutex // held while the pid is given back, and while a signal is sent to it
	reaped bool
}

func newProcess(b birth, pid int, parent parent, spawner *Spawner, forget func(*Process)) *Process {
	p := &Process{
		pid:     pid,
		stdio:   b.spec.Stdio,
		parent:  parent,
		wiring:  b.wiring,
		cgroup:  b.cgroup,
		output:  newOutput(b.spec.withDefaults()),
		spawner: spawner,
		forget:  forget,
		done:    make(chan struct{}),
		read:    make(chan struct{}),
		flushed: make(chan struct{}),
		over:    make(chan struct{}),
	}
	p.users.Store(2)
	return p
}

// PID is the process's number, and that of the group it leads. It may belong to another process after Done.
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

// Stdout is the reading end of the worker's standard output, which the service does not read otherwise. It has deadlines and stays open after
// the worker's end, so that the last answers can be read; Close closes it. It is nil without [Spec].Stdio.
func (p *Process) Stdout() *os.File {
	if !p.stdio {
		return nil
	}
	return p.wiring.stdout
}

// Done is closed as soon as the process itself has ended and is reaped. What it leaves in its group has a second to end by
// itself, and is killed then.
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

// Signal sends sig to the whole group; SIGKILL is as [Process.Kill]. After Done the error is os.ErrProcessDone.
func (p *Process) Signal(sig syscall.Signal) error {
	if sig == syscall.SIGKILL {
		return p.Kill()
	}
	return p.whileOurs(func() error { return p.parent.signal(sig) })
}

// whileOurs runs send while the number of the process is its own.
func (p *Process) whileOurs(send func() error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.reaped {
		return os.ErrProcessDone
	}
	return send()
}

// Stop asks the group to end with SIGTERM, and kills the process when ctx is done. It returns after Done.
func (p *Process) Stop(ctx context.Context) {
	_ = p.Signal(syscall.SIGTERM) // an error says that the process has ended
	select {
	case <-p.done:
	case <-ctx.Done():
		_ = p.Kill()
		<-p.done
	}
}

// Kill sends SIGKILL to the process and does not wait. The rest of the group follows as Done says. After Done the error is
// os.ErrProcessDone.
func (p *Process) Kill() error { return p.whileOurs(p.parent.kill) }

// GroupRSS is the resident memory of the process and of all in its group, in bytes. What the others share with other processes, such
// as libraries, is not counted again. It reads the list of all processes of the machine, at most five times a second for all
// processes of a [Spawner]. After Done the error is os.ErrProcessDone; on macOS it is errors.ErrUnsupported.
func (p *Process) GroupRSS() (int64, error) {
	select {
	case <-p.done:
		return 0, os.ErrProcessDone
	default:
		return p.spawner.memory.group(p.pid)
	}
}

// Close kills the process if it lives, waits for its end and for its output, and closes the connections. The rest of its group
// follows as Done says; the Close of the [Spawner] waits for that. It may be called more than once and by many; all return
// after the work.
func (p *Process) Close() {
	p.closing.Do(func() {
		_ = p.Kill() // os.ErrProcessDone is what we want
		<-p.flushed
		p.wiring.closeOurs()
		p.leave()
	})
}

// leave is called by each of the users of the process.
func (p *Process) leave() {
	if p.users.Add(-1) == 0 {
		p.forget(p)
	}
}

func (p *Process) run() {
	var readers sync.WaitGroup
	if !p.stdio {
		readers.Go(func() { p.output.readFrom(Stdout, p.wiring.stdout) })
	}
	readers.Go(func() { p.output.readFrom(Stderr, p.wiring.stderr) })
	go func() {
		p.parent.awaitEnd()
		p.bury()
		p.drain(&readers)
		close(p.flushed)
		p.endGroup()
		p.leave()
		close(p.over)
	}()
}

// bury reaps the process. Where the rest of the group cannot be reached afterwards, it is killed before: while the dead process
// is not reaped, the number of the group is its own.
func (p *Process) bury() {
	defer close(p.done)
	p.mu.Lock()
	defer p.mu.Unlock()
	if !lifelineKills {
		_ = p.parent.signal(syscall.SIGKILL)
	}
	p.exit = p.parent.reap()
	p.exit.OutOfMemory = p.cgroup.outOfMemory()
	p.reaped = true
}

// endGroup waits until what is left of the group has ended by itself, and kills it after groupGrace. The lifeline knows the
// group itself; its number may be that of another one by now.
func (p *Process) endGroup() {
	if lifelineKills {
		awaitGroup(p.pid, cmp.Or(p.spawner.grace, groupGrace))
	}
	p.wiring.lifeline.cut()
	p.cgroup.kill()
	awaitGroup(p.pid, groupGrace)
	p.cgroup.close()
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

// Exit is the end of a process: its status and the resources that it used.
type Exit struct {
	// Code is the status the process chose, or -1 if a signal ended it.
	Code int
	// Signal ended the process; zero if it ended by itself.
	Signal syscall.Signal
	// OutOfMemory is true if the kernel killed it, or one of its descendants, because of the limit of its Cgroup.
	OutOfMemory bool
	// Core is true if the kernel wrote a core file.
	Core bool
	// Lost is true if another part of the service waited for all children and took the status; Code is -1 then.
	Lost bool
	// User and System are the processor time of the process and of those of its children that it waited for.
	User, System time.Duration
	// MaxRSS is the most memory the process ever had resident, in bytes.
	MaxRSS int64
}

// OK reports whether the process ended by itself with status 0.
func (e Exit) OK() bool { return e.Code == 0 }

// String says it as a shell user would: "exit status 3", "killed by SIGKILL".
func (e Exit) String() string {
	switch {
	case e.Lost:
		return "exit status unknown"
	case e.Signal != 0 && e.Core:
		return fmt.Sprintf("killed by %s (core dumped)", signalName(e.Signal))
	case e.OutOfMemory:
		return fmt.Sprintf("%s (out of the memory of its cgroup)", e.ending())
	default:
		return e.ending()
	}
}

func (e Exit) ending() string {
	switch {
	case e.Signal != 0:
		return "killed by " + signalName(e.Signal)
	default:
		return fmt.Sprintf("exit status %d", e.Code)
	}
}

func signalName(sig syscall.Signal) string {
	if name := unix.SignalName(sig); name != "" {
		return name
	}
	return fmt.Sprintf("signal %d", int(sig))
}

// reap takes the status of the child pid, waiting for it if need be. The pid is free for others afterwards.
func reap(pid int) Exit { return reapWith(pid, 0) }

// reapNow is reap of a process that has ended and may not be a child.
func reapNow(pid int) Exit { return reapWith(pid, syscall.WNOHANG) }

func reapWith(pid, options int) Exit {
	var status syscall.WaitStatus
	var usage syscall.Rusage
	reaped, err := retry(func() (int, error) { return syscall.Wait4(pid, &status, options, &usage) })
	if err != nil || reaped != pid {
		return Exit{Code: -1, Lost: true}
	}
	e := exitOf(status)
	e.User, e.System = time.Duration(usage.Utime.Nano()), time.Duration(usage.Stime.Nano())
	e.MaxRSS = int64(usage.Maxrss) * maxRSSUnit
	return e
}

func exitOf(status syscall.WaitStatus) Exit {
	e := Exit{Code: status.ExitStatus()}
	if status.Signaled() {
		e.Signal, e.Core = status.Signal(), status.CoreDump()
	}
	return e
}

func retry[T any](call func() (T, error)) (T, error) {
	for {
		if v, err := call(); err != syscall.EINTR {
			return v, err
		}
	}
}

package proc

import (
	"fmt"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Exit is how a process ended and what it used.
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

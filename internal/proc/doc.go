// Package proc starts one worker process and owns what the operating system gave for it: the pid, the descriptors, the
// exit status and the last lines it printed.
//
//	s := proc.Spawner{Service: "orders"}
//	defer s.Close()
//	p, err := s.Start(proc.Spec{Path: "/usr/bin/python3", Args: []string{"worker.py"}, Env: proc.BaseEnv(os.Environ())})
//	...
//	p.Data()         // frames of requests, descriptor 3 of the worker
//	p.Control()      // cancel, ping, shutdown, descriptor 4
//	<-p.Done()       // closed the moment the process has died, idle or not
//	p.Exit()         // how it ended
//	p.Tail()         // what it printed last
//	p.Close()        // kills what still lives and releases everything
//
// A [ForkServer] takes the place of a [Spawner] for programs that know how to fork. docs/processes.md says what is
// promised, on which system, and what a program can do about the rest; this is how it is done.
//
// # Descriptors
//
// A worker finds /dev/null as 0, pipes of ours as 1 and 2, the data connection as 3, the control connection as 4 and
// the lifeline, a pipe without readers and writers, as 5; FSMPOOL_FDS, FSMPOOL_PROTOCOL and FSMPOOL_RUN in its environment
// say so. With [Spec].Stdio pipes of ours are 0, 1 and 2, and the lifeline is 3. There are no others but those that the
// service itself inherited without close-on-exec. The worker's ends block, ours are served by the runtime's poller. A
// living process costs the service seven descriptors.
//
// # Groups
//
// Every worker leads a process group of its own. Signals go to the group, except SIGKILL, which goes to the worker alone. When
// the worker has ended, it is reaped and [Process.Done] is closed. What it leaves in its group, such as the resource tracker of
// Python's multiprocessing, has a second to end by itself; then the lifeline has the kernel kill it. The kernel knows that group
// itself, so it does not matter that its number could be given to another group as soon as the last member has ended. Members
// that the service has adopted, as process 1 of a container does, are reaped. The Close of the [Spawner] waits for all of this,
// that of a process does not.
//
// A descendant that leaves the group (setsid) is found by FSMPOOL_RUN, which it has in its environment: by the Close of
// the Spawner, or after the end of the service by its next start. With a [Cgroup] or a PID namespace it ends together
// with the worker and its group.
//
// # No orphans
//
// When the service dies, by whatever signal, its workers die too, whatever they are doing: the kernel does it.
//
//   - The lifeline is a pipe that is never written to. The service holds its write end; for its read ends it has asked
//     for SIGKILL to the worker's group at the next event (F_SETOWN, F_SETSIG, O_ASYNC). The end of the service closes
//     the write end, and that is the event. Closing the write end is also how the rest of the group is killed after the end
//     of its leader.
//   - There are two read ends, opened apart. The one of the service is for a worker that dies an instant before the write
//     end is closed, as a request for the signal goes with its read end: the threads of a big service are gone, and
//     Pdeathsig sent, long before its descriptors are released. For the same reason the write end has the higher number:
//     the kernel releases the descriptors of a dying process from the highest to the lowest. The one of the worker does
//     not depend on that order.
//   - A worker is held before the first instruction of its program (PTRACE_TRACEME) until it has its lifeline and its
//     limits. Until then, and should the service end meanwhile, it has Pdeathsig and PTRACE_O_EXITKILL. Those are sent at
//     the end of the thread that forked, so a [Spawner] forks on one thread that lives as long as the spawner. Where
//     no process may trace another, and for programs that step up to other privileges, a worker is not held: a child that it starts
//     within some microseconds is not covered then.
//   - An exec of the service in place (syscall.Exec) closes the write ends and so ends the workers. They stay children of the
//     process; the first Start of a named [Spawner] in the new program reaps them.
//
// # Goroutines and threads
//
// A process costs three goroutines (exit, stdout, stderr), one more with [Spec].Output, and no thread; a spawner costs
// one goroutine and one thread, a fork server two goroutines besides its process. Without pidfd (Linux before 5.3, or
// forbidden by seccomp) and on macOS a process costs a thread that waits.
package proc

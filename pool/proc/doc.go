// Package proc starts one worker process and owns what the operating system gave for it: the pid, the descriptors, the
// exit status and the last lines it printed.
//
//	var s proc.Spawner
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
// # Descriptors
//
// A worker finds /dev/null as 0, pipes of ours as 1 and 2, the data connection as 3, the control connection as 4 and
// the lifeline, which nobody reads or writes, as 5; FSMPOOL_FDS, FSMPOOL_PROTOCOL and FSMPOOL_RUN in its environment
// say so. There are no others but those that the service itself inherited without close-on-exec. The worker's ends
// block, ours are served by the runtime's poller. A living process costs the service seven descriptors.
//
// # Groups
//
// Every worker leads a process group of its own. Signals go to the group, and when the leader ends the rest of the
// group is killed before the leader is reaped, as long as the group's id cannot have been given to anybody else. A
// descendant that leaves the group (setsid) is not found by this package; it carries FSMPOOL_RUN in its environment.
// Killed descendants are reaped by process 1: a service that is process 1 of its container needs an init there instead
// (docker run --init), as does any program that starts others.
//
// # No orphans
//
// When the service dies, by whatever signal, its workers die too, whatever they are doing: the kernel does it.
//
//   - The lifeline is a pipe that is never written to. The service holds its write end; on the read end it has asked
//     for SIGKILL to the worker's group at the next event (F_SETOWN, F_SETSIG, O_ASYNC). The end of the service closes
//     the write end, and that is the event. Closing the write end is also how we make sure of the group when its leader
//     has ended, so it happens only when the process is to be gone, never to end it politely.
//   - The service keeps the read end open as well. Otherwise a worker that dies an instant before the write end is
//     closed takes the request for the signal with it, and its children live on: the threads of a big service are gone,
//     and Pdeathsig sent, long before its descriptors are closed. The write end has the higher number, because the
//     kernel releases the descriptors of a dying process from the highest to the lowest.
//   - Between fork and F_SETOWN the worker is covered by Pdeathsig. That signal is sent at the end of the thread that
//     forked, so a [Spawner] forks on one thread that lives as long as the spawner. A child that the worker starts
//     within these microseconds is not covered.
//   - An exec of the service in place (syscall.Exec) closes the write ends and so ends the workers.
//
// # Goroutines and threads
//
// A process costs three goroutines (exit, stdout, stderr), all parked in the poller, and no thread; a spawner costs one
// goroutine and one thread. Without pidfd (Linux before 5.3, or forbidden by seccomp) and on macOS a process costs a
// thread that waits.
//
// # macOS
//
// There is no lifeline and no Pdeathsig: a killed service leaves the workers that do not read to the end of their
// connections. Everything else holds.
package proc

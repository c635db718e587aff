package pool

import "time"

// Limits bound what one worker may use (setrlimit). The zero value of a field leaves the service's own limit. A limit
// above the service's own takes privileges. Linux only.
type Limits struct {
	// AddressSpace is how many bytes the worker may map. Programs that reserve much more than they use, as those with CUDA
	// do, need Data instead.
	AddressSpace uint64
	// Data is how many bytes of private writable memory the worker may map.
	Data uint64
	// Files is how many descriptors the worker may have open.
	Files uint64
	// FileSize is the largest size in bytes of a file that the worker writes.
	FileSize uint64
	// Processes is how many processes and threads the user of the worker may have on the whole machine, not only below
	// the worker. The kernel does not count those of root. [Cgroup] bounds those below the worker.
	Processes uint64
	// CPU is processor time, rounded up to seconds. At its end the worker gets SIGXCPU, and SIGKILL a second later.
	CPU time.Duration
	// NoCore keeps the worker from leaving core files.
	NoCore bool
}

// Cgroup asks for a control group (version 2) for one worker and what it starts. The group bounds them together. When
// the worker has ended, the pool kills what is left in the group, daemons included, and removes the group. Groups that a
// killed service left, and what still runs in them, are removed when a process is started below the same Parent.
type Cgroup struct {
	// Parent is the directory of a control group below which the service may make others. With limits it must have no
	// processes of its own, by a rule of the kernel. systemd gives a service such a group by Delegate=yes together with
	// DelegateSubgroup=.
	Parent string
	// Memory is how many bytes may be in use; the kernel kills the whole group that asks for more. Zero is no limit.
	Memory uint64
	// Processes is how many processes and threads there may be. Zero is no limit.
	Processes uint64
	// CPU is how many processors may be busy at a time, such as 1.5. Zero is no limit.
	CPU float64
	// Optional starts the worker without a control group where there can be none. Without it that is an error.
	Optional bool
}

package proc

import "time"

// Limits bound what one process may use (setrlimit). The zero value of a field leaves the service's own limit. A limit
// above the service's own takes privileges. Linux only.
type Limits struct {
	// AddressSpace is the bytes the process may map. Programs that reserve much more than they use, as those with CUDA do,
	// need Data instead.
	AddressSpace uint64
	// Data is the bytes of private writable memory the process may map.
	Data uint64
	// Files is how many descriptors the process may have open.
	Files uint64
	// FileSize is how many bytes a file may have that the process writes.
	FileSize uint64
	// Processes is how many processes and threads the user of the process may have on the whole machine, not only below
	// the process. Nobody counts those of root. [Cgroup] bounds those below the process.
	Processes uint64
	// CPU is processor time, rounded up to seconds. At its end the process gets SIGXCPU, and SIGKILL a second later.
	CPU time.Duration
	// NoCore keeps the process from leaving core files.
	NoCore bool
}

// seconds rounds CPU up, as a limit of 0 would end the process at once.
func (l Limits) seconds() uint64 { return uint64((l.CPU + time.Second - 1) / time.Second) }

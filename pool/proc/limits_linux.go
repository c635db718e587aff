package proc

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// rlimit is one limit in the kernel's words.
type rlimit struct {
	name      string
	resource  int
	soft, max uint64
}

func (l Limits) list() []rlimit {
	var list []rlimit
	for _, r := range []rlimit{
		{"address space", unix.RLIMIT_AS, l.AddressSpace, l.AddressSpace},
		{"data", unix.RLIMIT_DATA, l.Data, l.Data},
		{"files", unix.RLIMIT_NOFILE, l.Files, l.Files},
		{"file size", unix.RLIMIT_FSIZE, l.FileSize, l.FileSize},
		{"processes", unix.RLIMIT_NPROC, l.Processes, l.Processes},
		{"processor time", unix.RLIMIT_CPU, l.seconds(), l.seconds() + 1},
	} {
		if r.soft > 0 {
			list = append(list, r)
		}
	}
	if l.NoCore {
		list = append(list, rlimit{"core file", unix.RLIMIT_CORE, 0, 0})
	}
	return list
}

// restrain puts the limits and the niceness of spec on a process that has only one thread yet.
func restrain(pid int, spec Spec) error {
	for _, l := range spec.Limits.list() {
		if err := unix.Prlimit(pid, l.resource, &unix.Rlimit{Cur: l.soft, Max: l.max}, nil); err != nil {
			return fmt.Errorf("limit of %s: %d: %w", l.name, l.soft, err)
		}
	}
	return renice(pid, spec.Nice)
}

// renice raises the niceness, which the process has from the service.
func renice(pid, by int) error {
	if by == 0 {
		return nil
	}
	raw, err := unix.Getpriority(unix.PRIO_PROCESS, pid)
	if err == nil {
		const rawZero = 20 // the system call answers 20 for niceness 0, 1 for 19
		err = unix.Setpriority(unix.PRIO_PROCESS, pid, min(rawZero-raw+by, 19))
	}
	if err != nil {
		return fmt.Errorf("nice %d: %w", by, err)
	}
	return nil
}

package proc

import (
	"fmt"
	"path/filepath"
)

// Cgroup asks for a control group (version 2) for one process and what it starts. It bounds them together, and when the
// process has ended whatever is left in the group is killed, daemons included. The group is removed then; those of a
// service that was killed are, with what still runs in them, when somebody starts a process below the same parent.
type Cgroup struct {
	// Parent is the directory of a control group below which the service may make others. With limits it must have no
	// processes of its own, by a rule of the kernel. systemd gives a service such a one by Delegate=yes together with
	// DelegateSubgroup=.
	Parent string
	// Memory is how many bytes may be in use. Who asks for more is killed, with everybody in the group. Zero is no limit.
	Memory uint64
	// Processes is how many processes and threads there may be. Zero is no limit.
	Processes uint64
	// CPU is how many processors may be busy at a time, such as 1.5. Zero is no limit.
	CPU float64
	// Optional starts the process without a control group where there can be none. Otherwise that is a *CgroupError.
	Optional bool
}

// CgroupError reports that a process could not have the control group that was asked for. It is the Err of a *StartError.
type CgroupError struct {
	Dir  string
	What string // for people
	Err  error
}

func (e *CgroupError) Error() string {
	return fmt.Sprintf("cgroup %s: %s; set Cgroup.Optional to start without", e.Dir, e.What)
}

func (e *CgroupError) Unwrap() error { return e.Err }

func (c *Cgroup) check() string {
	switch {
	case !filepath.IsAbs(c.Parent):
		return fmt.Sprintf("parent %q is not an absolute path", c.Parent)
	case !(c.CPU >= 0 && c.CPU <= maxCPU):
		return fmt.Sprintf("%v processors; want 0 for no limit, or up to %d", c.CPU, maxCPU)
	default:
		return ""
	}
}

const (
	maxCPU    = 1 << 20
	cpuPeriod = 100_000 // microseconds in which cpu.max counts
)

// setting is a file of a control group and what it is to contain.
type setting struct{ controller, file, value string }

// settings are those that c asks for.
func (c *Cgroup) settings() []setting {
	var list []setting
	if c.Memory > 0 {
		list = append(list,
			setting{"memory", "memory.max", fmt.Sprint(c.Memory)},
			setting{"memory", "memory.oom.group", "1"})
	}
	if c.Processes > 0 {
		list = append(list, setting{"pids", "pids.max", fmt.Sprint(c.Processes)})
	}
	if c.CPU > 0 {
		quota := max(1000, int64(c.CPU*cpuPeriod)) // the kernel takes no less
		list = append(list, setting{"cpu", "cpu.max", fmt.Sprintf("%d %d", quota, cpuPeriod)})
	}
	return list
}

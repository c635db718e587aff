package proc

import (
	"fmt"
	"path/filepath"
)

// Cgroup asks for a control group (version 2) for one process and what it starts, as the Cgroup of package pool says. Zero is
// no limit.
type Cgroup struct {
	Parent    string  // directory of a control group below which the service may make others
	Memory    uint64  // bytes
	Processes uint64  // and threads
	CPU       float64 // processors
	Optional  bool    // start without a control group where there can be none, instead of a *CgroupError
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

// setting is a file of a control group and its content.
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

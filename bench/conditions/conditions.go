// Package conditions says under which conditions figures were measured: processors, versions, and how much of the
// processors other work took meanwhile.
package conditions

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Conditions are the properties of the machine and the run that figures depend on.
type Conditions struct {
	Processor string // empty where the system does not tell
	Python    string // the version
	Others    string // which part of the processors other work took meanwhile; empty where the system does not tell
}

// Describe asks the system and the interpreter at path.
func Describe(ctx context.Context, path string) (Conditions, error) {
	version, err := exec.CommandContext(ctx, path, "--version").Output()
	if err != nil {
		return Conditions{}, fmt.Errorf("version of Python: %w", err)
	}
	c := Conditions{Python: strings.TrimSpace(string(version))}
	cpuinfo, err := os.ReadFile("/proc/cpuinfo")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Conditions{}, err
	}
	c.Processor = processor(string(cpuinfo))
	return c, nil
}

// Measured adds what other work took between two readings.
func (c Conditions) Measured(before, after Usage) Conditions {
	if part, ok := after.Others(before); ok {
		c.Others = fmt.Sprintf("%.0f%%", 100*part)
	}
	return c
}

// processor finds the name of the model in the format of Linux.
func processor(cpuinfo string) string {
	for line := range strings.Lines(cpuinfo) {
		name, value, _ := strings.Cut(line, ":")
		if strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// Markdown is one line.
func (c Conditions) Markdown(rounds int) string {
	parts := []string{
		fmt.Sprintf("Rounds: %d", rounds),
		fmt.Sprintf("processors: %d", runtime.NumCPU()),
		c.Processor,
		runtime.GOOS + "/" + runtime.GOARCH,
		runtime.Version(),
		c.Python,
	}
	if c.Others != "" {
		parts = append(parts, "taken by other work meanwhile: "+c.Others+" of the processors")
	}
	parts = slices.DeleteFunc(parts, func(part string) bool { return part == "" })
	return strings.Join(parts, "; ") + ".\n"
}

// tick is the unit in which Linux counts the time of processors.
const tick = 10 * time.Millisecond

// Usage is how long all processors have worked and been there, and how long this process and the children that it has
// waited for have worked.
type Usage struct{ busy, total, own time.Duration }

// ReadUsage returns a zero Usage where the system does not tell.
func ReadUsage() (Usage, error) {
	stat, err := os.ReadFile("/proc/stat")
	if errors.Is(err, fs.ErrNotExist) {
		return Usage{}, nil
	}
	if err != nil {
		return Usage{}, err
	}
	u, err := parseStat(string(stat))
	if err != nil {
		return Usage{}, err
	}
	for _, who := range []int{syscall.RUSAGE_SELF, syscall.RUSAGE_CHILDREN} {
		var r syscall.Rusage
		if err := syscall.Getrusage(who, &r); err != nil {
			return Usage{}, os.NewSyscallError("getrusage", err)
		}
		u.own += time.Duration(r.Utime.Nano() + r.Stime.Nano())
	}
	return u, nil
}

// parseStat reads the first line, in which the fourth and fifth number are idle, and what follows the eighth is counted in
// the first two already.
func parseStat(stat string) (Usage, error) {
	line, _, _ := strings.Cut(stat, "\n")
	fields := strings.Fields(line)
	if len(fields) < 9 || fields[0] != "cpu" {
		return Usage{}, fmt.Errorf("/proc/stat begins with %q: want cpu and at least 8 numbers", line)
	}
	var u Usage
	for i, field := range fields[1:9] {
		ticks, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return Usage{}, fmt.Errorf("/proc/stat: %w", err)
		}
		u.total += time.Duration(ticks) * tick
		if i != 3 && i != 4 {
			u.busy += time.Duration(ticks) * tick
		}
	}
	return u, nil
}

// Others returns which part of all processors the work of others took between two readings, and false if that is unknown.
// It includes what a hypervisor gave to other machines.
func (u Usage) Others(before Usage) (part float64, ok bool) {
	total := u.total - before.total
	if total <= 0 {
		return 0, false
	}
	rest := (u.busy - before.busy) - (u.own - before.own)
	return max(0, float64(rest)/float64(total)), true
}

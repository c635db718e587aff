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
	"strings"
)

// Conditions are what figures depend on.
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

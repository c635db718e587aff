package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"runtime"
	"strings"

	"github.com/fsmgen/fsmgen/bench/echo"
)

// conditions are what figures depend on.
type conditions struct {
	processor string // empty where the system does not tell
	python    string
	others    string // which part of the processors other work took meanwhile; empty where the system does not tell
}

func describe(ctx context.Context, python *echo.Python) (conditions, error) {
	version, err := exec.CommandContext(ctx, python.Path(), "--version").Output()
	if err != nil {
		return conditions{}, fmt.Errorf("version of Python: %w", err)
	}
	c := conditions{python: strings.TrimSpace(string(version))}
	cpuinfo, err := os.ReadFile("/proc/cpuinfo")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return conditions{}, err
	}
	c.processor = processor(string(cpuinfo))
	return c, nil
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

func (c conditions) markdown(rounds int) string {
	parts := []string{
		fmt.Sprintf("Rounds: %d", rounds),
		fmt.Sprintf("processors: %d", runtime.NumCPU()),
		c.processor,
		runtime.GOOS + "/" + runtime.GOARCH,
		runtime.Version(),
		c.python,
	}
	if c.others != "" {
		parts = append(parts, "taken by other work meanwhile: "+c.others+" of the processors")
	}
	return strings.Join(notEmpty(parts), "; ") + ".\n"
}

func notEmpty(parts []string) []string {
	var full []string
	for _, p := range parts {
		if p != "" {
			full = append(full, p)
		}
	}
	return full
}

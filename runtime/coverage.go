package runtime

import (
	"fmt"
	"os"
	"sync"
)

// Coverage is an [Observer] that appends every transition that it sees for the first time to a
// file, one line each. `fsmgen cover` counts them. A line has the machine, the id in
// [Info.Transitions], From, Event, To and Pos of the transition, separated by tabs. Several
// observers and processes may append to one file at the same time.
type Coverage struct {
	path string

	mu   sync.Mutex // guards the fields below
	seen map[string]bool
	err  error
}

// NewCoverage returns a Coverage that appends to the file at path. With an empty path it writes
// nothing.
func NewCoverage(path string) *Coverage {
	return &Coverage{path: path, seen: map[string]bool{}}
}

// Observe writes the transition of the step if it is new.
func (c *Coverage) Observe(info *Info, step Step) {
	if c.path == "" || step.Kind != StepAccepted || step.Transition < 0 {
		return
	}
	t := &info.Transitions[step.Transition]
	line := fmt.Sprintf("%s\t%d\t%s\t%s\t%s\t%s\n", info.Machine, step.Transition, t.From, t.Event, t.To, t.Pos)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.seen[line] {
		return
	}
	c.seen[line] = true
	if err := appendTo(c.path, line); err != nil && c.err == nil {
		c.err = fmt.Errorf("fsm: coverage: %w", err)
	}
}

// Err returns the first error of a write.
func (c *Coverage) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// appendTo appends one line with one write, so that the lines of several processes do not mix.
func appendTo(path, line string) error {
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	if _, err := file.WriteString(line); err != nil {
		_ = file.Close() // the error of the write counts
		return err
	}
	return file.Close()
}

// Package sim plays a world against a [core.Core]: workers that start late, fail to start, answer late or never, die at
// any step and export slowly; clients that cancel, time out, hold leases and come back with the same session;
// reconfigurations, drains and closes at any time; a clock that steps from nanoseconds to days.
//
// A seed gives a schedule, and the same seed gives the same trace, byte for byte. After every step the invariants are
// checked: those of the core itself, see core.Check, and those that only the world can know, such as that a session
// carries the state that was acknowledged. A failure names its seed and a shrunk schedule, which [Replay] plays again.
package sim

import (
	"fmt"
	"strings"
)

// Options say how much is played.
type Options struct {
	Steps int  // of each schedule; 0 means 400
	Trace bool // writes down what happens
}

// Outcome is what one schedule has shown.
type Outcome struct {
	Seed    uint64
	Steps   int
	Trace   string // where Options.Trace asks for it
	Err     error  // the first invariant that did not hold
	Choices []uint32
}

// Run plays the schedule of a seed.
func Run(seed uint64, o Options) Outcome {
	out := play(newSource(seed), o)
	out.Seed = seed
	return out
}

// Replay plays a schedule again that was recorded, or a part of one.
func Replay(choices []uint32, o Options) Outcome { return play(replay(choices), o) }

func play(s *source, o Options) (out Outcome) {
	if o.Steps == 0 {
		o.Steps = 400
	}
	w := newWorld(s, o.Trace)
	defer func() {
		if v := recover(); v != nil {
			out.Err = fmt.Errorf("step %d: panic: %v", w.steps, v)
		}
		out.Steps, out.Choices = w.steps, s.choices
		out.Trace = w.text.String()
	}()
	out.Err = w.run(o.Steps)
	return out
}

// trace is what has happened, as text, line by line.
type trace struct {
	keep bool
	text strings.Builder
}

func (t *trace) logf(format string, args ...any) {
	if t.keep {
		fmt.Fprintf(&t.text, format+"\n", args...)
	}
}

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
	"math/rand/v2"
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

// Shrink returns a shorter list of choices that still violates an invariant, for at most that many replays.
func Shrink(choices []uint32, o Options, replays int) []uint32 {
	best := choices
	fails := func(c []uint32) bool {
		replays--
		return Replay(c, o).Err != nil
	}
	for size := len(best) / 2; size > 0 && replays > 0; {
		shorter := false
		for at := 0; at+size <= len(best) && replays > 0; {
			c := append(append([]uint32{}, best[:at]...), best[at+size:]...)
			if fails(c) {
				best, shorter = c, true
				continue
			}
			at += size
		}
		if !shorter {
			size /= 2
		}
	}
	for at := range best {
		if best[at] == 0 || replays <= 0 {
			continue
		}
		c := append([]uint32{}, best...)
		if c[at] = 0; fails(c) {
			best = c
		}
	}
	return best
}

// source makes the choices of a schedule. Those of a seed are random; those of a replay come from a list, and are 0 behind
// its end. 0 is always the plainest choice, so that a shorter list with smaller numbers is a simpler schedule.
type source struct {
	random  *rand.Rand // nil for a replay
	choices []uint32   // made so far, or to be replayed
	at      int
}

func newSource(seed uint64) *source { return &source{random: rand.New(rand.NewPCG(seed, 1))} }

func replay(choices []uint32) *source { return &source{choices: choices} }

// below returns a number in [0, n).
func (s *source) below(n int) int {
	if n <= 1 {
		return 0
	}
	if s.random != nil {
		v := uint32(s.random.IntN(n))
		s.choices = append(s.choices, v)
		return int(v)
	}
	if s.at >= len(s.choices) {
		return 0
	}
	v := int(s.choices[s.at]) % n
	s.at++
	return v
}

// oneIn reports true once in n times; never in the plainest schedule.
func (s *source) oneIn(n int) bool { return s.below(n) == n-1 }

// pick returns one of the values. The first one is the plainest.
func pick[T any](s *source, values ...T) T { return values[s.below(len(values))] }

// Command simulate plays random schedules against the core of the pool and checks its invariants after every step.
//
//	SIM_SECONDS=30 SIM_SEED=1 simulate
//
// It plays for SIM_SECONDS, 30 without it, or until SIM_STEPS have been played if that is given, schedules whose seeds
// count up from SIM_SEED, a random one without it. It exits
// with 1 at the first violation, which it prints with its seed, the shrunk schedule and the trace of that. The last line of
// its output is a JSON object: seed, steps, schedules, violations, steps_per_second.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strconv"
	"time"

	"github.com/fsmgen/fsmgen/pool/internal/core/sim"
)

func main() {
	violations, err := run(os.Stdout, os.Getenv)
	if err != nil {
		fmt.Fprintln(os.Stderr, "simulate:", err)
	}
	if err != nil || violations > 0 {
		os.Exit(1)
	}
}

// summary is the last line of the output.
type summary struct {
	Seed       uint64 `json:"seed"`
	Steps      int    `json:"steps"`
	Schedules  int    `json:"schedules"`
	Violations int    `json:"violations"`
	Rate       int    `json:"steps_per_second"`
}

func run(out io.Writer, env func(string) string) (violations int, err error) {
	seconds, steps, seed := 30, uint64(0), rand.Uint64N(1<<40)
	for _, setting := range []struct {
		name string
		set  func(n uint64)
	}{
		{"SIM_SECONDS", func(n uint64) { seconds = int(n) }},
		{"SIM_STEPS", func(n uint64) { steps = n }},
		{"SIM_SEED", func(n uint64) { seed = n }},
	} {
		text := env(setting.name)
		if text == "" {
			continue
		}
		n, err := strconv.ParseUint(text, 10, 40)
		if err != nil || (n == 0 && setting.name != "SIM_SEED") {
			return 0, fmt.Errorf("%s is %q: want a number from 1 to 2^40", setting.name, text)
		}
		setting.set(n)
	}
	limit := fmt.Sprintf("%d s", seconds)
	if steps > 0 {
		limit = fmt.Sprintf("%d steps", steps)
	}
	fmt.Fprintf(out, "simulate: %s from SIM_SEED=%d\n", limit, seed)
	s, since := summary{Seed: seed}, time.Now()
	goesOn := func() bool {
		if steps > 0 {
			return uint64(s.Steps) < steps
		}
		return time.Since(since) < time.Duration(seconds)*time.Second
	}
	for ; goesOn() && s.Violations == 0; s.Schedules++ {
		outcome := sim.Run(seed+uint64(s.Schedules), sim.Options{})
		s.Steps += outcome.Steps
		if outcome.Err != nil {
			s.Violations++
			explain(out, outcome)
		}
	}
	s.Rate = int(float64(s.Steps) / time.Since(since).Seconds())
	return s.Violations, json.NewEncoder(out).Encode(s)
}

// explain prints a violation as a person can follow it.
func explain(out io.Writer, o sim.Outcome) {
	small := sim.Shrink(o.Choices, sim.Options{}, 5000)
	again := sim.Replay(small, sim.Options{Trace: true})
	fmt.Fprintf(out, "seed %d: %v\nshrunk: %v\nschedule: %v\n%s", o.Seed, o.Err, again.Err, small, again.Trace)
}

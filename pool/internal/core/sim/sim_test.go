package sim

import (
	"flag"
	"testing"
)

var (
	seed  = flag.Uint64("sim.seed", 0, "the first seed; 0 for the fixed ones of the test")
	steps = flag.Int("sim.steps", 300_000, "how many steps are played")
)

// play plays schedules until enough steps have been made, and stops at the first violation.
// Rows: U6.
func TestSimulation_InvariantsHold(t *testing.T) {
	total, schedules := 0, 0
	for next := *seed + 1; total < *steps; next++ {
		out := Run(next, Options{})
		total, schedules = total+out.Steps, schedules+1
		if out.Err != nil {
			small := Shrink(out.Choices, Options{}, 2000)
			t.Fatalf("seed %d: %v\nshrunk: %v\nschedule: %v\n%s", out.Seed, out.Err, Replay(small, Options{}).Err, small,
				Replay(small, Options{Trace: true}).Trace)
		}
	}
	t.Logf("%d steps in %d schedules, seeds from %d", total, schedules, *seed+1)
}

func TestSimulation_SameSeedGivesTheSameTrace(t *testing.T) {
	for seed := uint64(1); seed <= 20; seed++ {
		a, b := Run(seed, Options{Trace: true}), Run(seed, Options{Trace: true})
		if a.Trace != b.Trace || a.Trace == "" {
			t.Fatalf("seed %d gives two traces", seed)
		}
		if c := Replay(a.Choices, Options{Trace: true}); c.Trace != a.Trace {
			t.Fatalf("seed %d: its choices give another trace", seed)
		}
	}
}

// Rows: I3.
func TestRollout_EndsAsTheVersionDeserves(t *testing.T) {
	for seed := uint64(1); seed <= 240; seed++ {
		if fault, err := Rollout(seed); err != nil {
			t.Errorf("seed %d, a version that is %s: %v", seed, fault, err)
		}
	}
}

package worker_test

import (
	"math/rand/v2"
	"testing"

	"github.com/fsmgen/fsmgen/bench/compare"
	"github.com/fsmgen/fsmgen/bench/worker"
	"github.com/fsmgen/fsmgen/bench/worker/workerfsm"
)

func TestWork_EveryLoop(t *testing.T) {
	for _, work := range worker.All() {
		for _, loop := range append(work.Others, work.Limit) {
			t.Run(work.Title+"/"+loop.Name, func(t *testing.T) {
				if err := loop.Run(1000); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

func TestGoals_NoAllocations(t *testing.T) {
	for _, work := range []compare.Loops{worker.Cycle(), worker.Rejection(), worker.Guarded(), worker.Shared(1)} {
		for _, loop := range append(work.Others, work.Limit) {
			if loop.Goal == 0 {
				continue
			}
			t.Run(work.Title+"/"+loop.Name, func(t *testing.T) {
				allocs := func(n int) float64 {
					return testing.AllocsPerRun(10, func() {
						if err := loop.Run(n); err != nil {
							t.Fatal(err)
						}
					})
				}
				if few, many := allocs(1), allocs(1001); many != few {
					t.Errorf("1000 more pieces of work allocate %v times; want 0", many-few)
				}
			})
		}
	}
}

// Benchmark is for profiles; what the implementations cost compared with each other is for cmd/compare to say.
func Benchmark(b *testing.B) {
	for _, work := range worker.All() {
		for _, loop := range append(work.Others, work.Limit) {
			b.Run(work.Title+"/"+loop.Name, func(b *testing.B) {
				b.ReportAllocs()
				if err := loop.Run(b.N); err != nil {
					b.Fatal(err)
				}
			})
		}
	}
}

const (
	sequences = 500
	length    = 30
)

func TestImplementations_SameMachine(t *testing.T) {
	all := worker.Implementations()
	for _, other := range all[1:] {
		t.Run(other.Name, func(t *testing.T) {
			random := rand.New(rand.NewPCG(1, 1))
			for range sequences {
				drive(t, random, create(t, all[0]), create(t, other), other.Silent)
			}
		})
	}
}

func create(t *testing.T, i worker.Implementation) worker.Machine {
	t.Helper()
	m, err := i.New()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// drive sends both machines the same random events. If silent, the second one says of none that it is rejected.
func drive(t *testing.T, random *rand.Rand, want, got worker.Machine, silent bool) {
	t.Helper()
	for range length {
		before, event := want.State(), pick(random, want.State())
		failure := worker.Failure{Failures: random.IntN(5)}
		wantErr, gotErr := want.Fire(event, failure), got.Fire(event, failure)
		if (wantErr == nil) != (gotErr == nil) && !silent || want.State() != got.State() {
			t.Fatalf("%v with %+v in %v leads to %v, %v; want %v, %v",
				event, failure, before, got.State(), gotErr, want.State(), wantErr)
		}
	}
	if want.Entries() != got.Entries() {
		t.Fatalf("the states were entered %v times; want %v", got.Entries(), want.Entries())
	}
}

// pick returns mostly events that do not lead to the end of the machine soon.
func pick(random *rand.Rand, s worker.State) worker.Event {
	long := []worker.Event{
		worker.InitComplete, worker.Checkout, worker.CheckinOK, worker.CheckinError, worker.HealthOK, worker.HealthFailed,
	}
	if s < workerfsm.StateTerminating && random.IntN(3) > 0 {
		return long[random.IntN(len(long))]
	}
	return worker.Event(random.IntN(int(worker.CleanupComplete) + 1))
}

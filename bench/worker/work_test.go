package worker_test

import (
	"testing"

	"github.com/fsmgen/fsmgen/bench/compare"
	"github.com/fsmgen/fsmgen/bench/worker"
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

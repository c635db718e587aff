package engine_test

import (
	"testing"
	"time"

	"github.com/fsmgen/fsmgen/bench/compare"
	"github.com/fsmgen/fsmgen/bench/engine"
)

func TestWork_EveryLoop(t *testing.T) {
	for _, work := range engine.Loops() {
		for _, loop := range append(work.Others, work.Limit) {
			t.Run(work.Title+"/"+loop.Name, func(t *testing.T) {
				if err := loop.Run(1000); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

func TestDirect_NoAllocations(t *testing.T) {
	for _, work := range []compare.Loops{engine.Bare(), engine.Direct(1), engine.Call(), engine.Timeout()} {
		loop := work.Others[0]
		if work.Title == engine.Direct(1).Title {
			loop = work.Others[1]
		}
		t.Run(work.Title, func(t *testing.T) {
			allocs := func(n int) float64 {
				return testing.AllocsPerRun(10, func() {
					if err := loop.Run(n); err != nil {
						t.Fatal(err)
					}
				})
			}
			if few, many := allocs(1), allocs(1001); many > few+1 {
				t.Errorf("1000 more pieces of work allocate %v times; want 0", many-few)
			}
		})
	}
}

func TestMachine_IdleOneIsSmall(t *testing.T) {
	for _, tt := range []struct {
		name  string
		armed bool
		want  float64
	}{
		{"idle", false, engine.IdleBytes},
		{"with a state time-out", true, engine.ArmedBytes},
	} {
		t.Run(tt.name, func(t *testing.T) {
			figures, err := engine.Servers(100_000, tt.armed)
			if err != nil {
				t.Fatal(err)
			}
			if bytes, goroutines := figures[0], figures[1]; bytes > tt.want || goroutines > 0 {
				t.Errorf("one takes %.0f bytes and %v goroutines; want at most %.0f and none", bytes, goroutines, tt.want)
			}
		})
	}
}

func TestTimeouts_AllMachinesFire(t *testing.T) {
	for _, crowd := range engine.Crowds() {
		t.Run(crowd.Name, func(t *testing.T) {
			burst, err := crowd.Burst(10_000, 100*time.Millisecond)
			if err != nil || burst.Peak == 0 {
				t.Errorf("Burst() = %+v, %v", burst, err)
			}
		})
	}
}

// Benchmark is for profiles; what the candidates cost compared with each other is for cmd/compare to say.
func Benchmark(b *testing.B) {
	for _, work := range engine.Loops() {
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

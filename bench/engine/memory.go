package engine

import (
	"context"
	"runtime"

	"github.com/fsmgen/fsmgen/bench/compare"
	"github.com/fsmgen/fsmgen/bench/engine/gatefsm"
	fsm "github.com/fsmgen/fsmgen/runtime"
)

// Goals of the memory of a machine, in bytes.
const (
	IdleBytes  = 160
	ArmedBytes = 208
)

// Memory is what machines take that do nothing.
func Memory(machines int) compare.Group {
	return compare.Group{
		Title:   "memory of a machine that does nothing",
		Figures: []compare.Figure{{Name: "bytes"}, {Name: "goroutines"}},
		Limit:   compare.Candidate{Name: "goroutine and unbuffered channel", Measure: func() ([]float64, error) { return goroutines(machines) }},
		Others: []compare.Candidate{
			{Name: generatedServer, Measure: func() ([]float64, error) { return Servers(machines, false) }},
			{Name: generatedServer + ", with a state time-out", Measure: func() ([]float64, error) { return Servers(machines, true) }},
		},
	}
}

// Servers returns the bytes and the goroutines of one generated server of a group, with a state time-out that runs or
// without one.
func Servers(machines int, armed bool) ([]float64, error) {
	group := fsm.NewGroup()
	all := make([]*gatefsm.Server, machines)
	hooks := gatefsm.Hooks{Gate: new(generatedHooks)}
	before := measure()
	for i := range all {
		s, err := gatefsm.Start(hooks, gatefsm.Params{}, fsm.Config{Group: group})
		if err != nil {
			return nil, err
		}
		if all[i] = s; !armed {
			continue
		}
		if err := s.Open(context.Background()); err != nil {
			return nil, err
		}
	}
	figures := measure().since(before, machines)
	for _, s := range all {
		if err := s.Control().Stop(context.Background(), nil); err != nil {
			return nil, err
		}
	}
	return figures, nil
}

func goroutines(machines int) ([]float64, error) {
	all := make([]chan int, machines)
	before := measure()
	for i := range all {
		events := make(chan int)
		all[i] = events
		go func() {
			g := newGate()
			for n := range events {
				_ = g.Pass(n) // a closed gate lets pass
			}
		}()
		events <- 1 // it runs
	}
	figures := measure().since(before, machines)
	for _, events := range all {
		close(events)
	}
	for runtime.NumGoroutine() > before.goroutines {
		runtime.Gosched()
	}
	return figures, nil
}

// memory is what the process takes.
type memory struct {
	bytes      uint64 // of the heap and of stacks
	goroutines int
}

func measure() memory {
	runtime.GC()
	runtime.GC() // what has a finalizer, and what pools keep, goes with the second one
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return memory{m.HeapAlloc + m.StackInuse, runtime.NumGoroutine()}
}

func (m memory) since(before memory, machines int) []float64 {
	return []float64{
		(float64(m.bytes) - float64(before.bytes)) / float64(machines),
		float64(m.goroutines-before.goroutines) / float64(machines),
	}
}

package engine

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

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

// memory is the use of memory of this process.
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

// Burst is the result of many machines with a state time-out each.
type Burst struct {
	Started time.Duration // how long it took to start them, and to send each of them one event, which starts its time-out
	Fired   time.Duration // from then until the last time-out has fired
	Peak    uint64        // the most memory in bytes that the process had from the operating system for its heap and its stacks
}

// Goals of a million machines.
const (
	StartGoal = 2 * time.Second
	PeakGoal  = 400_000_000
)

// Crowd is an implementation of many machines.
type Crowd struct {
	Name string
	// begin returns what starts the i-th of so many machines, whose time-out calls fired after d.
	begin func(machines int, fired func()) (start func(i int, d time.Duration) error)
}

// Crowds returns the ways to have many machines, the one that the others are held against first.
func Crowds() []Crowd {
	return []Crowd{{handLocked + " and AfterFunc", lockedCrowd}, {generatedServer, generatedCrowd}}
}

// Burst starts so many machines, whose time-outs are spread over spread, and waits until all have fired. A process is good for
// one burst: the memory that it has had is not given back.
func (c Crowd) Burst(machines int, spread time.Duration) (Burst, error) {
	left := new(atomic.Int64)
	left.Store(int64(machines))
	over := make(chan struct{})
	start := c.begin(machines, func() {
		if left.Add(-1) == 0 {
			close(over)
		}
	})
	begin := time.Now()
	for i := range machines {
		d := time.Duration(i*7919%machines+1) * (spread / time.Duration(machines))
		if err := start(i, max(d, time.Millisecond)); err != nil {
			return Burst{}, err
		}
	}
	b := Burst{Started: time.Since(begin)}
	begin = time.Now()
	<-over
	b.Fired = time.Since(begin)
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.Peak = m.HeapSys + m.StackSys
	runtime.KeepAlive(start)
	return b, nil
}

func generatedCrowd(machines int, fired func()) func(int, time.Duration) error {
	all := make([]*gatefsm.Server, machines)
	group, hooks := fsm.NewGroup(), gatefsm.Hooks{Gate: &ringing{fired: fired}}
	return func(i int, d time.Duration) error {
		s, err := gatefsm.Start(hooks, gatefsm.Params{ClosingTime: d}, fsm.Config{Group: group})
		if err != nil {
			return err
		}
		all[i] = s
		return s.Open(context.Background())
	}
}

// ringing are hooks that tell when a gate rings.
type ringing struct {
	generatedHooks
	fired func()
}

func (h *ringing) Ring(*gatefsm.Ctx) { h.fired() }

// lockedGate is a gate with a mutex and a timer of its own.
type lockedGate struct {
	mu    sync.Mutex
	gate  gate
	timer *time.Timer
}

func lockedCrowd(machines int, fired func()) func(int, time.Duration) error {
	all := make([]*lockedGate, machines)
	shared := new(work)
	return func(i int, d time.Duration) error {
		g := &lockedGate{gate: gate{state: gatefsm.StateClosed, hooks: shared}}
		all[i] = g
		g.mu.Lock()
		defer g.mu.Unlock()
		g.timer = time.AfterFunc(d, func() {
			g.mu.Lock()
			_ = g.gate.Close() // it is open
			g.mu.Unlock()
			fired()
		})
		return g.gate.Open()
	}
}

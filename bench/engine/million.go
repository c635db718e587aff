package engine

import (
	"context"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/fsmgen/fsmgen/bench/engine/gatefsm"
	fsm "github.com/fsmgen/fsmgen/runtime"
)

// Burst is what became of many machines with a state time-out each.
type Burst struct {
	Started time.Duration // how long it took to start them, and to send each of them one event, which starts its time-out
	Fired   time.Duration // from then until the last time-out has fired
	Peak    uint64        // the most memory that the process had from the operating system for its heap and its stacks
}

// Million starts so many machines, whose time-outs are spread over spread, and waits until all have fired.
func Million(machines int, spread time.Duration) (Burst, error) {
	group := fsm.NewGroup()
	left := new(atomic.Int64)
	left.Store(int64(machines))
	closed := make(chan struct{})
	hooks := gatefsm.Hooks{Gate: &counting{left: left, closed: closed}}
	all := make([]*gatefsm.Server, machines)
	begin := time.Now()
	for i := range all {
		closing := time.Duration(i*7919%machines+1) * (spread / time.Duration(machines))
		p := gatefsm.Params{ClosingTime: max(closing, time.Millisecond)}
		s, err := gatefsm.Start(hooks, p, fsm.Config{Group: group})
		if err != nil {
			return Burst{}, err
		}
		if err := s.Open(context.Background()); err != nil {
			return Burst{}, err
		}
		all[i] = s
	}
	b := Burst{Started: time.Since(begin)}
	begin = time.Now()
	<-closed
	b.Fired = time.Since(begin)
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.Peak = m.HeapSys + m.StackSys
	runtime.KeepAlive(all)
	return b, nil
}

// counting closes a channel when as many gates have rung as there are.
type counting struct {
	generatedHooks
	left   *atomic.Int64
	closed chan struct{}
}

func (h *counting) Ring(*gatefsm.Ctx) {
	if h.left.Add(-1) == 0 {
		close(h.closed)
	}
}

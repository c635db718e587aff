// Package engine measures what runs a machine: one machine, the gate, with as little to do as possible, against what people
// would write without an engine. All candidates call the same hooks through an interface.
//
// What is measured is a direct event of a server that one or two goroutines use, a call with a reply, casts until all of
// them are handled, a state time-out that is set and cancelled, those who look, the memory of machines that do nothing, and
// a million of them with a time-out each.
package engine

import (
	"context"
	"time"

	"github.com/fsmgen/fsmgen/bench/compare"
	"github.com/fsmgen/fsmgen/bench/engine/gatefsm"
	fsm "github.com/fsmgen/fsmgen/runtime"
)

// Loops are all work that a clock is too coarse for.
func Loops() []compare.Loops {
	return []compare.Loops{Bare(), Direct(1), Direct(2), Call(), Cast(1), Cast(2), Timeout(), Watched()}
}

// Groups are all comparisons. Each candidate of Loops is measured for about d per round.
func Groups(d time.Duration) []compare.Group {
	var groups []compare.Group
	for _, l := range Loops() {
		groups = append(groups, l.Group(d))
	}
	return append(groups, Memory(20_000))
}

// hooks is the interface of the actions of a gate that is written by hand.
type hooks interface {
	ring()
	count(total *int, n int)
	reading(total, n int) gatefsm.Reading
}

// work is the common part of all hooks.
type work struct{ rung int }

func (w *work) ring() { w.rung++ }

func (*work) count(total *int, n int) { *total += n }

func (*work) reading(total, n int) gatefsm.Reading { return gatefsm.Reading{Count: total + n} }

// generatedHooks are the same actions for a generated gate.
type generatedHooks struct{ work }

func (h *generatedHooks) Ring(*gatefsm.Ctx) { h.ring() }

func (h *generatedHooks) Count(x *gatefsm.Ctx, n int) { h.count(&x.Data().Count, n) }

func (h *generatedHooks) Reading(x *gatefsm.View, n int) gatefsm.Reading {
	return h.reading(x.Data().Count, n)
}

func (*generatedHooks) Terminated(*gatefsm.Ctx, error) {}

// gate is one written by hand. Its methods are not inlined, since those of a machine that does something are not.
type gate struct {
	state gatefsm.State
	total int
	hooks hooks
}

func newGate() *gate { return &gate{state: gatefsm.StateClosed, hooks: new(work)} }

//go:noinline
func (g *gate) Ping() error {
	if g.state != gatefsm.StateClosed {
		return errUnexpected
	}
	g.hooks.ring()
	g.state = gatefsm.StateClosed
	return nil
}

//go:noinline
func (g *gate) Pass(n int) error {
	if g.state != gatefsm.StateClosed {
		return errUnexpected
	}
	g.hooks.count(&g.total, n)
	return nil
}

//go:noinline
func (g *gate) Read(n int) (gatefsm.Reading, error) {
	if g.state != gatefsm.StateClosed {
		return gatefsm.Reading{}, errUnexpected
	}
	return g.hooks.reading(g.total, n), nil
}

//go:noinline
func (g *gate) Open() error {
	g.state = gatefsm.StateOpened
	return nil
}

//go:noinline
func (g *gate) Close() error {
	if g.state != gatefsm.StateOpened {
		return errUnexpected
	}
	g.state = gatefsm.StateClosed
	return nil
}

func start(c fsm.Config) (*gatefsm.Server, error) {
	return gatefsm.Start(gatefsm.Hooks{Gate: new(generatedHooks)}, gatefsm.Params{}, c)
}

// total returns how many have passed a generated gate, when everything sent before has been handled.
func total(s *gatefsm.Server) (int, error) {
	now, err := s.Snapshot(context.Background())
	return now.Data.Count, err
}

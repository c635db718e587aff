package fixed

import (
	"context"

	fsm "github.com/fsmgen/fsmgen/runtime"
	"github.com/fsmgen/fsmgen/runtime/impl"
)

// State, Event, Hooks and the like are those of a machine with one state.
type (
	State  uint8
	Event  interface{ thingEvent() }
	Params struct{ Limit int }
	Data   struct{ Count int }
	Hooks  struct{ Thing ThingHooks }
)

const stateIdle State = 1

// ThingHooks are the hooks of a thing.
type ThingHooks interface {
	Terminated(x *Ctx, reason error)
}

// TouchEvent is the event touch: it counts.
type TouchEvent struct{}

func (TouchEvent) thingEvent() {}

// Snapshot is what a thing is between two events.
type Snapshot struct {
	State State
	Data  Data
}

var stored = &impl.SnapshotRules{Machine: "thing", States: []impl.StoredState{{Name: "idle", Leaf: true}}}

func typedSnapshot(read *fsm.StoredSnapshot) (s Snapshot, err error) {
	s.State = stateIdle
	err = read.Get("Count", &s.Data.Count)
	return s, err
}

// Machine is a thing with one owner.
type Machine struct {
	engine impl.Engine
	hooks  Hooks
	params Params
	data   Data
}

var info = impl.NewInfo(impl.Info{
	Machine: "thing", States: []string{stateIdle: "idle"}, Events: []string{"touch"}, Calls: []bool{false}, Handles: [][]int{stateIdle: {0}},
	Rows: []impl.TransitionRow{{From: int(stateIdle), Event: 0, Line: 1}}, Spec: "thing.fsm.yaml",
})

// In reports whether s is the state of.
func (s State) In(of State) bool { return s == of }

func (h *Hooks) check() error {
	if h.Thing == nil {
		return &fsm.HookError{Machine: "thing", Group: "Thing"}
	}
	return nil
}

func (m *Machine) init(h Hooks, p Params) error {
	if err := h.check(); err != nil {
		return err
	}
	m.hooks, m.params = h, p
	m.engine.Init(info, int(stateIdle))
	return nil
}

func (m *Machine) enter() { m.data.Count = m.params.Limit }

func (m *Machine) load(h Hooks, p Params, from *Snapshot) error {
	if from.State != stateIdle {
		return &fsm.SnapshotError{Machine: "thing", Field: "state", Got: "none", Want: "idle"}
	}
	err := m.init(h, p)
	m.data = impl.Clone(from.Data)
	return err
}

func (m *Machine) resume(Snapshot) {}

// Snapshot returns what the machine is now.
func (m *Machine) Snapshot() Snapshot { return Snapshot{m.State(), m.data} }

// Touch counts.
func (s *Server) Touch(ctx context.Context) error {
	_, err := impl.Call[struct{}](ctx, &s.server, TouchEvent{})
	return err
}

// Step handles an event.
func (m *Machine) Step(impl.Event) (any, error) {
	m.ctx().Data().Count++
	m.engine.Stay(0)
	return nil, nil
}

// Terminate tells the hooks that the machine has ended.
func (m *Machine) Terminate(reason error) { m.hooks.Thing.Terminated(m.ctx(), reason) }

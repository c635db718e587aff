package worker

// Implementation is one way to write the machine.
type Implementation struct {
	Name string
	// Silent says that the caller is not told when an event is rejected.
	Silent bool
	// New returns a machine in its initial state.
	New func() (Machine, error)
}

// Implementations are all that there are, the hand-written switch that the others are held against first.
func Implementations() []Implementation {
	return []Implementation{
		{Name: switchWithHooks, New: func() (Machine, error) {
			entries := new(Entries)
			return dispatch{newHooked(entries), entries}, nil
		}},
		{Name: switchAlone, New: func() (Machine, error) {
			m := newInline()
			return dispatch{m, &m.entries}, nil
		}},
		{Name: generated, New: func() (Machine, error) {
			m, entries, err := newGenerated()
			return dispatch{m, entries}, err
		}},
		{Name: generatedServer, New: func() (Machine, error) {
			s, err := newServer()
			return dispatch{s, s.entries}, err
		}},
		{Name: onStateless, New: func() (Machine, error) { return newStateless(), nil }},
		{Name: onLooplab, New: func() (Machine, error) { return newLooplab(), nil }},
		{Name: onStatekit, Silent: true, New: func() (Machine, error) { return newStatekit() }},
		{Name: onFluo, New: func() (Machine, error) { return newFluo() }},
	}
}

// What the implementations are called.
const (
	switchWithHooks = "switch calling hooks"
	switchAlone     = "switch without hooks"
	switchInlined   = "switch without hooks, inlined"
	switchLocked    = "switch calling hooks, with a mutex"
	generated       = "generated machine"
	generatedServer = "generated server"
	onStateless     = "qmuntal/stateless"
	onLooplab       = "looplab/fsm"
	lockedLooplab   = "looplab/fsm, with a mutex"
	onStatekit      = "felixgeelhaar/statekit"
	silentStatekit  = "felixgeelhaar/statekit, which says nothing"
	onFluo          = "anggasct/fluo"
)

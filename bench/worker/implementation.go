package worker

// Implementation is one way to write the machine.
type Implementation struct {
	Name string
	// New returns a machine in its initial state.
	New func() (Machine, error)
}

// Implementations are all that there are, the hand-written switch that the others are held against first.
func Implementations() []Implementation {
	return []Implementation{
		{switchWithHooks, func() (Machine, error) {
			entries := new(Entries)
			return dispatch{newHooked(entries), entries}, nil
		}},
		{switchAlone, func() (Machine, error) {
			m := newInline()
			return dispatch{m, &m.entries}, nil
		}},
		{generated, func() (Machine, error) {
			m, entries, err := newGenerated()
			return dispatch{m, entries}, err
		}},
		{generatedServer, func() (Machine, error) {
			s, err := newServer()
			return dispatch{s, s.entries}, err
		}},
		{onStateless, func() (Machine, error) { return newStateless(), nil }},
		{onLooplab, func() (Machine, error) { return newLooplab(), nil }},
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
)

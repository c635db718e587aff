package runtime

import "slices"

// Info is the description of a machine type: what is known about every machine before it runs. All
// machines of a type share one, which must not be changed. Observers get it with each step. For a
// machine written by hand it has only the name.
type Info struct {
	Machine     string
	States      []string // by state number; number 0 is no state
	Events      []string // by event number
	Calls       []bool   // by event number: whether the event has a reply type
	Parents     []int    // by state number: the parent state; 0 for a state without a parent
	Handles     [][]int  // by state number: the events that the state or a parent handles, ignores or postpones
	Transitions []TransitionInfo
	Timers      []string // by timer number
	Invokes     []string // by invoke number
}

// TransitionInfo describes one transition of a spec for one event. Its index in [Info.Transitions]
// is the id of the transition in steps.
type TransitionInfo struct {
	From      string // the state that has the transition in the spec; a step may take it from any state inside
	Event, To string // To equals From if the transition is internal
	Guard     string // empty: always true
	Internal  bool
	Pos       string // the position in the spec, "worker.fsm.yaml:40"
}

// StateName returns the name of a state, "State(invalid)" for a number that is none.
func (i *Info) StateName(state int) string {
	if state <= 0 || state >= len(i.States) {
		return "State(invalid)"
	}
	return i.States[state]
}

// IsIn reports whether state is the state of, or inside it.
func (i *Info) IsIn(state, of int) bool {
	for state != of && state != 0 {
		state = i.Parents[state]
	}
	return state == of
}

// Accepts reports whether the state handles, ignores or postpones the event, guards aside.
func (i *Info) Accepts(state, event int) bool {
	return slices.Contains(i.Handles[state], event)
}

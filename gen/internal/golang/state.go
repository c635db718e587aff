package golang

import (
	"github.com/fsmgen/fsmgen/spec"
)

// state is a state and its name.
type state struct {
	*spec.State
	id     string     // StateLocked
	enter  string     // the method that runs its entries and starts what lasts as long as it does; empty if it has none
	exit   string     // the method that runs its exits and ends what it has started; empty if it has none
	waits  []*trigger // what it waits for beside events
	last   string     // the field with the leaf that it was left in last; empty if no history asks for it
	always bool       // it, or a state that it is in, does something without an event
	leaves int        // how many are inside
	cells  []*cell    // what it does on its triggers, in their order
	order  []*trigger // what it says something of
	says   map[*trigger]int
	leave  string // the method that runs the exits from the current leaf up to it; empty if its own are all there are
	within string // the method that runs the exits from the current leaf up to it, without its own; empty if there are none
}

// leaf is a state that the machine can be in, and what it does there.
type leaf struct {
	*state
	reactions []*reaction // in the order of the states that decide, then what needs no event
	settle    *reaction   // what it does without an event; nil if it does nothing
}

func (p *plan) planStates(taken *claims) {
	for s := range p.spec.All() {
		if s.Kind == spec.History {
			p.histories = append(p.histories, &history{State: s})
			continue
		}
		what := "state " + s.Name
		st := &state{State: s, id: taken.claim("", "State"+spec.GoName(s.Name), what, s.Pos)}
		for a := range s.Ancestors() {
			st.always = st.always || len(a.Always) > 0
		}
		if len(s.Entry)+len(s.After)+len(s.Invokes) > 0 || s.EventTimeout != nil {
			st.enter = taken.claim("Machine", "enter"+spec.GoName(s.Name), what, s.Pos)
		}
		if len(s.Exit)+len(s.After)+len(s.Invokes)+len(s.OnDone) > 0 || s.EventTimeout != nil || remembers(s) {
			st.exit = taken.claim("Machine", "exit"+spec.GoName(s.Name), what, s.Pos)
		}
		if remembers(s) {
			st.last = taken.claim("Machine", "last"+spec.GoName(s.Name), what, s.Pos)
		}
		p.states = append(p.states, st)
		p.byState[s] = st
	}
	for _, s := range p.spec.Leaves() {
		p.leaves = append(p.leaves, &leaf{state: p.state(s)})
		for a := range s.Ancestors() {
			p.state(a).leaves++
		}
	}
}

// remembers reports whether a history asks for the leaf that a state was left in last.
func remembers(s *spec.State) bool {
	for _, child := range s.States {
		if child.Kind == spec.History {
			return true
		}
	}
	return false
}

// state returns the plan of a state.
func (p *plan) state(s *spec.State) *state { return p.byState[s] }

// leave returns the method that runs the exits from the current leaf up to a state with others inside, with its own exit or
// without; empty if there is nothing to run.
func (p *plan) leave(taken *claims, s *state, whole bool) string {
	what := "state " + s.Name
	switch {
	case !p.exitsInside(s.State) && whole:
		return s.exit
	case !p.exitsInside(s.State):
		return ""
	case whole:
		if s.leave == "" {
			s.leave = taken.claim("Machine", "leave"+spec.GoName(s.Name), what, s.Pos)
		}
		return s.leave
	default:
		if s.within == "" {
			s.within = taken.claim("Machine", "leaveIn"+spec.GoName(s.Name), what, s.Pos)
		}
		return s.within
	}
}

// exitsInside reports whether a state inside another has an exit.
func (p *plan) exitsInside(s *spec.State) bool {
	for _, child := range s.States {
		if child.Kind != spec.History && (p.state(child).exit != "" || p.exitsInside(child)) {
			return true
		}
	}
	return false
}

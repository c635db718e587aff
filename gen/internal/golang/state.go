package golang

import (
	"slices"
	"strings"

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
		if len(s.Entry)+len(s.Times())+len(s.Invokes) > 0 || s.EventTimeout != nil {
			st.enter = taken.claim("Machine", "enter"+spec.GoName(s.Name), what, s.Pos)
		}
		if len(s.Exit)+len(s.Times())+len(s.Invokes)+len(s.OnDone) > 0 || s.EventTimeout != nil || remembers(s) {
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

// history is a target that stands for what its parent was left in last.
type history struct {
	*spec.State
	last   string // the field of the parent
	recall string // the method that says which leaf it stands for
	enter  string // the method that enters what is below the parent; empty if nothing there has an entry
}

func (p *plan) planHistories(taken *claims) {
	for _, h := range p.histories {
		what := "history " + h.Name
		h.last = p.state(h.Parent).last
		h.recall = taken.claim("Machine", "recall"+spec.GoName(h.Name), what, h.Pos)
		if slices.ContainsFunc(leavesBelow(h.State), func(l *spec.State) bool { return p.arrives(h.resume(l)) }) {
			h.enter = taken.claim("Machine", "enter"+spec.GoName(h.Name), what, h.Pos)
		}
	}
}

// dropUncalledEntries takes the method of its entry from each state that nothing enters: a method without a caller is a finding
// of the linters of the user.
func (p *plan) dropUncalledEntries() {
	called := map[*spec.State]bool{}
	note := func(step spec.Step) {
		for _, s := range step.Entries {
			called[s] = true
		}
	}
	note(p.spec.Start())
	for _, h := range p.histories {
		for _, l := range leavesBelow(h.State) {
			note(h.resume(l))
		}
	}
	for _, c := range p.cells {
		for _, a := range c.transitions {
			note(a.step)
			for _, alternative := range a.outcomes {
				note(alternative.step)
			}
		}
	}
	for _, s := range p.states {
		if !called[s.State] {
			s.enter = ""
		}
	}
}

// history returns the plan of a history.
func (p *plan) history(s *spec.State) *history {
	i := slices.IndexFunc(p.histories, func(h *history) bool { return h.State == s })
	return p.histories[i]
}

// resume is the step below the parent when the parent was left in a leaf; nil stands for never.
func (h *history) resume(last *spec.State) spec.Step { return spec.Resume(h.State, last) }

// arrives reports whether the entries of a step do anything.
func (p *plan) arrives(step spec.Step) bool {
	return isDone(step.Leaf) || slices.ContainsFunc(step.Entries, func(s *spec.State) bool { return p.state(s).enter != "" })
}

// leavesBelow returns the leaves that a history may stand for, in the order of the spec.
func leavesBelow(h *spec.State) []*spec.State {
	may := map[*spec.State]bool{spec.Resume(h, nil).Leaf: true}
	all := leavesOf(h.Parent)
	for _, l := range all {
		may[spec.Resume(h, l).Leaf] = true
	}
	return slices.DeleteFunc(all, func(l *spec.State) bool { return !may[l] })
}

// leavesOf returns the leaves inside a state, in the order of the spec.
func leavesOf(s *spec.State) []*spec.State {
	if len(s.States) == 0 && s.Kind != spec.History {
		return []*spec.State{s}
	}
	var leaves []*spec.State
	for _, child := range s.States {
		leaves = append(leaves, leavesOf(child)...)
	}
	return leaves
}

// postpones reports whether a state postpones the trigger.
func (t *trigger) postpones() bool { return len(t.leavesThat(spec.Postponed)) > 0 }

// leavesThat returns the leaves where an event that no transition takes meets the verdict.
func (t *trigger) leavesThat(v spec.Verdict) []*spec.State {
	var leaves []*spec.State
	for _, r := range t.reactions {
		if r.end == v {
			leaves = append(leaves, r.leaf.State)
		}
	}
	return leaves
}

// handled returns the leaves that have a transition for the trigger.
func (t *trigger) handled() []*spec.State {
	var leaves []*spec.State
	for _, r := range t.reactions {
		if len(r.transitions) > 0 {
			leaves = append(leaves, r.leaf.State)
		}
	}
	return leaves
}

// where says in which states the event is handled, postponed and ignored, for its doc comment.
func (p *plan) where(t *trigger) string {
	var parts []string
	for _, part := range []struct {
		verb   string
		leaves []*spec.State
	}{
		{"handled", t.handled()},
		{"postponed", t.leavesThat(spec.Postponed)},
		{"ignored", t.leavesThat(spec.Ignored)},
	} {
		if len(part.leaves) > 0 {
			parts = append(parts, part.verb+" in "+enumerate(p.cover(part.leaves)))
		}
	}
	if len(parts) == 0 {
		return "No state handles it."
	}
	return capital(strings.Join(parts, "; ")) + "."
}

// cover names the states that hold exactly these leaves, each by its outermost ancestor that holds no other.
func (p *plan) cover(leaves []*spec.State) []string {
	inside := map[*spec.State]int{}
	for _, l := range leaves {
		for s := range l.Ancestors() {
			inside[s]++
		}
	}
	var names []string
	named := map[*spec.State]bool{}
	for _, l := range leaves {
		outermost := l
		for s := range l.Ancestors() {
			if inside[s] == p.state(s).leaves {
				outermost = s
			}
		}
		if !named[outermost] {
			named[outermost] = true
			names = append(names, outermost.Name)
		}
	}
	return names
}

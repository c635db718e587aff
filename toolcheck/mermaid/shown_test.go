package mermaid

import (
	"slices"
	"strings"

	"github.com/fsmgen/fsmgen/spec"
)

// shown is the content of a diagram, in words that name states as the spec does. Every list is sorted, for
// neither Mermaid nor a reader promises an order.
type shown struct {
	Title       string
	Description string
	States      []string // "ready in serving"
	Transitions []string // "ready to busy on checkout / bind_session"
	Inside      []string // "ready has entry / offer"
}

func (s *shown) sort() *shown {
	slices.Sort(s.States)
	slices.Sort(s.Transitions)
	slices.Sort(s.Inside)
	return s
}

// ofMachine is what a diagram of m must show. It reads the model only.
func ofMachine(m *spec.Machine) *shown {
	doc, _, _ := strings.Cut(m.Doc.Value, "\n\n")
	s := &shown{Title: m.Name.Value, Description: strings.Join(strings.Fields(doc), " ")}
	s.addLevel("", m.Initial.Value, m.States)
	return s.sort()
}

func (s *shown) addLevel(parent, initial string, states []*spec.State) {
	s.Transitions = append(s.Transitions, in("[*]", parent)+" to "+initial+" on ")
	for _, state := range states {
		name := state.Name
		switch {
		case state.Kind == spec.History && state.Deep:
			name = "(H*) " + name
		case state.Kind == spec.History:
			name = "(H) " + name
		}
		s.States = append(s.States, in(name, parent))
		if state.Kind == spec.Final {
			s.Transitions = append(s.Transitions, name+" to "+in("[*]", parent)+" on ")
		}
		if state.Default.Value != "" {
			s.Transitions = append(s.Transitions, name+" to "+state.Default.Value+" on ")
		}
		s.addReactions(state)
		if len(state.States) > 0 {
			s.addLevel(state.Name, state.Initial.Value, state.States)
		}
	}
}

func (s *shown) addReactions(state *spec.State) {
	add := func(word string, names []string) {
		if len(names) > 0 {
			s.Inside = append(s.Inside, state.Name+" has "+word+strings.Join(names, ", "))
		}
	}
	add("entry / ", hooks(state.Entry))
	add("exit / ", hooks(state.Exit))
	for _, handler := range state.On {
		s.addTransitions(state, handler.Event.Value, handler.Transitions)
	}
	for _, timer := range state.After {
		s.addTransitions(state, "after "+timer.Value, timer.Transitions)
	}
	if timer := state.EventTimeout; timer != nil {
		s.addTransitions(state, "event_timeout "+timer.Value, timer.Transitions)
	}
	s.addTransitions(state, "", state.Always)
	s.addTransitions(state, "done", state.OnDone)
	for _, invoke := range state.Invokes {
		add("invoke ", []string{invoke.Src.Value})
		s.addTransitions(state, invoke.Src.Value+" done", invoke.OnDone)
		s.addTransitions(state, invoke.Src.Value+" error", invoke.OnError)
	}
	var postponed []string
	for _, event := range state.Postpone {
		postponed = append(postponed, event.Value)
	}
	add("postpone ", postponed)
}

// addTransitions says what transitions do. A transition that chooses leads to a point without a name, and its outcomes from
// there.
func (s *shown) addTransitions(state *spec.State, label string, transitions []*spec.Transition) {
	for _, transition := range transitions {
		line := label
		if transition.Guard != nil {
			line += " [" + transition.Guard.Value + "]"
		}
		if transition.Choose != nil {
			s.add(state.Name+" to a choice on ", line+" / choose "+transition.Choose.Src.Value)
			for _, o := range transition.Choose.Outcomes {
				if o.Transition.To == nil {
					s.add("a choice to "+state.Name+" on ", o.Value+effects(o.Transition)+" (stays)")
				} else {
					s.add("a choice to "+target(o.Transition)+" on ", o.Value+effects(o.Transition))
				}
			}
			continue
		}
		line += effects(transition)
		switch {
		case transition.To != nil:
			s.add(state.Name+" to "+target(transition)+" on ", line)
		case label == "":
			s.Inside = append(s.Inside, state.Name+" has always "+strings.TrimSpace(line))
		default:
			s.Inside = append(s.Inside, state.Name+" has "+line)
		}
	}
}

func (s *shown) add(way, line string) {
	s.Transitions = append(s.Transitions, way+strings.TrimSpace(line))
}

func target(transition *spec.Transition) string {
	switch {
	case transition.To.Kind != spec.History:
		return transition.To.Name
	case transition.To.Deep:
		return "(H*) " + transition.To.Name
	default:
		return "(H) " + transition.To.Name
	}
}

func effects(transition *spec.Transition) string {
	names := hooks(transition.Actions)
	for _, t := range transition.Cancel {
		names = append(names, "cancel "+t.Value)
	}
	for _, t := range transition.Start {
		names = append(names, "start "+t.Value)
	}
	for _, t := range transition.Update {
		names = append(names, "update "+t.Value)
	}
	for _, e := range transition.Raise {
		names = append(names, "raise "+e.Value)
	}
	if transition.Postpone {
		names = append(names, "postpone")
	}
	if transition.Later {
		names = append(names, "reply later")
	}
	if transition.Reply != nil {
		names = append(names, "reply "+transition.Reply.Value)
	}
	line := ""
	if len(names) > 0 {
		line = " / " + strings.Join(names, ", ")
	}
	if transition.Reenter {
		line += " (reenter)"
	}
	return line
}

func hooks(refs []*spec.HookRef) []string {
	var names []string
	for _, r := range refs {
		names = append(names, r.Value)
	}
	return names
}

// ofAnswer is what Mermaid understood. It knows nothing of how the text was made but that a bullet begins each of
// several lines, and that a note belongs to the state it is tied to.
func ofAnswer(a answer) *shown {
	s := &shown{Title: a.Title, Description: a.Description}
	names, notes := map[string]string{}, map[string][]string{}
	for _, n := range a.Nodes {
		if n.Shape != "stateStart" && n.Shape != "stateEnd" {
			names[n.ID] = strings.Join(n.Label, "\n")
		}
	}
	for _, n := range a.Nodes {
		switch n.Shape {
		case "stateStart", "stateEnd":
			names[n.ID] = in("[*]", names[n.Parent])
		case "choice":
			names[n.ID] = "a choice"
		case "note":
			notes[n.ID] = n.Label
		case "noteGroup": // the frame around a note
		default:
			s.States = append(s.States, in(names[n.ID], names[n.Parent]))
			s.addInside(names[n.ID], n.Inside)
		}
	}
	for _, e := range a.Edges {
		if note, ok := notes[e.To]; ok {
			s.addInside(names[e.From], plain(note))
			continue
		}
		for _, line := range plain(e.Label) {
			line = strings.TrimPrefix(line, "always")
			s.Transitions = append(s.Transitions, names[e.From]+" to "+names[e.To]+" on "+line)
		}
	}
	return s.sort()
}

func (s *shown) addInside(state string, lines []string) {
	for _, line := range lines {
		s.Inside = append(s.Inside, state+" has "+line)
	}
}

// plain are the lines of a label without bullets; an arrow without a label is one transition.
func plain(label []string) []string {
	if len(label) <= 1 {
		return []string{strings.Join(label, "")}
	}
	out := make([]string, len(label))
	for i, line := range label {
		out[i] = strings.TrimPrefix(line, "• ")
	}
	return out
}

func in(name, parent string) string {
	if parent == "" {
		return name
	}
	return name + " in " + parent
}

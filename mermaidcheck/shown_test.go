package mermaidcheck

import (
	"slices"
	"strings"

	"github.com/fsmgen/fsmgen/spec"
)

// shown is what a diagram says of a machine, in words that name states as the spec does. Every list is sorted, for
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
		s.States = append(s.States, in(state.Name, parent))
		if state.Kind == spec.Final {
			s.Transitions = append(s.Transitions, state.Name+" to "+in("[*]", parent)+" on ")
		}
		s.addReactions(state)
		if len(state.States) > 0 {
			s.addLevel(state.Name, state.Initial.Value, state.States)
		}
	}
}

func (s *shown) addReactions(state *spec.State) {
	if len(state.Entry) > 0 {
		s.Inside = append(s.Inside, state.Name+" has entry / "+joined(state.Entry))
	}
	if len(state.Exit) > 0 {
		s.Inside = append(s.Inside, state.Name+" has exit / "+joined(state.Exit))
	}
	for _, handler := range state.On {
		s.addArms(state, handler.Event.Value, handler.Arms)
	}
	for _, timer := range state.After {
		s.addArms(state, "after "+timer.Value, timer.Arms)
	}
	var postponed []string
	for _, event := range state.Postpone {
		postponed = append(postponed, event.Value)
	}
	if len(postponed) > 0 {
		s.Inside = append(s.Inside, state.Name+" has postpone "+strings.Join(postponed, ", "))
	}
}

func (s *shown) addArms(state *spec.State, label string, arms []*spec.Arm) {
	for _, arm := range arms {
		line := label
		if arm.Guard != nil {
			line += " [" + arm.Guard.Value + "]"
		}
		effects := joined(arm.Actions)
		if arm.Reply != nil {
			effects = strings.TrimPrefix(effects+", reply "+arm.Reply.Value, ", ")
		}
		if effects != "" {
			line += " / " + effects
		}
		if arm.Reenter {
			line += " (reenter)"
		}
		if arm.Target.Value == "" {
			s.Inside = append(s.Inside, state.Name+" has "+line)
		} else {
			s.Transitions = append(s.Transitions, state.Name+" to "+arm.Target.Value+" on "+line)
		}
	}
}

func joined(hooks []*spec.HookRef) string {
	var names []string
	for _, hook := range hooks {
		names = append(names, hook.Value)
	}
	return strings.Join(names, ", ")
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

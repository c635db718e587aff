package docs

import (
	"strings"

	"github.com/fsmgen/fsmgen/gen/internal/chart"
	"github.com/fsmgen/fsmgen/gen/internal/table"
	"github.com/fsmgen/fsmgen/spec"
)

func states(m *spec.Machine) section {
	s := section{title: "States", head: []string{"State", "Meaning", "Entry", "Exit", "Invokes", "Postpones", "Ignores"}}
	for state := range m.All() {
		var invokes []string
		for _, v := range state.Invokes {
			invokes = append(invokes, v.Src.Value)
		}
		s.add(code(state.Path())+role(m, state), prose(state.Doc), codes(chart.HookNames(state.Entry)),
			codes(chart.HookNames(state.Exit)), codes(invokes), codes(chart.EventNames(state.Postpone)),
			codes(chart.EventNames(state.Ignore)))
	}
	return s
}

// role returns the kind of a state in words: initial, final, history.
func role(m *spec.Machine, s *spec.State) string {
	initial := m.InitialState
	if s.Parent != nil {
		initial = s.Parent.InitialState
	}
	switch {
	case s.Kind == spec.Final:
		return " (final)"
	case s.Kind == spec.History && s.Deep:
		return " (deep history)"
	case s.Kind == spec.History:
		return " (history)"
	case s == initial:
		return " (initial)"
	default:
		return ""
	}
}

func transitions(m *spec.Machine) section {
	s := section{title: "Transitions", head: []string{"State", "Event", "Guard", "Choice", "Target", "Actions"}}
	for t := range chart.Transitions(m) {
		var guard, choice, target string
		asks := t.Spec
		if t.Choice != nil {
			asks = t.Choice
			choice = code(t.Choice.Choose.Src.Value) + " is " + code(t.Outcome)
		}
		if asks.Guard != nil {
			guard = code(asks.Guard.Value)
		}
		if t.Spec.To != nil {
			target = code(t.Spec.To.Path())
		}
		if t.Spec.Reenter {
			target += " (reenter)"
		}
		s.add(code(t.Source.Path()), trigger(t), guard, choice, target, effects(t.Spec))
	}
	return s
}

// trigger returns the trigger of a transition: a word of the language, a name of the spec, or both.
func trigger(t chart.Transition) string {
	switch t.Kind {
	case spec.OnAfter:
		return "after " + code(t.Name)
	case spec.OnEvery:
		return "every " + code(t.Name)
	case spec.OnEventTimeout:
		return "event_timeout " + code(t.Name)
	case spec.OnAlways:
		return "always"
	case spec.OnDone:
		return "done"
	case spec.OnInvokeDone:
		return code(t.Name) + " done"
	case spec.OnInvokeError:
		return code(t.Name) + " error"
	default:
		return code(t.Name)
	}
}

// effects are those of a transition: actions alone, others behind a word.
func effects(a *spec.Transition) string {
	var all []string
	for _, effect := range chart.Effects(a) {
		if word, name, ok := strings.Cut(effect, " "); ok && effect != "reply later" {
			all = append(all, word+" "+code(name))
		} else if ok {
			all = append(all, effect)
		} else {
			all = append(all, code(effect))
		}
	}
	return strings.Join(all, ", ")
}

// mostColumns is the largest number of states in a matrix of a page.
const mostColumns = 24

func matrix(m *spec.Machine) section {
	if len(m.Leaves()) > 2*mostColumns {
		return section{} // not worth finding out
	}
	x := table.New(m)
	s := section{
		title: "Events and states", head: []string{"Event"},
		about: "Where each event leads from each state, guards in brackets, tried from the top. An empty cell rejects the event.",
		whole: true,
	}
	if len(x.States) > mostColumns {
		return section{}
	}
	for _, state := range x.States {
		s.head = append(s.head, code(state.Name))
	}
	for _, row := range x.Rows {
		cells := []string{code(row.Trigger)}
		for _, lines := range row.Cells {
			var texts []string
			for _, line := range lines {
				texts = append(texts, strings.ReplaceAll(cellEscapes.Replace(line), "*", `\*`))
			}
			cells = append(cells, strings.Join(texts, "<br>"))
		}
		s.add(cells...)
	}
	return s
}

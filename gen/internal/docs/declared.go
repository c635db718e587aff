package docs

import (
	"cmp"
	"strings"

	"github.com/fsmgen/fsmgen/gen/internal/chart"
	"github.com/fsmgen/fsmgen/spec"
)

func events(m *spec.Machine) section {
	s := section{title: "Events", head: []string{"Event", "Payload", "Reply", "Meaning"}}
	for _, e := range m.Events {
		s.add(code(e.Name), fields(e.Payload), code(e.Call.Value), prose(e.Doc))
	}
	return s
}

func fields(all []*spec.Field) string {
	var texts []string
	for _, f := range all {
		texts = append(texts, f.Name+" "+f.Type.Value)
	}
	return codes(texts)
}

func timers(m *spec.Machine) section {
	s := section{title: "Timers", head: []string{"Timer", "After", "Every", "Meaning"}}
	for _, t := range m.Timers {
		after, every := code(t.Value), ""
		if t.Every {
			after, every = "", after
		}
		s.add(code(t.Name), after, every, prose(t.Doc))
	}
	return s
}

func params(m *spec.Machine) section {
	s := section{title: "Parameters", head: []string{"Parameter", "Type", "Default", "Least", "Most", "Meaning"}}
	for _, p := range m.Params {
		s.add(code(p.Name), code(p.Type.Value), code(p.Default.Value), code(p.Min.Value), code(p.Max.Value), prose(p.Doc))
	}
	return s
}

func data(m *spec.Machine) section {
	s := section{title: "Data", head: []string{"Field", "Type", "Default", "Meaning"}}
	for _, f := range m.Data {
		s.add(code(f.Name), code(f.Type.Value), code(f.Default.Value), prose(f.Doc))
	}
	return s
}

func hooks(m *spec.Machine) section {
	s := section{title: "Hooks", head: []string{"Hook", "Kind", "Group", "Payload", "Result", "Outcomes", "Meaning"}}
	for h := range m.Hooks() {
		s.add(code(h.Name), h.Kind.String(), code(cmp.Or(h.Group.Value, m.Name.Value)), codes(values(h.Payload)),
			fields(h.Result), codes(values(h.Outcomes)), prose(h.Doc))
	}
	return s
}

func values(texts []spec.Text) []string {
	all := make([]string, len(texts))
	for i, t := range texts {
		all[i] = t.Value
	}
	return all
}

func properties(m *spec.Machine) section {
	s := section{title: "Properties", head: []string{"Property", "Claim"}}
	for _, p := range m.Properties {
		s.add(cellEscapes.Replace(p.Name.Value), claim(p))
	}
	return s
}

// claim is a property as a sentence.
func claim(p *spec.Property) string {
	state, from := code(p.State.Value), "anywhere"
	if p.From != nil {
		from = code(p.From.Value)
	}
	switch p.Kind {
	case spec.Reachable:
		return state + " can be reached"
	case spec.EventuallyPossible:
		return "from " + from + ", " + state + " can always be reached"
	case spec.Never:
		if p.Accepts != nil {
			return state + " never takes " + code(p.Accepts.Value)
		}
		return state + " is never entered"
	default:
		text := "from " + from + ", " + state + " is reached"
		verb := " go on happening"
		if len(p.Fair) == 1 {
			verb = " goes on happening"
		}
		if len(p.Fair) > 0 {
			text += " if " + strings.ReplaceAll(codes(chart.EventNames(p.Fair)), ", ", " and ") + verb
		}
		return text
	}
}

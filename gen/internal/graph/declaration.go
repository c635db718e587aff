package graph

import (
	"cmp"

	"github.com/fsmgen/fsmgen/gen/internal/chart"
	"github.com/fsmgen/fsmgen/spec"
)

// Event is something that can be sent to the machine.
type Event struct {
	Name    string   `json:"name"`
	Doc     string   `json:"doc,omitempty"`
	Payload []Field  `json:"payload,omitempty"`
	Call    string   `json:"call,omitempty"` // the Go type of the reply
	Record  []string `json:"record,omitempty"`
	Renamed []string `json:"renamed_from,omitempty"`
	Place
}

// Field is a name with a Go type.
type Field struct {
	Name    string   `json:"name"`
	Type    string   `json:"type"`
	Default string   `json:"default,omitempty"`
	Doc     string   `json:"doc,omitempty"`
	Renamed []string `json:"renamed_from,omitempty"`
	Place
}

// Timer is a named timer. One of After and Every is set, to a duration or the name of a param.
type Timer struct {
	Name    string   `json:"name"`
	After   string   `json:"after,omitempty"`
	Every   string   `json:"every,omitempty"`
	Doc     string   `json:"doc,omitempty"`
	Renamed []string `json:"renamed_from,omitempty"`
	Place
}

// Param is a knob that is set once per machine.
type Param struct {
	Name    string   `json:"name"`
	Type    string   `json:"type"`
	Default string   `json:"default,omitempty"`
	Min     string   `json:"min,omitempty"`
	Max     string   `json:"max,omitempty"`
	Doc     string   `json:"doc,omitempty"`
	Renamed []string `json:"renamed_from,omitempty"`
	Place
}

// Hook is a function that the user of the generated package writes.
type Hook struct {
	Name     string   `json:"name"`
	Kind     string   `json:"kind"` // guard, action, reply, invoke, choice
	Group    string   `json:"group"`
	Payload  []string `json:"payload,omitempty"`
	Result   []Field  `json:"result,omitempty"`
	Discard  bool     `json:"discard,omitempty"`
	Outcomes []string `json:"outcomes,omitempty"`
	Fails    bool     `json:"fails,omitempty"`
	Doc      string   `json:"doc,omitempty"`
	Place
}

// Property is a claim about the machine.
type Property struct {
	Name    string   `json:"name"`
	Kind    string   `json:"kind"`           // reachable, eventually-possible, never, leads-to
	From    string   `json:"from,omitempty"` // none is any state
	State   string   `json:"state"`
	Accepts string   `json:"accepts,omitempty"`
	Fair    []string `json:"fair,omitempty"`
	Place
}

func (g *Graph) declarations(m *spec.Machine) {
	for _, e := range m.Events {
		g.Events = append(g.Events, Event{
			e.Name, e.Doc.Value, fields(e.Payload), e.Call.Value, texts(e.Record), texts(e.Renamed), place(e.Pos),
		})
	}
	for _, t := range m.Timers {
		timer := Timer{Name: t.Name, After: t.Value, Doc: t.Doc.Value, Renamed: texts(t.Renamed), Place: place(t.Pos)}
		if t.Every {
			timer.After, timer.Every = "", t.Value
		}
		g.Timers = append(g.Timers, timer)
	}
	for _, p := range m.Params {
		g.Params = append(g.Params, Param{
			p.Name, p.Type.Value, p.Default.Value, p.Min.Value, p.Max.Value, p.Doc.Value, texts(p.Renamed), place(p.Pos),
		})
	}
	g.Data = fields(m.Data)
	for h := range m.Hooks() {
		g.Hooks = append(g.Hooks, Hook{
			h.Name, h.Kind.String(), cmp.Or(h.Group.Value, m.Name.Value), texts(h.Payload), fields(h.Result), h.Discard, texts(h.Outcomes),
			h.Fails, h.Doc.Value, place(h.Pos),
		})
	}
	for _, p := range m.Properties {
		g.Properties = append(g.Properties, property(p))
	}
}

func property(p *spec.Property) Property {
	out := Property{Name: p.Name.Value, Kind: chart.PropertyWord(p.Kind), Fair: chart.EventNames(p.Fair), Place: place(p.Pos)}
	if p.From != nil {
		out.From = path(p.From.State)
	}
	if p.State != nil {
		out.State = path(p.State.State)
	}
	if p.Accepts != nil {
		out.Accepts = p.Accepts.Value
	}
	return out
}

func fields(all []*spec.Field) []Field {
	var out []Field
	for _, f := range all {
		out = append(out, Field{f.Name, f.Type.Value, f.Default.Value, f.Doc.Value, texts(f.Renamed), place(f.Pos)})
	}
	return out
}

func texts(all []spec.Text) []string {
	var out []string
	for _, t := range all {
		out = append(out, t.Value)
	}
	return out
}

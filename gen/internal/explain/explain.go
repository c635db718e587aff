// Package explain answers questions about one thing that a spec names, in words: how a machine gets into a state, what becomes
// of an event, whether a property holds.
//
// Ways are scripts, a line each, which a simulator replays.
package explain

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fsmgen/fsmgen/gen/internal/table"
	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/spec/verify"
)

// Names are everything of a machine that [Name] knows something about: states, events, properties.
func Names(m *spec.Machine) []string {
	var names []string
	for s := range m.All() {
		names = append(names, s.Name)
	}
	for _, ev := range m.Events {
		names = append(names, ev.Name)
	}
	for _, p := range m.Properties {
		if p.Name.Value != "" {
			names = append(names, p.Name.Value)
		}
	}
	return names
}

// Name explains what a name of a machine without errors stands for. It reports whether the machine has the name.
func Name(m *spec.Machine, name string) (text string, ok bool) {
	for s := range m.All() {
		if s.Name == name || s.Path() == name {
			return state(m, s), true
		}
	}
	if i := slices.IndexFunc(m.Events, func(ev *spec.Event) bool { return ev.Name == name }); i >= 0 {
		return event(m, m.Events[i]), true
	}
	if i := slices.IndexFunc(m.Properties, func(p *spec.Property) bool { return p.Name.Value == name }); i >= 0 {
		return property(m, m.Properties[i]), true
	}
	return "", false
}

func state(m *spec.Machine, s *spec.State) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# state %s of %s, %s:%d\n", s.Path(), m.Name.Value, m.Path, s.Pos.Line)
	about(&b, s.Doc)
	route := verify.Route(m, s)
	switch {
	case s.Kind == spec.History:
		b.WriteString("# a history: it stands for the state that the machine was in last\n")
	case route.Verdict == verify.Proven && len(route.Witness) == 0:
		b.WriteString("# the machine begins here\n")
	case route.Verdict == verify.Proven:
		b.WriteString("# a shortest way here:\n")
		script(&b, route)
	case route.Verdict == verify.Open:
		fmt.Fprintf(&b, "# no way here was found in %d configurations\n", route.Over)
	default:
		b.WriteString("# no machine gets here, whatever its guards say\n")
	}
	return b.String()
}

func event(m *spec.Machine, ev *spec.Event) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# event %s of %s, %s:%d\n", ev.Name, m.Name.Value, m.Path, ev.Pos.Line)
	about(&b, ev.Doc)
	matrix := table.New(m)
	for _, row := range matrix.Rows {
		if row.Trigger != ev.Name {
			continue
		}
		for i, s := range matrix.States {
			for _, line := range row.Cells[i] {
				fmt.Fprintf(&b, "%s: %s\n", s.Name, line)
			}
		}
	}
	return b.String()
}

func property(m *spec.Machine, p *spec.Property) string {
	asked := *m
	asked.Properties = []*spec.Property{p}
	_, report := verify.Machine(&asked)
	var b strings.Builder
	for _, r := range report.Results {
		fmt.Fprintf(&b, "# %s\n", r)
		script(&b, r)
	}
	return b.String()
}

func about(b *strings.Builder, doc spec.Text) {
	for line := range strings.Lines(doc.Value) {
		fmt.Fprintf(b, "# %s\n", strings.TrimSpace(line))
	}
}

func script(b *strings.Builder, r verify.Result) {
	for _, s := range r.Witness {
		fmt.Fprintln(b, s)
	}
}

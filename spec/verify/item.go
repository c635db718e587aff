package verify

import (
	"fmt"
	"strings"

	"github.com/fsmgen/fsmgen/spec"
)

// item is something that a spec says, as texts that can be compared.
type item struct {
	what, name string
	key        string   // by which it is found in the other version
	renamed    []string // from what, as the spec says
	pos        spec.Pos
	facets     []facet
}

// facet is one thing that is said of an item. Its text is empty where nothing is.
type facet struct {
	name, text string
}

func (i item) facet(name string) string {
	for _, f := range i.facets {
		if f.name == name {
			return f.text
		}
	}
	return ""
}

// signature returns an item as text, without its name.
func (i item) signature() string { return fmt.Sprint(i.what, i.facets) }

// declared are the declarations of a machine.
func declared(m *spec.Machine) []item {
	all := []item{{what: "machine", name: m.Name.Value, key: "machine", facets: []facet{
		{"name", m.Name.Value},
		{"package", m.Go.Package.Value},
		{"parts", parts(m)},
		{"initial", m.Initial.Value},
		{"doc", m.Doc.Value},
		{"strict", m.Strict.Value},
	}}}
	for _, t := range m.Types {
		all = append(all, item{what: "type", name: t.Name, pos: t.Pos, facets: []facet{{"fields", fields(t.Fields)}, {"doc", t.Doc.Value}}})
	}
	for _, p := range m.Params {
		all = append(all, item{what: "param", name: p.Name, pos: p.Pos, renamed: spec.OldNames(p.Renamed), facets: []facet{
			{"type", p.Type.Value}, {"default", p.Default.Value}, {"min", p.Min.Value}, {"max", p.Max.Value}, {"doc", p.Doc.Value},
		}})
	}
	for _, d := range m.Data {
		all = append(all, item{what: "data", name: d.Name, pos: d.Pos, renamed: spec.OldNames(d.Renamed), facets: []facet{
			{"type", d.Type.Value}, {"default", d.Default.Value}, {"doc", d.Doc.Value},
		}})
	}
	for _, e := range m.Events {
		all = append(all, item{what: "event", name: e.Name, pos: e.Pos, renamed: spec.OldNames(e.Renamed), facets: []facet{
			{"payload", fields(e.Payload)}, {"call", e.Call.Value}, {"record", texts(e.Record)}, {"doc", e.Doc.Value},
		}})
	}
	for _, t := range m.Timers {
		all = append(all, item{what: "timer", name: t.Name, pos: t.Pos, renamed: spec.OldNames(t.Renamed), facets: []facet{
			{"length", t.Value}, {"every", fmt.Sprint(t.Every)}, {"doc", t.Doc.Value},
		}})
	}
	for h := range m.Hooks() {
		all = append(all, hook(m, h))
	}
	return all
}

// parts are those of the Go package, in their order.
func parts(m *spec.Machine) string {
	var names []string
	for _, p := range spec.Parts() {
		if m.Emits(p) {
			names = append(names, string(p))
		}
	}
	return strings.Join(names, ", ")
}

func hook(m *spec.Machine, h *spec.Hook) item {
	group := h.Group.Value
	if group == "" {
		group = m.Name.Value
	}
	return item{what: h.Kind.String(), name: h.Name, pos: h.Pos, facets: []facet{
		{"group", group},
		{"payload", texts(h.Payload)},
		{"result", fields(h.Result)},
		{"discard", yes(h.Discard)},
		{"outcomes", texts(h.Outcomes)},
		{"fails", yes(h.Fails)},
		{"doc", h.Doc.Value},
	}}
}

func fields(all []*spec.Field) string {
	var words []string
	for _, f := range all {
		words = append(words, f.Name+" "+f.Type.Value)
	}
	return strings.Join(words, ", ")
}

func texts(all []spec.Text) string {
	var words []string
	for _, t := range all {
		words = append(words, t.Value)
	}
	return strings.Join(words, ", ")
}

// states are the states of a machine. Names in it are those of the new version.
func states(m *spec.Machine, now names) []item {
	var all []item
	for s := range m.All() {
		parent := ""
		if s.Parent != nil {
			parent = now.state(s.Parent.Name)
		}
		all = append(all, item{what: "state", name: s.Name, pos: s.Pos, renamed: spec.OldNames(s.Renamed), facets: []facet{
			{"type", kind(s)},
			{"parent", parent},
			{"initial", now.state(s.Initial.Value)},
			{"target", now.state(s.Default.Value)},
			{"entry", hooks(s.Entry)},
			{"exit", hooks(s.Exit)},
			{"postpone", now.events(s.Postpone)},
			{"ignore", now.events(s.Ignore)},
			{"doc", s.Doc.Value},
		}})
	}
	return all
}

func kind(s *spec.State) string {
	if s.Kind == spec.History && s.Deep {
		return "deep history"
	}
	return s.Kind.String()
}

func hooks(refs []*spec.HookRef) string {
	var words []string
	for _, r := range refs {
		words = append(words, r.Value)
	}
	return strings.Join(words, ", ")
}

// transitions are the transitions of a machine. Each is known by what it waits for and by its guard.
func transitions(m *spec.Machine, now names) []item {
	var all []item
	seen := map[string]int{}
	for s := range m.All() {
		for _, l := range lists(s) {
			for _, a := range l.transitions {
				all = append(all, transition(s, l.trigger, a, now, seen)...)
			}
		}
	}
	return all
}

// transitionList is the list of transitions that a state tries in order, with the name of their trigger.
type transitionList struct {
	trigger     string
	transitions []*spec.Transition
}

func lists(s *spec.State) []transitionList {
	var all []transitionList
	for _, h := range s.On {
		all = append(all, transitionList{"event " + h.Event.Value, h.Transitions})
	}
	for _, t := range s.Times() {
		all = append(all, transitionList{t.Word() + " " + t.Value, t.Transitions})
	}
	if s.EventTimeout != nil {
		all = append(all, transitionList{"event_timeout " + s.EventTimeout.Value, s.EventTimeout.Transitions})
	}
	all = append(all, transitionList{"always", s.Always}, transitionList{"onDone", s.OnDone})
	for _, v := range s.Invokes {
		all = append(all, transitionList{v.Src.Value + " onDone", v.OnDone}, transitionList{v.Src.Value + " onError", v.OnError})
	}
	return all
}

func transition(s *spec.State, trigger string, a *spec.Transition, now names, seen map[string]int) []item {
	if event, ok := strings.CutPrefix(trigger, "event "); ok {
		trigger = now.event(event)
	}
	name := now.state(s.Name) + " on " + trigger
	if a.Guard != nil && a.Guard.Expr != nil {
		name += " if " + a.Guard.Expr.String()
	}
	seen[name]++
	i := item{what: "transition", name: name, key: fmt.Sprint(name, seen[name]), pos: a.Pos, facets: effects(a, now)}
	all := []item{i}
	if a.Choose == nil {
		return all
	}
	for _, o := range a.Choose.Outcomes {
		outcome := fmt.Sprintf("%s, %s %s", name, a.Choose.Src.Value, o.Value)
		all = append(all, item{what: "transition", name: outcome, key: fmt.Sprint(outcome, seen[name]), pos: o.Pos, facets: effects(o.Transition, now)})
	}
	return all
}

func effects(a *spec.Transition, now names) []facet {
	choice, reply := "", ""
	if a.Choose != nil {
		choice = a.Choose.Src.Value
	}
	if a.Reply != nil {
		reply = a.Reply.Value
	}
	if a.Later {
		reply = "later"
	}
	return []facet{
		{"target", now.state(a.Target.Value)},
		{"choose", choice},
		{"actions", hooks(a.Actions)},
		{"reply", reply},
		{"raise", now.events(a.Raise)},
		{"start", timers(a.Start)},
		{"cancel", timers(a.Cancel)},
		{"update", timers(a.Update)},
		{"reenter", yes(a.Reenter)},
		{"postpone", yes(a.Postpone)},
	}
}

func timers(refs []*spec.TimerRef) string {
	var words []string
	for _, r := range refs {
		words = append(words, r.Value)
	}
	return strings.Join(words, ", ")
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return ""
}

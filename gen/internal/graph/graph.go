// Package graph is a machine as JSON for tools: its states, its transitions and everything that is declared, each with
// where it stands in the spec.
//
// States are in the order of the spec, parents before their children. A transition has the name that diagrams give it.
// What a spec leaves out is left out here.
package graph

import (
	"bytes"
	"encoding/json"
	"path/filepath"

	"github.com/fsmgen/fsmgen/gen/internal/chart"
	"github.com/fsmgen/fsmgen/spec"
)

// Version is the version of the shape of the JSON. It changes when a field means something else or is gone.
const Version = 1

// Graph is a machine as it is written.
type Graph struct {
	Graph       int          `json:"graph"` // [Version]
	Machine     string       `json:"machine"`
	Spec        string       `json:"spec"` // the name of its file
	Doc         string       `json:"doc,omitempty"`
	Strict      bool         `json:"strict,omitempty"`
	Initial     string       `json:"initial"` // the path of a state
	States      []State      `json:"states"`
	Transitions []Transition `json:"transitions"`
	Events      []Event      `json:"events,omitempty"`
	Timers      []Timer      `json:"timers,omitempty"`
	Params      []Param      `json:"params,omitempty"`
	Data        []Field      `json:"data,omitempty"`
	Hooks       []Hook       `json:"hooks,omitempty"`
	Properties  []Property   `json:"properties,omitempty"`
}

// Place is a place in the spec, from 1 on; columns count characters.
type Place struct {
	Line   int `json:"line"`
	Column int `json:"column"`
}

func place(p spec.Pos) Place { return Place{p.Line, p.Column} }

// JSON is the graph of m, indented, ending in a newline. The machine must be without errors, as [spec.Load] finds them. The
// same machine gives the same bytes.
func JSON(m *spec.Machine) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(New(m)); err != nil {
		panic(err) // a Graph has nothing that has no JSON
	}
	return b.String()
}

// New returns the graph of m.
func New(m *spec.Machine) *Graph {
	g := &Graph{
		Graph: Version, Machine: m.Name.Value, Spec: filepath.Base(m.Path), Doc: m.Doc.Value, Strict: m.Strict.Value == "true",
		States: []State{}, Transitions: transitions(m),
	}
	if m.InitialState != nil {
		g.Initial = m.InitialState.Path()
	}
	for s := range m.All() {
		g.States = append(g.States, state(s))
	}
	g.declarations(m)
	return g
}

// State is a state of the machine.
type State struct {
	Path     string   `json:"path"` // serving.busy; what other parts of the graph call it
	Name     string   `json:"name"`
	Kind     string   `json:"kind"` // atomic, compound, final, history
	Deep     bool     `json:"deep,omitempty"`
	Doc      string   `json:"doc,omitempty"`
	Renamed  []string `json:"renamed_from,omitempty"`
	Parent   string   `json:"parent,omitempty"`
	Initial  string   `json:"initial,omitempty"`
	Default  string   `json:"default,omitempty"` // of a history
	Entry    []string `json:"entry,omitempty"`
	Exit     []string `json:"exit,omitempty"`
	Invokes  []string `json:"invokes,omitempty"`
	Postpone []string `json:"postpone,omitempty"`
	Ignore   []string `json:"ignore,omitempty"`
	Place
}

func state(s *spec.State) State {
	return State{
		Path: s.Path(), Name: s.Name, Kind: s.Kind.String(), Deep: s.Deep, Doc: s.Doc.Value, Renamed: texts(s.Renamed),
		Parent: path(s.Parent), Initial: path(s.InitialState), Default: path(s.DefaultState),
		Entry: chart.HookNames(s.Entry), Exit: chart.HookNames(s.Exit), Invokes: invokes(s),
		Postpone: chart.EventNames(s.Postpone), Ignore: chart.EventNames(s.Ignore), Place: place(s.Pos),
	}
}

// path is that of a state, or empty for none.
func path(s *spec.State) string {
	if s == nil {
		return ""
	}
	return s.Path()
}

func invokes(s *spec.State) []string {
	var names []string
	for _, v := range s.Invokes {
		names = append(names, v.Src.Value)
	}
	return names
}

// Transition is a transition that a state declares, or one outcome of a transition that chooses.
type Transition struct {
	ID       string   `json:"id"`
	Source   string   `json:"source"`
	Trigger  string   `json:"trigger"`           // event, after, event_timeout, always, done, invoke_done, invoke_error
	Name     string   `json:"name,omitempty"`    // of the event, the invoke; the time
	Guard    string   `json:"guard,omitempty"`   // as the spec says it
	Choice   string   `json:"choice,omitempty"`  // the hook that decides
	Outcome  string   `json:"outcome,omitempty"` // what it has decided
	Target   string   `json:"target,omitempty"`  // none: the state is not left
	Reenter  bool     `json:"reenter,omitempty"`
	Postpone bool     `json:"postpone,omitempty"` // the event is tried again in the target
	Actions  []string `json:"actions,omitempty"`
	Cancel   []string `json:"cancel,omitempty"`
	Start    []string `json:"start,omitempty"`
	Update   []string `json:"update,omitempty"`
	Raise    []string `json:"raise,omitempty"`
	Reply    string   `json:"reply,omitempty"` // a hook, or later
	Place
}

var triggers = map[spec.TriggerKind]string{
	spec.OnEvent: "event", spec.OnAfter: "after", spec.OnEvery: "every", spec.OnEventTimeout: "event_timeout", spec.OnAlways: "always",
	spec.OnDone: "done", spec.OnInvokeDone: "invoke_done", spec.OnInvokeError: "invoke_error",
}

func transitions(m *spec.Machine) []Transition {
	all := []Transition{}
	for t := range chart.Transitions(m) {
		all = append(all, transition(t))
	}
	return all
}

func transition(t chart.Transition) Transition {
	a := t.Spec
	out := Transition{
		ID: t.ID, Source: t.Source.Path(), Trigger: triggers[t.Kind], Name: t.Name, Outcome: t.Outcome,
		Target: path(a.To), Reenter: a.Reenter, Postpone: a.Postpone, Actions: chart.HookNames(a.Actions),
		Cancel: timerNames(a.Cancel), Start: timerNames(a.Start), Update: timerNames(a.Update),
		Raise: chart.EventNames(a.Raise), Place: place(a.Pos),
	}
	guard := a.Guard
	if t.Choice != nil {
		guard, out.Choice = t.Choice.Guard, t.Choice.Choose.Src.Value
	}
	if guard != nil {
		out.Guard = guard.Value
	}
	switch {
	case a.Later:
		out.Reply = "later"
	case a.Reply != nil:
		out.Reply = a.Reply.Value
	}
	return out
}

func timerNames(refs []*spec.TimerRef) []string {
	var names []string
	for _, r := range refs {
		names = append(names, r.Value)
	}
	return names
}

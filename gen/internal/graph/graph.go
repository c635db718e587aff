package graph

import (
	"bytes"
	"encoding/json"
	"path/filepath"

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

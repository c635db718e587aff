// Package chart is a machine as diagrams show it: boxes inside one another, arrows between them, and the words on both.
// Every kind of diagram draws the same chart, so that they say the same and transitions have the same names in all.
//
// Two boxes are joined by at most one arrow in each direction. A line of its label is one transition, written as UML
// writes it: the trigger, the guard in brackets, the effects after a slash. What a state does without being left is a
// line of its box: entry and exit, invokes, transitions without a target, what it postpones.
//
// The trigger of an `always` is nothing, that of an `onDone` the word done, that of an invoke its name and done or
// error. A transition that chooses leads to a diamond, from which one arrow leads on for each outcome.
//
// Nothing of a machine's behaviour is missing but what it ignores on purpose, which would be most of the ink.
package chart

import (
	"iter"
	"slices"
	"strings"

	"github.com/fsmgen/fsmgen/spec"
)

// Chart is a machine as a diagram shows it.
type Chart struct {
	Title   string
	Summary string // the first paragraph of the machine's doc, on one line
	Initial *Node  // where the machine starts
	Nodes   []*Node
	Edges   []*Edge // in the order of the states that they leave
}

// Kind is the shape of a node.
type Kind uint8

// The kinds of node.
const (
	Box         Kind = iota + 1 // a state, with other nodes inside if it is compound
	End                         // a final state
	Shallow                     // a history
	DeepHistory                 // a history that stands for a leaf
	Diamond                     // a transition that chooses
)

// Node is a state, or the diamond of a transition that chooses.
type Node struct {
	Kind  Kind
	Name  string // unique among the nodes of the chart; that of a state is the state's
	State *spec.State
	// Parent is the node that this one is inside of, nil at the top.
	Parent  *Node
	Nodes   []*Node
	Initial *Node // of a node with others inside
	Lines   []Line
}

// Line is one line of a box or of the label of an arrow.
type Line struct {
	Text string // empty for an `always` that says nothing else
	ID   string // of the transition that the line is; empty for any other
}

// Edge is everything that leads from one node to another.
type Edge struct {
	From, To *Node
	Lines    []Line // at least one; empty for the default of a history
}

// New returns the chart of a machine. The machine must be without errors, as [spec.Load] finds them.
func New(m *spec.Machine) *Chart {
	b := builder{nodes: map[*spec.State]*Node{}, chart: &Chart{Title: m.Name.Value, Summary: summary(m.Doc.Value)}}
	b.chart.Nodes = b.level(nil, m.States)
	b.chart.Initial = b.nodes[m.InitialState]
	for s := range m.All() {
		b.nodes[s].Initial = b.nodes[s.InitialState]
		b.connect(s)
	}
	return b.chart
}

// summary is the first paragraph of a doc on one line.
func summary(doc string) string {
	first, _, _ := strings.Cut(strings.TrimSpace(doc), "\n\n")
	return strings.Join(strings.Fields(first), " ")
}

// builder makes a chart.
type builder struct {
	chart *Chart
	nodes map[*spec.State]*Node
}

// level makes the nodes of one level, each with the diamonds of its state behind it.
func (b *builder) level(parent *Node, states []*spec.State) []*Node {
	var level []*Node
	for _, s := range states {
		n := &Node{Kind: kindOf(s), Name: s.Name, State: s, Parent: parent, Lines: inside(s)}
		b.nodes[s] = n
		n.Nodes = b.level(n, s.States)
		level = append(append(level, n), diamonds(n)...)
	}
	return level
}

func kindOf(s *spec.State) Kind {
	switch {
	case s.Kind == spec.History && s.Deep:
		return DeepHistory
	case s.Kind == spec.History:
		return Shallow
	case s.Kind == spec.Final:
		return End
	default:
		return Box
	}
}

// connect makes the edges that leave a state and its diamonds.
func (b *builder) connect(s *spec.State) {
	from := b.nodes[s]
	if s.Kind == spec.History && s.Default.Value != "" {
		b.edge(from, b.nodes[s.DefaultState])
	}
	for _, t := range Of(s) {
		switch to := b.nodes[t.Spec.To]; {
		case t.Choice != nil:
			b.connectOutcome(from, t)
		case to != nil:
			e := b.edge(from, to)
			e.Lines = append(e.Lines, Line{t.label(), t.ID})
		}
	}
}

func (b *builder) connectOutcome(from *Node, t Transition) {
	diamond := from.sibling(b.chart, diamondName(t))
	if way := b.edge(from, diamond); len(way.Lines) == 0 {
		way.Lines = []Line{{Text: t.choiceLabel()}}
	}
	to := from
	if t.Spec.To != nil {
		to = b.nodes[t.Spec.To]
	}
	e := b.edge(diamond, to)
	e.Lines = append(e.Lines, Line{t.label(), t.ID})
}

// edge returns the edge between two nodes, and makes it if there is none.
func (b *builder) edge(from, to *Node) *Edge {
	// Those of one state are made in a row, so the search ends soon.
	for _, e := range slices.Backward(b.chart.Edges) {
		if e.From == from && e.To == to {
			return e
		}
		if e.From.State != from.State {
			break
		}
	}
	e := &Edge{From: from, To: to}
	b.chart.Edges = append(b.chart.Edges, e)
	return e
}

// sibling is the node with a name at the level of n.
func (n *Node) sibling(c *Chart, name string) *Node {
	level := c.Nodes
	if n.Parent != nil {
		level = n.Parent.Nodes
	}
	i := slices.IndexFunc(level, func(s *Node) bool { return s.Name == name })
	return level[i]
}

// All yields every node of the chart, those inside others behind them.
func (c *Chart) All() iter.Seq[*Node] {
	return func(yield func(*Node) bool) { walk(c.Nodes, yield) }
}

func walk(nodes []*Node, yield func(*Node) bool) bool {
	for _, n := range nodes {
		if !yield(n) || !walk(n.Nodes, yield) {
			return false
		}
	}
	return true
}

// Title is the text that stands for the node: the name of its state, with the sign of a history before it.
func (n *Node) Title() string {
	switch n.Kind {
	case Shallow:
		return "(H) " + n.Name
	case DeepHistory:
		return "(H*) " + n.Name
	case Diamond:
		return ""
	default:
		return n.Name
	}
}

// Contains reports whether o is the node itself or inside it.
func (n *Node) Contains(o *Node) bool {
	for ; o != nil; o = o.Parent {
		if o == n {
			return true
		}
	}
	return false
}

// diamonds are those of the transitions of a node's state that choose.
func diamonds(n *Node) []*Node {
	var ds []*Node
	for _, t := range Of(n.State) {
		if t.Choice == nil {
			continue
		}
		name := diamondName(t)
		if !slices.ContainsFunc(ds, func(d *Node) bool { return d.Name == name }) {
			ds = append(ds, &Node{Kind: Diamond, Name: name, State: n.State, Parent: n.Parent})
		}
	}
	return ds
}

// diamondName is the ID of the transition. It has a hyphen, so that it is the name of no state.
func diamondName(t Transition) string { return strings.TrimSuffix(t.ID, "-"+idPart(t.Outcome)) }

// inside are the lines of what a state does without being left.
func inside(s *spec.State) []Line {
	var lines []Line
	add := func(word string, names []string) {
		if len(names) > 0 {
			lines = append(lines, Line{Text: word + strings.Join(names, ", ")})
		}
	}
	add("entry / ", HookNames(s.Entry))
	add("exit / ", HookNames(s.Exit))
	for _, v := range s.Invokes {
		add("invoke ", []string{v.Src.Value})
	}
	for _, t := range Of(s) {
		if t.Choice == nil && t.Spec.To == nil {
			lines = append(lines, Line{t.boxLabel(), t.ID})
		}
	}
	add("postpone ", EventNames(s.Postpone))
	return lines
}

// PropertyWord is the word of the spec for a kind of property.
func PropertyWord(k spec.PropertyKind) string {
	switch k {
	case spec.Reachable:
		return "reachable"
	case spec.EventuallyPossible:
		return "eventually-possible"
	case spec.Never:
		return "never"
	case spec.LeadsTo:
		return "leads-to"
	default:
		return "invalid"
	}
}

package chart

import (
	"iter"
	"slices"
	"strings"

	"github.com/fsmgen/fsmgen/spec"
)

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

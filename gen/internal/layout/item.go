package layout

import (
	"cmp"
	"slices"
)

// item is an element of a rank: a node, a passage of an edge, perhaps with its label, or a gate.
type item struct {
	node *Node // nil for a passage or a gate
	link *link // nil for a node
	gate bool
	rank int
	w, h int
	way  int // of a passage: from its left to the arrow
	x, y int // of the upper left corner, inside the level
	up   []end
	down []end

	place int // in its rank, from the left
	want  int // where it would be sorted to

	rankY, rankH int           // of the whole rank
	ports        map[*link]int // of a node: where links meet it, from its left
}

// end is one end of a piece of an edge between two neighbouring ranks: what is at the other, and where the piece meets
// this one and the other.
type end struct {
	other       *item
	link        *link
	here, there func() int
}

// fill makes the ranks of a level, with passages for every rank that an edge crosses.
func (l *level) fill() {
	last := 0
	for _, n := range l.node.Nodes {
		l.items[n] = &item{node: n, rank: n.rank + 2, w: n.Width, h: n.Height}
		last = max(last, n.rank+2)
	}
	l.ranks = make([][]*item, last+3) // two above and two below, for gates and the labels of edges to them
	for _, n := range l.node.Nodes {
		l.put(l.items[n])
	}
	for _, k := range l.links {
		l.chain(k, last)
	}
}

func (l *level) put(i *item) { l.ranks[i.rank] = append(l.ranks[i.rank], i) }

// chain makes the passages of a link, from the top down.
func (l *level) chain(k *link, last int) {
	top, bottom := l.items[k.above()], l.items[k.below()]
	if k.above() == nil {
		top = &item{link: k, gate: true, rank: 0}
		l.put(top)
	}
	if k.below() == nil {
		bottom = &item{link: k, gate: true, rank: last + 2}
		l.put(bottom)
	}
	k.chain = []*item{top}
	labelled := (top.rank + bottom.rank) / 2
	for rank := top.rank + 1; rank < bottom.rank; rank++ {
		i := &item{link: k, rank: rank, w: 2, way: 1}
		if k.label && rank == labelled {
			i.w, i.h = k.edge.LabelW+beside+2, k.edge.LabelH
		}
		l.put(i)
		k.chain = append(k.chain, i)
	}
	k.chain = append(k.chain, bottom)
	for j := 1; j < len(k.chain); j++ {
		join(k, k.chain[j-1], k.chain[j])
	}
}

func join(k *link, above, below *item) {
	a, b := meeting(k, above), meeting(k, below)
	above.down = append(above.down, end{below, k, a, b})
	below.up = append(below.up, end{above, k, b, a})
}

// meeting returns the point at which a link meets an item, from its left: at the passage, at a port or a gate of a node, else in
// the middle.
func meeting(k *link, i *item) func() int {
	return func() int {
		if i.node == nil {
			return i.way
		}
		if at, ok := i.ports[k]; ok {
			return at
		}
		for _, g := range i.node.gates {
			if g.edge == k.edge {
				return g.at
			}
		}
		return i.node.BoxWidth() / 2
	}
}

// BoxWidth is the width of a placed node without the loops beside it.
func (n *Node) BoxWidth() int { return n.Width - n.loopsWidth() }

func (n *Node) loopsWidth() int {
	w := 0
	for _, e := range n.loops {
		w = max(w, loopReach+beside+e.LabelW)
	}
	return w
}

// loopReach is the distance that a loop goes to the right of its box.
const loopReach = 26

// open gives the links of each node places of their own along its border, each as near as can be to where it comes
// from.
func (l *level) open() {
	for _, n := range l.node.Nodes {
		i := l.items[n]
		i.ports = map[*link]int{}
		l.side(i, i.up)
		l.side(i, i.down)
	}
}

const (
	corner  = 12 // from a corner of a box to the nearest port
	portGap = 12 // between two ports
)

func (l *level) side(i *item, ends []end) {
	free := slices.DeleteFunc(slices.Clone(ends), func(e end) bool { return i.node.crossed(e.link.edge) })
	slices.SortStableFunc(free, func(a, b end) int { return cmp.Compare(a.other.x+a.there(), b.other.x+b.there()) })
	width := i.node.BoxWidth()
	step := portGap
	if len(free) > 1 {
		step = min(portGap, (width-2*min(corner, width/4))/(len(free)-1))
	}
	for j, e := range free {
		edge := min(corner, width/4)
		low, high := edge+j*step, width-edge-(len(free)-1-j)*step
		at := min(max(e.other.x+e.there()-i.x, low), high)
		if j > 0 {
			at = max(at, i.ports[free[j-1].link]+step)
		}
		if width < 2*corner+portGap {
			at = width / 2 // a dot or a diamond
		}
		i.ports[e.link] = at
	}
}

// crossed reports whether an edge goes through the border of the node.
func (n *Node) crossed(e *Edge) bool {
	return slices.ContainsFunc(n.gates, func(g *gate) bool { return g.edge == e })
}

// rank gives every node of a level a rank below all that lead to it, after turning round the edges that close a circle.
func (l *level) rank() {
	l.turn()
	const unknown = -1
	for _, n := range l.node.Nodes {
		n.rank = unknown
	}
	var visit func(n *Node) int
	visit = func(n *Node) int {
		if n.rank == unknown {
			rank := 0
			for _, k := range l.links {
				if k.below() == n && k.above() != nil {
					rank = max(rank, visit(k.above())+k.length())
				}
			}
			n.rank = rank
		}
		return n.rank
	}
	for _, n := range l.node.Nodes {
		visit(n)
	}
}

// turn marks the edges that lead back to where a walk along the edges has come from.
func (l *level) turn() {
	const open, done = 1, 2
	seen := map[*Node]int{}
	var visit func(n *Node)
	visit = func(n *Node) {
		seen[n] = open
		for _, k := range l.links {
			switch {
			case k.from != n || k.to == nil:
			case seen[k.to] == open:
				k.back = true
			case seen[k.to] == 0:
				visit(k.to)
			}
		}
		seen[n] = done
	}
	for _, n := range l.node.Nodes {
		if seen[n] == 0 {
			visit(n)
		}
	}
}

// length returns the smallest number of ranks that a link goes down: one, and one more for its label.
func (k *link) length() int {
	if k.label {
		return 2
	}
	return 1
}

func (k *link) above() *Node {
	if k.back {
		return k.to
	}
	return k.from
}

func (k *link) below() *Node {
	if k.back {
		return k.from
	}
	return k.to
}

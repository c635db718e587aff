// Package layout places the boxes and arrows of a state diagram on a page.
//
// Boxes stand in ranks, from the top down as far as arrows allow, and the ranks inside a box are its own. What an
// arrow crosses on its way has a place for it: a passage in every rank, a gate in the border of every box, room for
// its label. So no arrow runs through a box or a label.
//
// All lengths are whole pixels, so that the same diagram is the same on every machine.
package layout

import "slices"

// Node is a box, with others inside or not.
type Node struct {
	// W and H are the size of what the node shows itself: all of it, or above what is inside.
	W, H int
	// Nodes are inside, in the order in which they are best read.
	Nodes []*Node

	// X and Y are where the node's upper left corner comes to, and Width and Height its size.
	X, Y, Width, Height int

	parent *Node
	rank   int
	gates  []*gate
	loops  []*Edge
}

// Edge is an arrow between two nodes.
type Edge struct {
	From, To *Node
	// LabelW and LabelH are the size of the label; zero for none.
	LabelW, LabelH int

	// Points are the way of the arrow, from From to To. Each piece of it is vertical, or goes from one rank to another.
	Points []Point
	// LabelX and LabelY are where the label's upper left corner comes to. The arrow passes on its left.
	LabelX, LabelY int
}

// Point is a place on the page.
type Point struct{ X, Y int }

const (
	margin  = 16 // around everything
	padding = 18 // around what is inside a box
	rankGap = 30 // between two ranks
	nodeGap = 22 // between two boxes of a rank
	wayGap  = 14 // between an arrow and what is beside it
	beside  = 8  // between an arrow and its label
)

// Place lays out nodes and the edges between them and those inside them, and returns the size of the page.
func Place(nodes []*Node, edges []*Edge) (width, height int) {
	root := &Node{Nodes: nodes}
	adopt(root)
	p := &plan{root: root, levels: map[*Node]*level{}, ways: map[*Edge][]way{}}
	p.level(root)
	for _, e := range edges {
		p.connect(e)
	}
	p.each(root, (*level).rank)
	for _, e := range edges {
		p.cross(e)
	}
	p.lay(root)
	p.move(root, margin-padding, margin-padding)
	for _, e := range edges {
		p.route(e)
	}
	return root.Width + 2*(margin-padding), root.Height + 2*(margin-padding)
}

func adopt(n *Node) {
	for _, c := range n.Nodes {
		c.parent = n
		adopt(c)
	}
}

// plan is the layout so far.
type plan struct {
	root   *Node
	levels map[*Node]*level // of the nodes that have others inside
	ways   map[*Edge][]way  // the parts of each edge, from From to To
}

// way is a part of an edge.
type way struct {
	level *level
	link  *link
}

// level is the content directly inside a node.
type level struct {
	node  *Node
	links []*link
	ranks [][]*item
	items map[*Node]*item
}

// link is the part of an edge that is in one level: between two nodes of the level, or between one and a gate of the
// box around them.
type link struct {
	edge     *Edge
	from, to *Node // nil for a gate
	label    bool  // the label is on this part
	back     bool  // from is below to
	chain    []*item
}

// gate is the point at which an edge crosses the border of a node.
type gate struct {
	edge *Edge
	at   int // from the node's left
}

func (p *plan) level(n *Node) {
	p.levels[n] = &level{node: n, items: map[*Node]*item{}}
	for _, c := range n.Nodes {
		if len(c.Nodes) > 0 {
			p.level(c)
		}
	}
}

// each calls f for the level of a node and those inside.
func (p *plan) each(n *Node, f func(*level)) {
	f(p.levels[n])
	for _, c := range n.Nodes {
		if len(c.Nodes) > 0 {
			p.each(c, f)
		}
	}
}

// connect gives an edge to the innermost level that both its ends are in. One that leads from a box to itself runs
// beside it.
func (p *plan) connect(e *Edge) {
	if e.From == e.To {
		e.From.loops = append(e.From.loops, e)
		return
	}
	around, from, to := common(e.From, e.To)
	p.add(around, &link{edge: e, from: from, to: to, label: e.LabelH > 0})
}

func (p *plan) add(n *Node, k *link) {
	l := p.levels[n]
	l.links = append(l.links, k)
	p.ways[k.edge] = append(p.ways[k.edge], way{l, k})
}

// common is the innermost node that both ends are in, and the nodes directly inside that lead to them, nil for the
// border of that node itself.
func common(a, b *Node) (around, from, to *Node) {
	for around = a; ; around = around.parent {
		if to, ok := around.toward(b); ok {
			from, _ := around.toward(a)
			return around, from, to
		}
	}
}

// toward is the node directly inside n that d is, or is in; nil if d is n itself.
func (n *Node) toward(d *Node) (child *Node, ok bool) {
	for ; d != nil; d = d.parent {
		if d == n {
			return child, true
		}
		child = d
	}
	return nil, false
}

// cross adds the parts of an edge that lead out of the boxes around its ends. They leave a box on the side where the
// other end is.
func (p *plan) cross(e *Edge) {
	if e.From == e.To {
		return
	}
	around, from, to := common(e.From, e.To)
	up := from != nil && to != nil && from.rank > to.rank
	inner := p.ways[e]
	p.ways[e] = nil
	for n := e.From.parent; from != nil && n != around; n = n.parent {
		inside, _ := n.toward(e.From)
		p.add(n, &link{edge: e, from: inside, back: up})
	}
	p.ways[e] = append(p.ways[e], inner...)
	before := len(p.ways[e])
	for n := e.To.parent; to != nil && n != around; n = n.parent {
		inside, _ := n.toward(e.To)
		p.add(n, &link{edge: e, to: inside, back: up})
	}
	slices.Reverse(p.ways[e][before:])
}

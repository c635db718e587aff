package layout

import "slices"

// lay places what is inside a node, the innermost first, and gives the node its size.
func (p *plan) lay(n *Node) {
	for _, c := range n.Nodes {
		if len(c.Nodes) > 0 {
			p.lay(c)
		} else {
			c.Width, c.Height = c.W, c.H
		}
		c.makeRoom()
	}
	l := p.levels[n]
	l.fill()
	l.order()
	l.across()
	l.open()
	height := l.downward(n.H)
	width := n.W
	for _, rank := range l.ranks {
		for _, i := range rank {
			width = max(width, i.x+i.w+padding)
			if i.gate {
				n.gates = append(n.gates, &gate{i.link.edge, i.x})
			}
		}
	}
	n.Width, n.Height = width, height
}

// makeRoom makes a node large enough for the loops beside it.
func (n *Node) makeRoom() {
	height := 0
	for _, e := range n.loops {
		height += max(e.LabelH, loopHeight) + rankGap/2
	}
	n.Height = max(n.Height, height)
	n.Width += n.loopsWidth()
}

const loopHeight = 22

// sweeps is the number of passes over all ranks.
const sweeps = 36

// across gives the items of a level their places from the left: in their order, with room between them, each as near as
// that allows to what it is joined with.
func (l *level) across() {
	for _, rank := range l.ranks {
		x := padding
		for j, i := range rank {
			if j > 0 {
				x += gap(rank[j-1], i)
			}
			i.x = x
			x += i.w
		}
	}
	for sweep := range sweeps {
		for r := range l.ranks {
			if sweep%2 == 1 {
				r = len(l.ranks) - 1 - r
			}
			l.settle(r, sweep)
		}
	}
	l.straighten()
	left := unbounded
	for _, rank := range l.ranks {
		for _, i := range rank {
			left = min(left, i.x)
		}
	}
	for _, rank := range l.ranks {
		for _, i := range rank {
			i.x += padding - left
		}
	}
	l.clearHead()
}

// gap is the room between two neighbours.
func gap(a, b *item) int {
	if a.node != nil && b.node != nil {
		return nodeGap
	}
	return wayGap
}

// settle moves the items of a rank toward what they are joined with: first above, then below, in the end both.
func (l *level) settle(r, sweep int) {
	rank := l.ranks[r]
	want, weight := make([]int, len(rank)), make([]int, len(rank))
	for j, i := range rank {
		ends := i.up
		switch {
		case sweep >= sweeps*2/3:
			ends = append(append([]end{}, i.up...), i.down...)
		case sweep%2 == 1:
			ends = i.down
		}
		want[j], weight[j] = i.x, 1
		if len(ends) > 0 {
			want[j], weight[j] = i.drawn(ends)
		}
	}
	for j, x := range spread(rank, want, weight) {
		rank[j].x = x
	}
}

// drawn returns the best place of an item, and its weight: an arrow shall be straight where it passes.
func (i *item) drawn(ends []end) (x, weight int) {
	sum, total := 0, 0
	for _, e := range ends {
		w := 1
		if i.node == nil {
			w = 2
			if e.other.node == nil {
				w = 8
			}
		}
		sum += w * (e.other.x + e.there() - e.here())
		total += w
	}
	return sum / total, total
}

// spread finds places that are in order, with room between them, and as near as can be to those that are wanted.
// Neighbours that come too near to each other move on together as one group.
func spread(rank []*item, want, weight []int) []int {
	type group struct{ sum, weight, count int }
	var groups []group
	offset, offsets := 0, make([]int, len(rank))
	for j := range rank {
		if j > 0 {
			offset += rank[j-1].w + gap(rank[j-1], rank[j])
		}
		offsets[j] = offset
		groups = append(groups, group{(want[j] - offset) * weight[j], weight[j], 1})
		for len(groups) > 1 {
			a, b := groups[len(groups)-2], groups[len(groups)-1]
			if floor(a.sum, a.weight) <= floor(b.sum, b.weight) {
				break
			}
			groups = append(groups[:len(groups)-2], group{a.sum + b.sum, a.weight + b.weight, a.count + b.count})
		}
	}
	places := make([]int, 0, len(rank))
	for _, g := range groups {
		for range g.count {
			places = append(places, floor(g.sum, g.weight)+offsets[len(places)])
		}
	}
	return places
}

// floor divides, rounding down also what is below zero.
func floor(a, b int) int {
	if a < 0 {
		return -((-a + b - 1) / b)
	}
	return a / b
}

// downward gives the ranks of a level their places below a head, and returns the height of everything.
func (l *level) downward(head int) int {
	y := head + padding
	if head > 0 && len(l.ranks[0]) == 0 {
		y = head + padding/2
	}
	for _, rank := range l.ranks {
		height, gates := 0, false
		for _, i := range rank {
			height = max(height, i.h)
			gates = gates || i.gate
		}
		for _, i := range rank {
			i.y, i.rankY, i.rankH = y+(height-i.h)/2, y, height
		}
		if len(rank) > 0 && !gates {
			y += height + rankGap
		}
	}
	return y - rankGap + padding
}

// move gives nodes their places on the page: that of a level, and what is inside it.
func (p *plan) move(n *Node, x, y int) {
	n.X, n.Y = x, y
	l := p.levels[n]
	if l == nil {
		return
	}
	for _, c := range n.Nodes {
		p.move(c, x+l.items[c].x, y+l.items[c].y)
	}
}

// route gives an edge its points and its label its place.
func (p *plan) route(e *Edge) {
	if e.From == e.To {
		e.loop()
		return
	}
	for _, w := range p.ways[e] {
		points := w.level.points(w.link)
		if w.link.back {
			slices.Reverse(points)
		}
		e.Points = append(e.Points, points...)
		for _, i := range w.link.chain {
			if i.node == nil && i.h > 0 {
				e.LabelX, e.LabelY = w.level.node.X+i.x+i.way+beside, w.level.node.Y+i.y
			}
		}
	}
	e.Points = slices.Compact(e.Points)
}

// points are those of a link from the top down. A passage is crossed straight.
func (l *level) points(k *link) []Point {
	var points []Point
	for j, i := range k.chain {
		x := l.node.X + i.x + meeting(k, i)()
		switch {
		case i.gate && j == 0:
			points = append(points, Point{x, l.node.Y}, Point{x, l.node.Y + l.node.H})
		case i.gate:
			points = append(points, Point{x, l.node.Y + l.node.Height})
		case i.node != nil && j == 0:
			points = append(points, Point{x, l.node.Y + i.y + i.h})
		case i.node != nil:
			points = append(points, Point{x, l.node.Y + i.y})
		default:
			points = append(points, Point{x, l.node.Y + i.rankY}, Point{x, l.node.Y + i.rankY + i.rankH})
		}
	}
	return points
}

// loop routes an edge from a box to itself: out of its right side and back.
func (e *Edge) loop() {
	n := e.From
	total, before := -rankGap/2, 0
	for _, o := range n.loops {
		if o == e {
			before = total + rankGap/2
		}
		total += max(o.LabelH, loopHeight) + rankGap/2
	}
	height := max(e.LabelH, loopHeight)
	y := n.Y + (n.Height-total)/2 + before + height/2
	x := n.X + n.BoxWidth()
	e.Points = []Point{{x, y - loopHeight/2}, {x, y + loopHeight/2}}
	e.LabelX, e.LabelY = x+loopReach, y-e.LabelH/2
}

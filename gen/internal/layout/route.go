package layout

import "slices"

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

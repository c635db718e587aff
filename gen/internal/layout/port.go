package layout

import (
	"cmp"
	"slices"
)

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

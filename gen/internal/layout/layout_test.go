package layout

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// box is a rectangle that nothing else may run into.
type box struct {
	name       string
	x, y, w, h int
}

func (b box) meets(o box) bool {
	return b.x < o.x+o.w && o.x < b.x+b.w && b.y < o.y+o.h && o.y < b.y+b.h
}

func (b box) holds(o box) bool {
	return b.x <= o.x && o.x+o.w <= b.x+b.w && b.y <= o.y && o.y+o.h <= b.y+b.h
}

func boxOf(n *Node, name string) box { return box{name, n.X, n.Y, n.BoxWidth(), n.Height} }

// diagram is a random one.
type diagram struct {
	top   []*Node
	all   []*Node
	edges []*Edge
}

func drawDiagram(t *rapid.T) diagram {
	var d diagram
	for range rapid.IntRange(1, 12).Draw(t, "nodes") {
		n := &Node{W: rapid.IntRange(10, 200).Draw(t, "w"), H: rapid.IntRange(10, 100).Draw(t, "h")}
		if i := rapid.IntRange(-1, len(d.all)-1).Draw(t, "inside"); i >= 0 && i%3 == 0 {
			d.all[i].Nodes = append(d.all[i].Nodes, n)
		} else {
			d.top = append(d.top, n)
		}
		d.all = append(d.all, n)
	}
	for range rapid.IntRange(0, 20).Draw(t, "edges") {
		e := &Edge{From: rapid.SampledFrom(d.all).Draw(t, "from"), To: rapid.SampledFrom(d.all).Draw(t, "to")}
		if rapid.Bool().Draw(t, "labelled") {
			e.LabelW, e.LabelH = rapid.IntRange(1, 300).Draw(t, "label w"), rapid.IntRange(1, 60).Draw(t, "label h")
		}
		d.edges = append(d.edges, e)
	}
	return d
}

func (d diagram) place() { Place(d.top, d.edges) }

func TestPlace_BoxesAndLabelsStandApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawDiagram(t)
		d.place()
		var apart []box
		for i, n := range d.all {
			if len(n.Nodes) == 0 {
				apart = append(apart, boxOf(n, fmt.Sprint("node ", i)))
			}
			for _, c := range n.Nodes {
				if !boxOf(n, "").holds(boxOf(c, "")) {
					t.Fatalf("a node is not inside its own: %+v in %+v", boxOf(c, ""), boxOf(n, ""))
				}
			}
		}
		for i, e := range d.edges {
			if e.LabelH > 0 {
				apart = append(apart, box{fmt.Sprint("label ", i), e.LabelX, e.LabelY, e.LabelW, e.LabelH})
			}
		}
		for i, a := range apart {
			for _, b := range apart[:i] {
				if a.meets(b) {
					t.Fatalf("%+v meets %+v", a, b)
				}
			}
		}
	})
}

func TestPlace_ArrowsLeadFromBorderToBorder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawDiagram(t)
		d.place()
		for i, e := range d.edges {
			if len(e.Points) < 2 || !onBorder(e.From, e.Points[0]) || !onBorder(e.To, e.Points[len(e.Points)-1]) {
				t.Fatalf("edge %d leads from %+v to %+v by %v", i, boxOf(e.From, ""), boxOf(e.To, ""), e.Points)
			}
			if e.From == e.To {
				continue
			}
			for _, n := range d.all {
				if len(n.Nodes) == 0 && n != e.From && n != e.To && crosses(e, boxOf(n, "")) {
					t.Fatalf("edge %d runs through %+v by %v", i, boxOf(n, ""), e.Points)
				}
			}
		}
	})
}

func onBorder(n *Node, p Point) bool {
	across, down := p.X >= n.X && p.X <= n.X+n.BoxWidth(), p.Y >= n.Y && p.Y <= n.Y+n.Height
	return across && down && (p.X == n.X+n.BoxWidth() || p.Y == n.Y || p.Y == n.Y+n.Height)
}

// crosses looks at the straight pieces, which are where a rank has boxes.
func crosses(e *Edge, b box) bool {
	for j, q := range e.Points[1:] {
		p := e.Points[j]
		if p.X == q.X && b.meets(box{"", p.X, min(p.Y, q.Y), 1, max(p.Y, q.Y) - min(p.Y, q.Y)}) {
			return true
		}
	}
	return false
}

func TestPlace_SameResultForTheSameDiagram(t *testing.T) {
	build := func() diagram {
		a, b, c := &Node{W: 50, H: 20}, &Node{W: 80, H: 20}, &Node{W: 30, H: 30}
		outer := &Node{W: 60, H: 30, Nodes: []*Node{b, c}}
		return diagram{[]*Node{a, outer}, []*Node{a, b, c, outer}, []*Edge{
			{From: a, To: b, LabelW: 40, LabelH: 15}, {From: b, To: c}, {From: c, To: a}, {From: c, To: outer, LabelW: 9, LabelH: 9}, {From: a, To: a},
		}}
	}
	one, other := build(), build()
	one.place()
	other.place()
	for i := range one.edges {
		if diff := cmp.Diff(one.edges[i].Points, other.edges[i].Points); diff != "" {
			t.Errorf("edge %d (-one +other):\n%s", i, diff)
		}
	}
}

// An arrow down is below its source unless it closes a circle.
func TestPlace_ArrowsLeadDown(t *testing.T) {
	a, b, c := &Node{W: 50, H: 20}, &Node{W: 50, H: 20}, &Node{W: 50, H: 20}
	Place([]*Node{a, b, c}, []*Edge{{From: a, To: b}, {From: b, To: c}, {From: c, To: a}})
	if !(a.Y+a.Height < b.Y && b.Y+b.Height < c.Y) {
		t.Errorf("the nodes are at %d, %d, %d; want one below the other", a.Y, b.Y, c.Y)
	}
}

func TestInversions_PairsThatCross(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seconds := rapid.SliceOf(rapid.IntRange(0, 20)).Draw(t, "seconds")
		pieces, want := [][2]int{}, 0
		for i, s := range seconds {
			pieces = append(pieces, [2]int{i, s})
			for _, before := range seconds[:i] {
				if before > s {
					want++
				}
			}
		}
		if got := inversions(pieces); got != want {
			t.Fatalf("inversions(%v) = %d; want %d", pieces, got, want)
		}
	})
}

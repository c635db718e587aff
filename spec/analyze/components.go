package analyze

import "slices"

// components returns the strongly connected components of some configurations, each sorted by number, by the algorithm of
// Tarjan without recursion.
func components(nodes []*node) [][]*node {
	t := tarjan{state: map[*node]*visit{}, among: map[*node]bool{}}
	for _, n := range nodes {
		t.among[n] = true
	}
	for _, n := range nodes {
		if t.state[n] == nil {
			t.search(n)
		}
	}
	return t.found
}

type tarjan struct {
	state map[*node]*visit
	among map[*node]bool
	stack []*node
	found [][]*node
}

// visit is what the search knows of one configuration.
type visit struct {
	index, low int
	edge       int // the next one to follow
	stacked    bool
}

func (t *tarjan) enter(n *node) *visit {
	v := &visit{index: len(t.state), low: len(t.state), stacked: true}
	t.state[n] = v
	t.stack = append(t.stack, n)
	return v
}

func (t *tarjan) search(start *node) {
	t.enter(start)
	for path := []*node{start}; len(path) > 0; {
		n := path[len(path)-1]
		v := t.state[n]
		if v.edge < len(n.out) {
			next := n.out[v.edge].to
			v.edge++
			switch w := t.state[next]; {
			case !t.among[next]:
			case w == nil:
				t.enter(next)
				path = append(path, next)
			case w.stacked:
				v.low = min(v.low, w.index)
			}
			continue
		}
		path = path[:len(path)-1]
		if len(path) > 0 {
			parent := t.state[path[len(path)-1]]
			parent.low = min(parent.low, v.low)
		}
		if v.low == v.index {
			t.pop(n)
		}
	}
}

// pop takes a whole component from the stack.
func (t *tarjan) pop(root *node) {
	i := slices.Index(t.stack, root)
	component := slices.Clone(t.stack[i:])
	t.stack = t.stack[:i]
	for _, n := range component {
		t.state[n].stacked = false
	}
	slices.SortFunc(component, func(a, b *node) int { return a.number - b.number })
	t.found = append(t.found, component)
}

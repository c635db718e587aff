package layout

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

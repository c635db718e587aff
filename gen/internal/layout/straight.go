package layout

// straighten draws arrows straight through as many ranks as the room beside them allows.
func (l *level) straighten() {
	for range 3 {
		for _, k := range l.links {
			l.straightenLink(k)
		}
	}
}

// clearHead keeps gates out of what the node writes at its head.
func (l *level) clearHead() {
	least := l.node.W
	for _, i := range l.ranks[0] {
		i.x = max(i.x, least)
		least = i.x + i.w + wayGap
	}
}

// straightenLink cuts the passages of a link into runs that have a place in common, each as long as can be.
func (l *level) straightenLink(k *link) {
	var run []*item
	low, high := -unbounded, unbounded
	for _, i := range k.chain {
		if i.node != nil {
			continue
		}
		a, b := l.room(i)
		if max(low, a) > min(high, b) {
			align(run, low, high)
			run, low, high = nil, -unbounded, unbounded
		}
		run, low, high = append(run, i), max(low, a), min(high, b)
	}
	align(run, low, high)
}

const unbounded = 1 << 30

// room is from where to where the arrow in a passage can go without coming near its neighbours.
func (l *level) room(i *item) (low, high int) {
	low, high = -unbounded, unbounded
	rank := l.ranks[i.rank]
	if i.place > 0 {
		before := rank[i.place-1]
		low = before.x + before.w + gap(before, i) + i.way
	}
	if i.place+1 < len(rank) {
		after := rank[i.place+1]
		high = after.x - gap(i, after) - i.w + i.way
	}
	return low, high
}

// align puts the arrow of all passages of a run at one place: where most of them are drawn to.
func align(run []*item, low, high int) {
	if len(run) == 0 {
		return
	}
	sum := 0
	for _, i := range run {
		sum += i.x + i.way
	}
	at := min(max(floor(sum, len(run)), low), high)
	for _, i := range run {
		i.x = at - i.way
	}
}

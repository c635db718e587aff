package layout

import (
	"cmp"
	"slices"
)

// order sorts the items of the ranks so that few pieces cross, by putting each where those that it is joined with are
// on average, from the top down and from the bottom up in turn.
func (l *level) order() {
	for _, rank := range l.ranks {
		number(rank)
	}
	best, fewest := l.orders(), l.crossings()
	for sweep := 0; sweep < 16 && fewest > 0; sweep++ {
		if sweep%2 == 0 {
			for r := 1; r < len(l.ranks); r++ {
				sortRank(l.ranks[r], func(i *item) []end { return i.up })
			}
		} else {
			for r := len(l.ranks) - 2; r >= 0; r-- {
				sortRank(l.ranks[r], func(i *item) []end { return i.down })
			}
		}
		if n := l.crossings(); n < fewest {
			best, fewest = l.orders(), n
		}
	}
	l.ranks = best
	for _, rank := range l.ranks {
		number(rank)
	}
}

// number tells the items of a rank their places in it.
func number(rank []*item) {
	for j, i := range rank {
		i.place = j
	}
}

func (l *level) orders() [][]*item {
	orders := make([][]*item, len(l.ranks))
	for r, rank := range l.ranks {
		orders[r] = slices.Clone(rank)
	}
	return orders
}

// sortRank puts a rank in the order of the average places of what its items are joined with. Those without stay in
// place.
func sortRank(rank []*item, ends func(*item) []end) {
	for _, i := range rank {
		i.want = i.place * fine
		if es := ends(i); len(es) > 0 {
			sum := 0
			for _, e := range es {
				sum += e.other.spot(e.there)
			}
			i.want = sum / len(es)
		}
	}
	slices.SortStableFunc(rank, func(a, b *item) int { return cmp.Compare(a.want, b.want) })
	number(rank)
}

// fine is the number of spots of an item, for gates of one node.
const fine = 1000

// spot returns the point at which a piece meets an item, as a number that orders the pieces of a rank.
func (i *item) spot(at func() int) int { return i.place*fine + at()*fine/(i.w+1) }

// crossings counts the pairs of pieces that cross.
func (l *level) crossings() int {
	n := 0
	for r := range len(l.ranks) - 1 {
		var pieces [][2]int // from and to
		for _, i := range l.ranks[r] {
			for _, e := range i.down {
				pieces = append(pieces, [2]int{i.spot(e.here), e.other.spot(e.there)})
			}
		}
		slices.SortFunc(pieces, func(a, b [2]int) int { return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1])) })
		n += inversions(pieces)
	}
	return n
}

// inversions counts the pairs whose second numbers are the other way round than their places. It keeps counts of those
// before in a tree of sums.
func inversions(pieces [][2]int) int {
	seconds := make([]int, len(pieces))
	for i, p := range pieces {
		seconds[i] = p[1]
	}
	slices.Sort(seconds)
	seconds = slices.Compact(seconds)
	sums := make([]int, len(seconds)+1)
	n := 0
	for before, p := range pieces {
		at, _ := slices.BinarySearch(seconds, p[1])
		notAbove := 0
		for i := at + 1; i > 0; i -= i & -i {
			notAbove += sums[i]
		}
		n += before - notAbove
		for i := at + 1; i < len(sums); i += i & -i {
			sums[i]++
		}
	}
	return n
}

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

package pool

import (
	"cmp"
	"slices"
	"time"
)

// ticket is the place of one request in a line. It keeps it until the request has a worker, so nobody overtakes it.
type ticket struct {
	wish
	place   place            // where it stands in whatever line; the zero place before the request has come
	line    *line            // where it stands; nil while it stands nowhere
	roaming bool             // it may have any worker now, though its session is bound to one
	got     chan reservation // has room for one
}

// wish says what a request wants of the worker that it gets.
type wish struct {
	session  string // empty for anonymous work
	affinity Affinity
	portable bool
	priority Priority
}

func newTicket(w wish) *ticket { return &ticket{wish: w, got: make(chan reservation, 1)} }

// place orders those who wait. A priority is worth seconds of waiting, so that everybody's turn comes.
type place struct {
	since  time.Duration // when the request came, minus what its priority is worth
	number uint64        // of the request, among those that came at the same instant
}

func (p place) compare(q place) int {
	return cmp.Or(cmp.Compare(p.since, q.since), cmp.Compare(p.number, q.number))
}

// line is who waits, the first to be served first.
type line []*ticket

// insert puts the ticket where its place is.
func (l *line) insert(t *ticket) {
	i, _ := l.find(t.place)
	*l = slices.Insert(*l, i, t)
	t.line = l
}

// leave takes the ticket out of the line it stands in. It reports false if it stands in none.
func (t *ticket) leave() bool {
	if t.line == nil {
		return false
	}
	i, _ := t.line.find(t.place)
	*t.line = slices.Delete(*t.line, i, i+1)
	t.line = nil
	return true
}

func (l *line) find(p place) (int, bool) {
	return slices.BinarySearchFunc(*l, p, func(t *ticket, p place) int { return t.place.compare(p) })
}

// first returns the first ticket that may be served, nil if there is none.
func (l *line) first(may func(*ticket) bool) *ticket {
	for _, t := range *l {
		if may(t) {
			return t
		}
	}
	return nil
}

// empty takes everybody out of the line.
func (l *line) empty() []*ticket {
	all := *l
	*l = nil
	for _, t := range all {
		t.line = nil
	}
	return all
}

// before returns the ticket that is to be served first. Either may be nil.
func before(a, b *ticket) *ticket {
	if a == nil || (b != nil && b.place.compare(a.place) < 0) {
		return b
	}
	return a
}

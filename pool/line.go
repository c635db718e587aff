package pool

import (
	"cmp"
	"slices"
)

// ticket is the place of one request in a line. It keeps its number until the request has a worker, so nobody overtakes it.
type ticket struct {
	number  uint64 // 0 before the request has come
	session string
	line    *line            // where it stands; nil while it stands nowhere
	got     chan reservation // has room for one
}

func newTicket(session string) *ticket {
	return &ticket{session: session, got: make(chan reservation, 1)}
}

// line is who waits, oldest first.
type line []*ticket

// insert puts the ticket where its number belongs.
func (l *line) insert(t *ticket) {
	i, _ := l.find(t.number)
	*l = slices.Insert(*l, i, t)
	t.line = l
}

// leave takes the ticket out of the line it stands in. It reports false if it stands in none.
func (t *ticket) leave() bool {
	if t.line == nil {
		return false
	}
	i, _ := t.line.find(t.number)
	*t.line = slices.Delete(*t.line, i, i+1)
	t.line = nil
	return true
}

func (l *line) find(number uint64) (int, bool) {
	return slices.BinarySearchFunc(*l, number, func(t *ticket, n uint64) int { return cmp.Compare(t.number, n) })
}

// first returns the oldest ticket, nil if nobody waits.
func (l *line) first() *ticket {
	if len(*l) == 0 {
		return nil
	}
	return (*l)[0]
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

// older returns the ticket that came first. Either may be nil.
func older(a, b *ticket) *ticket {
	if a == nil || (b != nil && b.number < a.number) {
		return b
	}
	return a
}

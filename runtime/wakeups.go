package runtime

import "time"

// wakeup is when a machine wants to be woken.
type wakeup struct {
	when   time.Duration
	server *Server
}

// wakeups orders machines by when they want to be woken, as a heap whose nodes have four children. Each machine knows its
// place, counted from 1; 0 is none.
type wakeups []wakeup

// set gives s the place of when.
func (h *wakeups) set(s *Server, when time.Duration) {
	if s.heapIndex == 0 {
		*h = append(*h, wakeup{when, s})
		s.heapIndex = int32(len(*h))
	}
	i := int(s.heapIndex) - 1
	(*h)[i].when = when
	h.fix(i)
}

func (h *wakeups) remove(s *Server) {
	i, last := int(s.heapIndex)-1, len(*h)-1
	s.heapIndex = 0
	(*h)[i] = (*h)[last]
	(*h)[last] = wakeup{}
	*h = (*h)[:last]
	if i < last {
		(*h)[i].server.heapIndex = int32(i) + 1
		h.fix(i)
	}
}

// fix moves what is at i to where it belongs.
func (h wakeups) fix(i int) {
	w := h[i]
	for i > 0 && w.when < h[(i-1)/4].when {
		h.store(i, h[(i-1)/4])
		i = (i - 1) / 4
	}
	for child := h.earliest(i); child > 0 && h[child].when < w.when; child = h.earliest(i) {
		h.store(i, h[child])
		i = child
	}
	h.store(i, w)
}

func (h wakeups) store(i int, w wakeup) {
	h[i] = w
	w.server.heapIndex = int32(i) + 1
}

// earliest returns the child of i that is due first, or 0 if i has none.
func (h wakeups) earliest(i int) int {
	first := 4*i + 1
	if first >= len(h) {
		return 0
	}
	best := first
	for c := first + 1; c < min(first+4, len(h)); c++ {
		if h[c].when < h[best].when {
			best = c
		}
	}
	return best
}

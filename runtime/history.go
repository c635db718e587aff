package runtime

import "sync"

// History keeps the last steps of a machine. It may be read while the machine runs.
type History struct {
	mu    sync.Mutex // a leaf: held for one copy
	ring  []Step
	next  int
	total uint64
}

// NewHistory returns a history of the last size steps. It allocates room for all of them.
func NewHistory(size int) *History { return &History{ring: make([]Step, 0, max(size, 0))} }

func (h *History) add(s *Step) {
	h.mu.Lock()
	h.total++
	switch {
	case len(h.ring) < cap(h.ring):
		h.ring = append(h.ring, *s)
	case len(h.ring) > 0:
		h.ring[h.next] = *s
		if h.next++; h.next == len(h.ring) {
			h.next = 0
		}
	}
	h.mu.Unlock()
}

// Steps returns what is kept, oldest first.
func (h *History) Steps() []Step {
	h.mu.Lock()
	defer h.mu.Unlock()
	steps := make([]Step, 0, len(h.ring))
	steps = append(steps, h.ring[h.next:]...)
	return append(steps, h.ring[:h.next]...)
}

// Total returns how many steps there have been, those no longer kept included.
func (h *History) Total() uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.total
}

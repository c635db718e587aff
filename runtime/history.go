package runtime

import "sync"

// History keeps the last steps of a machine. It may be read while the machine runs.
type History struct {
	mu        sync.Mutex // a leaf: held for one step or one copy
	ring      []historyEntry
	at        int // where the next step goes
	total     uint64
	discarded historyEntry // where it goes if nothing is kept
}

// entry is a step of a history. Its fields are boxed when the history is read: most entries are overwritten before.
type historyEntry struct {
	step     Step
	recorded []Recorded // memory that is used again for the next step here
}

// NewHistory returns a history of the last size steps. It allocates room for all of them.
func NewHistory(size int) *History { return &History{ring: make([]historyEntry, max(size, 0))} }

// next returns the place of the next step, under the lock.
func (h *History) next() *historyEntry {
	h.total++
	if len(h.ring) == 0 {
		return &h.discarded
	}
	next := &h.ring[h.at]
	if h.at++; h.at == len(h.ring) {
		h.at = 0
	}
	return next
}

// Steps returns what is kept, oldest first.
func (h *History) Steps() []Step {
	h.mu.Lock()
	defer h.mu.Unlock()
	steps := make([]Step, 0, len(h.ring))
	if h.total >= uint64(len(h.ring)) {
		steps = appendSteps(steps, h.ring[h.at:])
	}
	return appendSteps(steps, h.ring[:h.at])
}

func appendSteps(steps []Step, entries []historyEntry) []Step {
	for i := range entries {
		step := entries[i].step
		step.Fields = boxFields(entries[i].recorded)
		steps = append(steps, step)
	}
	return steps
}

// Total returns how many steps there have been, those no longer kept included.
func (h *History) Total() uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.total
}

package runtime

import (
	"sync"

	"github.com/fsmgen/fsmgen/runtime/internal/record"
)

// History is a ring buffer of the last steps of a machine. It may be read while the machine runs.
type History struct {
	mu        sync.Mutex // a leaf: held for one step or one copy
	ring      []historyEntry
	at        int // index of the next step
	total     uint64
	discarded historyEntry // takes the step if the size is 0
}

// historyEntry is a step of a history. Its fields are boxed when the history is read, because most
// entries are overwritten before.
type historyEntry struct {
	step     Step
	recorded []record.Recorded // memory that the next step in this entry reuses
}

// NewHistory returns a history of the last size steps. It allocates all of them.
func NewHistory(size int) *History { return &History{ring: make([]historyEntry, max(size, 0))} }

// Append adds a step to the history, with the fields that were recorded for it. The engine calls it.
// fill sets everything of the step but its fields.
func (h *History) Append(recorded []record.Recorded, fill func(step *Step)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	next := h.next()
	next.recorded = append(next.recorded[:0], recorded...)
	fill(&next.step)
}

// next returns the entry for the next step. The lock is held.
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

// Steps returns the steps that are kept, oldest first.
func (h *History) Steps() []Step {
	h.mu.Lock()
	defer h.mu.Unlock()
	steps := make([]Step, 0, len(h.ring))
	if h.total >= uint64(len(h.ring)) {
		steps = appendSteps(steps, h.ring[h.at:])
	}
	return appendSteps(steps, h.ring[:h.at])
}

// appendSteps appends the steps of entries with their fields boxed.
func appendSteps(steps []Step, entries []historyEntry) []Step {
	for i := range entries {
		step := entries[i].step
		step.Fields = record.Box[Field](entries[i].recorded)
		steps = append(steps, step)
	}
	return steps
}

// Total returns the number of steps so far, including those no longer kept.
func (h *History) Total() uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.total
}

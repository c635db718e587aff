package runtime

import (
	"container/heap"
	"time"
)

// armed is the place of one machine in its group.
type armed struct {
	server *Server
	when   time.Duration
	index  int // in the heap; -1 while not in it
}

// armedHeap orders machines by when they want to be woken.
type armedHeap []*armed

// set gives a the place of when.
func (h *armedHeap) set(a *armed, when time.Duration) {
	a.when = when
	if a.index < 0 {
		heap.Push(h, a)
		return
	}
	heap.Fix(h, a.index)
}

func (h *armedHeap) remove(a *armed) { heap.Remove(h, a.index) }

func (h armedHeap) Len() int           { return len(h) }
func (h armedHeap) Less(i, j int) bool { return h[i].when < h[j].when }

func (h armedHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

// Push is for package heap.
func (h *armedHeap) Push(x any) {
	a := x.(*armed)
	a.index = len(*h)
	*h = append(*h, a)
}

// Pop is for package heap.
func (h *armedHeap) Pop() any {
	last := len(*h) - 1
	a := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	a.index = -1
	return a
}

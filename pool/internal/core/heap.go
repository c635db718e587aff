package core

// heap is a binary heap of pointers that know their place in it, so that any of them can be removed or moved in
// O(log n). An element is in at most one heap for each of its places.
type heap[T any] struct {
	items []T
	less  func(a, b T) bool
	place func(T) *int32 // where the element keeps its index plus one; 0 means that it is in no heap
}

func (h *heap[T]) len() int { return len(h.items) }

// first returns the least element. The heap must not be empty.
func (h *heap[T]) first() T { return h.items[0] }

// has reports whether x is in this heap, or in another one that uses the same place.
func (h *heap[T]) has(x T) bool { return *h.place(x) > 0 }

func (h *heap[T]) push(x T) {
	h.items = append(h.items, x)
	h.up(len(h.items)-1, x)
}

// remove takes x out. It does nothing if x is not in the heap.
func (h *heap[T]) remove(x T) {
	at := int(*h.place(x)) - 1
	if at < 0 {
		return
	}
	*h.place(x) = 0
	last := len(h.items) - 1
	moved := h.items[last]
	var zero T
	h.items[last] = zero
	h.items = h.items[:last]
	if at < last {
		h.settle(at, moved)
	}
}

// fix moves x to where it belongs after its order has changed. x must be in the heap.
func (h *heap[T]) fix(x T) { h.settle(int(*h.place(x))-1, x) }

// settle puts x, whose index is free, at or above or below that index.
func (h *heap[T]) settle(at int, x T) {
	if at > 0 && h.less(x, h.items[(at-1)/2]) {
		h.up(at, x)
		return
	}
	h.down(at, x)
}

func (h *heap[T]) up(at int, x T) {
	for at > 0 {
		parent := (at - 1) / 2
		if !h.less(x, h.items[parent]) {
			break
		}
		h.put(at, h.items[parent])
		at = parent
	}
	h.put(at, x)
}

func (h *heap[T]) down(at int, x T) {
	for {
		child := 2*at + 1
		if child >= len(h.items) {
			break
		}
		if right := child + 1; right < len(h.items) && h.less(h.items[right], h.items[child]) {
			child = right
		}
		if !h.less(h.items[child], x) {
			break
		}
		h.put(at, h.items[child])
		at = child
	}
	h.put(at, x)
}

func (h *heap[T]) put(at int, x T) {
	h.items[at] = x
	*h.place(x) = int32(at + 1)
}

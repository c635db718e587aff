package core

// idleWorkers are the free workers by how many requests they serve. Within a level the worker that was used last comes
// last: it serves next, so that workers that are not needed stay idle and can be given up.
type idleWorkers struct {
	levels []workerList
}

// workerList is a list that is linked through the workers, the one that was used last at its end.
type workerList struct{ first, last *worker }

// put enters the worker at its level, where its last use says. A worker that has just ended a request was used last, so
// that this takes one step.
func (i *idleWorkers) put(w *worker, level int) {
	if w.idleLevel == level && (w.next == nil || w.used <= w.next.used) {
		return // it is there
	}
	i.remove(w)
	for len(i.levels) <= level {
		i.levels = append(i.levels, workerList{})
	}
	l := &i.levels[level]
	previous := l.last
	for previous != nil && previous.used > w.used {
		previous = previous.prev
	}
	w.idleLevel, w.prev = level, previous
	if previous == nil {
		w.next, l.first = l.first, w
	} else {
		w.next, previous.next = previous.next, w
	}
	if w.next == nil {
		l.last = w
	} else {
		w.next.prev = w
	}
}

// remove takes the worker out. It does nothing if the worker is not there.
func (i *idleWorkers) remove(w *worker) {
	if w.idleLevel < 0 {
		return
	}
	l := &i.levels[w.idleLevel]
	if w.prev == nil {
		l.first = w.next
	} else {
		w.prev.next = w.next
	}
	if w.next == nil {
		l.last = w.prev
	} else {
		w.next.prev = w.prev
	}
	w.idleLevel, w.prev, w.next = -1, nil, nil
}

// next returns the worker with the fewest requests, of these the one that was used last; nil if no worker is free.
func (i *idleWorkers) next() *worker {
	for level := range i.levels {
		if w := i.levels[level].last; w != nil {
			return w
		}
	}
	return nil
}

// longest returns the worker that has been idle for longest, nil if each one serves a request.
func (i *idleWorkers) longest() *worker {
	if len(i.levels) == 0 {
		return nil
	}
	return i.levels[0].first
}

package runtime

import "sync"

// invokes are the invocations of one machine. No two of one number run at a time.
type invokes struct {
	current []*Invocation // by number: whose results count; for whoever runs the machine
	hasNew  bool          // some of them may not begin yet

	mu      sync.Mutex   // a leaf: guards what follows, held for O(1)
	slots   []invokeSlot // by number
	running int          // how many slots do, and what hold has counted
	closed  bool         // the machine has ended, and nothing more begins
}

// slot is the place of one number.
type invokeSlot struct {
	running bool
	waiting *Invocation // which begins when the one that runs has returned
}

func newInvokes(numbers int) *invokes {
	return &invokes{current: make([]*Invocation, numbers), slots: make([]invokeSlot, numbers)}
}

// offer lets i be the next of its number, in the place of one that has not begun.
func (v *invokes) offer(number int, i *Invocation) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.slots[number].waiting = i
}

// begin takes the next one of a number, for somebody to run; nil if one runs, or none waits that is still wanted.
func (v *invokes) begin(number int) *Invocation {
	v.mu.Lock()
	defer v.mu.Unlock()
	slot := &v.slots[number]
	next := slot.waiting
	if slot.running || v.closed || next == nil {
		return nil
	}
	slot.waiting = nil
	if next.ctx.Err() != nil {
		return nil
	}
	slot.running = true
	v.running++
	return next
}

// end notes that the one that runs has returned. It reports whether it was the last of a machine that has ended.
func (v *invokes) end(number int) (last bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.slots[number].running = false
	v.running--
	return v.closed && v.running == 0
}

// hold counts something beside the machine as a running invocation.
func (v *invokes) addRunning() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.running++
}

// release ends what hold has counted. It reports whether it was the last of a machine that has ended.
func (v *invokes) doneRunning() (last bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.running--
	return v.closed && v.running == 0
}

// close cancels all of them, for whoever runs the machine.
func (v *invokes) close() {
	v.mu.Lock()
	v.closed = true
	v.mu.Unlock()
	for number, i := range v.current {
		if i != nil {
			v.current[number] = nil
			i.cancel()
		}
	}
}

// idle reports whether none runs.
func (v *invokes) idle() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.running == 0
}

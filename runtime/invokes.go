package runtime

import (
	"context"
	"io"
	"log/slog"
	"reflect"
	"sync"
)

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

// discard takes care of the result of an invocation that the machine drops, as [Discarder] says. The error is a [PanicError].
func (i *Invocation) discard() (err error) {
	if i.outcome.Err != nil || i.outcome.Value == nil {
		return nil
	}
	done := false
	defer func() {
		if !done {
			err = newPanicError(i.machine, recover())
		}
	}()
	if w, ok := i.work.(Discarder); ok {
		w.Discard(i.outcome.Value)
	} else {
		closeAll(i.outcome.Value)
	}
	done = true
	return nil
}

// closeAll closes a value, or the exported fields of a struct, that can be closed.
func closeAll(value any) {
	if c, ok := value.(io.Closer); ok {
		_ = c.Close() // whether closing succeeds matters only to the state that was left
		return
	}
	v := reflect.ValueOf(value)
	if v.Kind() != reflect.Struct {
		return
	}
	for n := range v.NumField() {
		if f := v.Field(n); f.CanInterface() && !f.IsZero() {
			if c, ok := f.Interface().(io.Closer); ok {
				_ = c.Close()
			}
		}
	}
}

// discardLater has a result discarded beside the machine. [Server.Done] waits for it. It is for the goroutine that runs the
// machine, which must not block.
func (s *Server) discardLater(i *Invocation) {
	i.owner.addRunning()
	go func() {
		defer func() {
			if i.owner.doneRunning() {
				s.closeDone()
			}
		}()
		i.discardLogged()
	}()
}

// discardLogged is discard for a goroutine beside the machine: a panic goes to the log of the machine.
func (i *Invocation) discardLogged() {
	if err := i.discard(); err != nil && i.logger != nil {
		i.logger.LogAttrs(context.Background(), slog.LevelError, "fsm: the result of an invoke was not discarded",
			slog.String("machine", i.machine), slog.Any("err", err))
	}
}

// begin lets the next work with this number begin, if none of it runs.
func (s *Server) beginInvoke(v *invokes, number int) {
	if i := v.begin(number); i != nil {
		go s.runInvoke(v, i)
	}
}

func (s *Server) runInvoke(v *invokes, i *Invocation) {
	defer s.finishInvoke(v, i) // also if the work ends the goroutine
	i.Run()
}

// worked sends the machine the result of an invocation, which is discarded if its state has been left.
func (s *Server) finishInvoke(v *invokes, i *Invocation) {
	runs, err := s.enqueue(&message{event: Event{Kind: KindInvoke, Content: i}}) // fails only if the machine has ended
	if runs {
		go s.drain(unlimited())
	}
	if err != nil {
		i.discardLogged()
	}
	if v.end(i.outcome.Invoke) {
		s.closeDone()
	}
	s.beginInvoke(v, i.outcome.Invoke)
}

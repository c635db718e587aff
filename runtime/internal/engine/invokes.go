package engine

import (
	"context"
	"io"
	"log/slog"
	"reflect"
	"sync"

	fsm "github.com/fsmgen/fsmgen/runtime"
)

// invokes is the set of invocations of one machine. For each invoke, at most one runs at a time.
type invokes struct {
	current []*Invocation // by invoke: the invocation that counts; only the goroutine that runs the machine uses it
	hasNew  bool          // launch has invocations to start

	mu      sync.Mutex   // a leaf: guards the fields below, held for O(1)
	slots   []invokeSlot // by invoke
	running int          // invocations and discards that run; see addRunning
	closed  bool         // the machine has ended: no invocation starts
}

// invokeSlot is the state of one invoke.
type invokeSlot struct {
	running bool
	waiting *Invocation // starts when the one that runs has returned
}

// newInvokes returns the set for a machine type with this number of invokes.
func newInvokes(numbers int) *invokes {
	return &invokes{current: make([]*Invocation, numbers), slots: make([]invokeSlot, numbers)}
}

// offer makes i the next invocation of its invoke, in place of one that waits.
func (v *invokes) offer(number int, i *Invocation) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.slots[number].waiting = i
}

// begin takes the waiting invocation of an invoke; the goroutine that calls it must run it. It
// returns nil if one runs already, or if none waits that has not been cancelled.
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

// end records that the running invocation has returned. It reports whether it was the last one of a
// machine that has ended.
func (v *invokes) end(number int) (last bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.slots[number].running = false
	v.running--
	return v.closed && v.running == 0
}

// addRunning counts a discard as a running invocation, so that Done waits for it.
func (v *invokes) addRunning() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.running++
}

// doneRunning ends what addRunning began. It reports whether it was the last one of a machine that
// has ended.
func (v *invokes) doneRunning() (last bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.running--
	return v.closed && v.running == 0
}

// close cancels all invocations. The goroutine that runs the machine calls it.
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

// idle reports whether no invocation and no discard runs.
func (v *invokes) idle() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.running == 0
}

// discarder is the work of an invoke whose spec says `discard`: it cleans up a result that the machine
// drops, in place of closeAll.
type discarder interface {
	Discard(value any)
}

// discard cleans up the result of an invocation that the machine drops, as [fsm.Invocation] says. The
// error is a [fsm.PanicError].
func (i *Invocation) discard() (err error) {
	if i.outcome.Err != nil || i.outcome.Value == nil {
		return nil
	}
	done := false
	defer func() {
		if !done {
			crash := NewPanicError(i.machine, recover())
			crash.Hook = i.invoke
			err = crash
		}
	}()
	if w, ok := i.work.(discarder); ok {
		w.Discard(i.outcome.Value)
	} else {
		closeAll(i.outcome.Value)
	}
	done = true
	return nil
}

// closeAll closes a value if it is an [io.Closer], otherwise the exported fields of a struct that
// are.
func closeAll(value any) {
	if c, ok := value.(io.Closer); ok {
		_ = c.Close() // only the state that was left could use the error
		return
	}
	v := reflect.ValueOf(value)
	if v.Kind() != reflect.Struct {
		return
	}
	for _, f := range v.Fields() {
		if f.CanInterface() && !f.IsZero() {
			if c, ok := f.Interface().(io.Closer); ok {
				_ = c.Close()
			}
		}
	}
}

// discardLater discards a result on another goroutine: the owner of the machine must not block.
// [Server.Done] waits for it.
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

// discardLogged is discard with a panic logged, for a goroutine beside the machine.
func (i *Invocation) discardLogged() {
	if crash, ok := i.discard().(*fsm.PanicError); ok {
		i.logPanic("fsm: the result of an invoke was not discarded", crash)
	}
}

// logPanic logs a panic beside the machine. A logger that panics is not used again for this
// invocation: it cannot end the program.
func (i *Invocation) logPanic(text string, crash *fsm.PanicError) {
	if i.logger == nil {
		return
	}
	ok := runSafely(func() {
		i.logger.LogAttrs(context.Background(), slog.LevelError, text, slog.String("machine", i.name),
			slog.String("invoke", i.invoke), slog.Any("err", crash), slog.String("stack", string(crash.Stack)))
	})
	if !ok {
		i.logger = nil
		slog.Error("fsm: logger removed: it panicked", "machine", i.name)
	}
}

// beginInvoke starts the next work of an invoke if none of it runs.
func (s *Server) beginInvoke(v *invokes, number int) {
	if i := v.begin(number); i != nil {
		go s.runInvoke(v, i)
	}
}

// runInvoke runs the work on its own goroutine.
func (s *Server) runInvoke(v *invokes, i *Invocation) {
	defer s.finishInvoke(v, i) // also if the work ends the goroutine
	i.Run()
}

// finishInvoke sends the result of an invocation to the machine. The machine discards it if its
// state has been left.
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

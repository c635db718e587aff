package runtime

import (
	"context"
	"log/slog"
	"sync/atomic"
)

// Work is what an invoke does beside the machine, on a goroutine of its own. It knows what it needs from the beginning: the
// machine goes on meanwhile.
type Work interface {
	// Run does the work, until ctx ends: that is when the machine leaves the state that has invoked it. A result that comes
	// without an error after that is discarded: see [Discarder].
	Run(ctx context.Context) (any, error)
}

// Discarder is a [Work] that cleans up after itself: Discard gets a result that came without an error when the machine had
// left the state, or had ended. The result of other work is closed if it is an [io.Closer], or else each exported field of
// it, if it is a struct, that is one. Either happens once, on a goroutine that may block; a panic is logged.
type Discarder interface {
	Work
	Discard(value any)
}

// WorkFunc makes a function a [Work].
type WorkFunc func(ctx context.Context) (any, error)

// Run calls the function.
func (f WorkFunc) Run(ctx context.Context) (any, error) { return f(ctx) }

// Outcome is what the work of an invoke has come to. It is the content of its event, which is a [KindInvoke].
type Outcome struct {
	Invoke int // the number in [Info.Invokes]
	Value  any
	Err    error // a [PanicError] if the work panicked or ended its goroutine
}

// Invocation is one activation of an invoke. That of a machine with a server runs by itself.
type Invocation struct {
	work    Work
	ctx     context.Context
	cancel  context.CancelFunc
	machine string
	logger  *slog.Logger // of the machine; may be nil
	owner   *invokes     // of the machine that has begun it
	offered bool         // it may begin; for the goroutine that runs the machine
	phase   atomic.Int32 // a workPhase
	outcome Outcome      // complete when the work is done
}

// The phases of an invocation. It is done by Run or Resolve, and finished by the machine.
const (
	workNew int32 = iota
	workRuns
	workDone
	workFinished
)

// Run does the work. It is for the owner of a machine without a server, which hands the invocation to [Engine.Finish] after
// that. It may be called on any goroutine. The work is done once: a second call returns at once.
func (i *Invocation) Run() {
	if !i.phase.CompareAndSwap(workNew, workRuns) {
		return
	}
	defer i.phase.CompareAndSwap(workRuns, workDone)
	done := false
	defer func() {
		if !done {
			i.outcome.Value, i.outcome.Err = nil, newPanicError(i.machine, recover())
		}
	}()
	i.outcome.Value, i.outcome.Err = i.work.Run(i.ctx)
	done = true
}

// Resolve says what the work has come to without doing it, for programs that simulate a machine. It must not be called
// while Run runs. An invocation that is finished stays as it is.
func (i *Invocation) Resolve(value any, err error) {
	if i.phase.Load() == workFinished {
		return
	}
	i.outcome.Value, i.outcome.Err = value, err
	i.phase.Store(workDone)
}

// Invoke returns the number in [Info.Invokes].
func (i *Invocation) Invoke() int { return i.outcome.Invoke }

// Context ends when nobody wants the result any more.
func (i *Invocation) Context() context.Context { return i.ctx }

// StartInvoke begins the work with this number, anew if it is on: then the work before is cancelled, its result dropped, and
// the new one begins when it has returned. The work begins after the step that runs, unless that leaves the state again.
func (e *Engine) StartInvoke(number int, work Work) {
	e.StopInvoke(number)
	r := e.ensureExt()
	if r.invokes == nil {
		r.invokes = newInvokes(len(e.info.Invokes))
	}
	ctx, cancel := context.WithCancel(context.Background())
	i := &Invocation{
		work: work, ctx: ctx, cancel: cancel, machine: e.info.Machine, owner: r.invokes, outcome: Outcome{Invoke: number},
	}
	if r.watch != nil {
		i.logger = r.watch.logger
	}
	r.invokes.current[number] = i
	r.invokes.hasNew = true
	e.flags |= flagQueued // so that the step is not complete without launch
}

// StopInvoke cancels the work with this number and drops its result, also one that has come and is not delivered.
func (e *Engine) StopInvoke(number int) {
	if e.ext == nil || e.ext.invokes == nil {
		return
	}
	if i := e.ext.invokes.current[number]; i != nil {
		e.ext.invokes.current[number] = nil
		i.cancel()
	}
}

// launch lets the work begin that the step has left on.
func (e *Engine) launch() {
	v := e.ext.invokes
	if v == nil || !v.hasNew || e.Stopped() {
		return
	}
	v.hasNew = false
	for number, i := range v.current {
		if i == nil || i.offered {
			continue
		}
		i.offered = true
		v.offer(number, i)
		if e.server != nil {
			e.server.beginInvoke(v, number)
		}
	}
}

// Invocations takes the work that has begun, of a machine without a server: its owner has each [Invocation.Run], on a
// goroutine of its own if it takes long, and hands it to [Engine.Finish].
func (e *Engine) Invocations() []*Invocation {
	if e.ext == nil || e.ext.invokes == nil {
		return nil
	}
	var begun []*Invocation
	for number := range e.ext.invokes.current {
		if i := e.ext.invokes.begin(number); i != nil {
			begun = append(begun, i)
		}
	}
	return begun
}

// Finish handles the result of an invocation that [Engine.Invocations] has given, on the goroutine of the owner, once. If the
// state that began the invocation has been left, the result is discarded as [Discarder] says, and the error is nil, or a
// [PanicError] of that. Nothing has changed if the error is an [InvocationError]: the invocation is of another machine, its work is not done, or it is finished.
func (e *Engine) Finish(m Stepper, i *Invocation) error {
	if err := e.finishable(i); err != nil {
		return err
	}
	e.ext.invokes.end(i.outcome.Invoke)
	ev, ok := e.invokeEvent(i)
	if !ok {
		return i.discard()
	}
	_, err := e.Handle(m, ev)
	return err
}

// finishable notes that the invocation is finished, or returns why it cannot be.
func (e *Engine) finishable(i *Invocation) error {
	refuse := func(err error) error {
		return &InvocationError{Machine: e.info.Machine, Invoke: e.invokeName(i), Err: err}
	}
	switch {
	case i == nil || e.ext == nil || e.ext.invokes == nil || i.owner != e.ext.invokes:
		return refuse(ErrForeignWork)
	case i.phase.CompareAndSwap(workDone, workFinished):
		return nil
	case i.phase.Load() == workFinished:
		return refuse(ErrWorkFinished)
	default:
		return refuse(ErrWorkNotDone)
	}
}

// invokeName is the name of what the invocation does, empty if it is none of this machine.
func (e *Engine) invokeName(i *Invocation) string {
	if i == nil || e.ext == nil || i.owner != e.ext.invokes || i.outcome.Invoke >= len(e.info.Invokes) {
		return ""
	}
	return e.info.Invokes[i.outcome.Invoke]
}

// concluded turns the end of an invocation into its event, unless its state has been left meanwhile.
func (e *Engine) invokeEvent(i *Invocation) (Event, bool) {
	if e.ext.invokes.current[i.outcome.Invoke] != i {
		return Event{}, false
	}
	e.StopInvoke(i.outcome.Invoke)
	return Event{Kind: KindInvoke, Content: i.outcome}, true
}

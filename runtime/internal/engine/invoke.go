package engine

import (
	"context"
	"log/slog"
	"sync/atomic"

	fsm "github.com/fsmgen/fsmgen/runtime"
)

// Work is the work of an invoke. It runs beside the machine, on a goroutine of its own. Its inputs
// are set when it starts: the machine goes on meanwhile.
type Work interface {
	// Run does the work until ctx ends, which happens when the machine leaves the state of the
	// invoke. A result without an error that comes after that is discarded.
	Run(ctx context.Context) (any, error)
}

// Outcome is the result of the work of an invoke. It is the content of its event, a [KindInvoke].
type Outcome struct {
	Invoke int // the number in [Info.Invokes]
	Value  any
	Err    error // a [fsm.PanicError] if the work panicked or ended its goroutine
}

// Invocation is one activation of an invoke. The server of a machine runs it; without a server the
// owner of the machine does.
type Invocation struct {
	work    Work
	ctx     context.Context
	cancel  context.CancelFunc
	machine string
	invoke  string       // its name
	name    string       // the name of the instance, for the log
	logger  *slog.Logger // the logger of the machine; may be nil
	owner   *invokes     // the invokes of the machine that started it
	offered bool         // it may run; only the goroutine that runs the machine uses this field
	phase   atomic.Int32 // one of the phases below
	outcome Outcome      // complete when the work is done
}

// The phases of an invocation. Run or Resolve makes it done, the machine makes it finished.
const (
	workNew int32 = iota
	workRuns
	workDone
	workFinished
)

// Run does the work. The owner of a machine without a server calls it, on any goroutine, and then
// calls [Engine.Finish]. The work is done once: a second call returns at once. A panic of the work
// becomes its error, and is logged at once: the machine may have left the state of the invoke.
func (i *Invocation) Run() {
	if !i.phase.CompareAndSwap(workNew, workRuns) {
		return
	}
	defer i.phase.CompareAndSwap(workRuns, workDone)
	done := false
	defer func() {
		if !done {
			crash := NewPanicError(i.machine, recover())
			crash.Hook = i.invoke
			i.outcome.Value, i.outcome.Err = nil, crash
			i.logPanic("fsm: the work of an invoke panicked", crash)
		}
	}()
	i.outcome.Value, i.outcome.Err = i.work.Run(i.ctx)
	done = true
}

// Resolve sets the result of the work without doing it. It must not be called while Run runs. An
// invocation that is finished does not change.
func (i *Invocation) Resolve(value any, err error) {
	if i.phase.Load() == workFinished {
		return
	}
	i.outcome.Value, i.outcome.Err = value, err
	i.phase.Store(workDone)
}

// Result returns the result of the work. Before the work is done, the error is [fsm.ErrWorkNotDone].
func (i *Invocation) Result() (any, error) {
	if i.phase.Load() < workDone {
		return nil, fsm.ErrWorkNotDone
	}
	return i.outcome.Value, i.outcome.Err
}

// Invoke returns the index in [Info.Invokes].
func (i *Invocation) Invoke() int { return i.outcome.Invoke }

// Context returns the context of the work. It ends when the result is no longer needed.
func (i *Invocation) Context() context.Context { return i.ctx }

// StartInvoke starts the work of an invoke. If work of this invoke runs, it is cancelled, its
// result is dropped, and the new work starts after it has returned. The work starts after the
// current step, unless that step leaves the state again.
func (e *Engine) StartInvoke(number int, work Work) {
	e.StopInvoke(number)
	r := e.ensureExt()
	if r.invokes == nil {
		r.invokes = newInvokes(len(e.info.Invokes))
	}
	ctx, cancel := context.WithCancel(context.Background())
	i := &Invocation{
		work: work, ctx: ctx, cancel: cancel, machine: e.info.Machine, invoke: e.info.Invokes[number], owner: r.invokes,
		outcome: Outcome{Invoke: number},
	}
	if r.watch != nil {
		i.name, i.logger = r.watch.name, r.watch.logger
	}
	r.invokes.current[number] = i
	r.invokes.hasNew = true
	e.flags |= flagQueued // the step is not complete before launch has run
}

// StopInvoke cancels the work of an invoke and drops its result, also a result that has come and is
// not handled yet.
func (e *Engine) StopInvoke(number int) {
	if e.ext == nil || e.ext.invokes == nil {
		return
	}
	if i := e.ext.invokes.current[number]; i != nil {
		e.ext.invokes.current[number] = nil
		i.cancel()
	}
}

// launch starts the work that the step has started and not stopped again.
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

// Invocations returns the invocations that have started and not been returned before, of a machine
// without a server. Its owner calls [Invocation.Run] for each, on another goroutine if it takes
// long, and then [Engine.Finish].
func (e *Engine) Invocations() []fsm.Invocation {
	if e.ext == nil || e.ext.invokes == nil {
		return nil
	}
	var begun []fsm.Invocation
	for number := range e.ext.invokes.current {
		if i := e.ext.invokes.begin(number); i != nil {
			begun = append(begun, i)
		}
	}
	return begun
}

// Finish handles the result of an invocation from [Engine.Invocations], once, on the goroutine of
// the owner. If the state of the invocation has been left, the result is discarded as [fsm.Invocation]
// says; the error is nil, or a [fsm.PanicError] of that. With an [fsm.InvocationError] nothing has changed:
// the invocation is of another machine, its work is not done, or it is finished.
func (e *Engine) Finish(m Stepper, invocation fsm.Invocation) error {
	i, _ := invocation.(*Invocation)
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

// finishable marks the invocation as finished, or returns why it cannot be.
func (e *Engine) finishable(i *Invocation) error {
	refuse := func(err error) error {
		return &fsm.InvocationError{Machine: e.info.Machine, Invoke: e.invokeName(i), Err: err}
	}
	switch {
	case i == nil || e.ext == nil || e.ext.invokes == nil || i.owner != e.ext.invokes:
		return refuse(fsm.ErrForeignWork)
	case i.phase.CompareAndSwap(workDone, workFinished):
		return nil
	case i.phase.Load() == workFinished:
		return refuse(fsm.ErrWorkFinished)
	default:
		return refuse(fsm.ErrWorkNotDone)
	}
}

// invokeName returns the name of the invoke; empty if the invocation is not of this machine.
func (e *Engine) invokeName(i *Invocation) string {
	if i == nil || e.ext == nil || i.owner != e.ext.invokes || i.outcome.Invoke >= len(e.info.Invokes) {
		return ""
	}
	return e.info.Invokes[i.outcome.Invoke]
}

// invokeEvent returns the event of an invocation that is done. It reports false if its state has
// been left meanwhile.
func (e *Engine) invokeEvent(i *Invocation) (Event, bool) {
	if e.ext.invokes.current[i.outcome.Invoke] != i {
		return Event{}, false
	}
	e.StopInvoke(i.outcome.Invoke)
	return Event{Kind: KindInvoke, Content: i.outcome}, true
}

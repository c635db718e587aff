package pool

import (
	"fmt"
	"maps"
	"runtime/debug"
	"slices"

	"github.com/fsmgen/fsmgen/pool/internal/core"
	fsm "github.com/fsmgen/fsmgen/runtime"
)

// step runs f on the core, under the lock, and then carries out the effects.
//
// Effects that concern one worker are carried out in order: they are appended to the orders of the worker under the lock.
// Requests that wait are answered under the lock, by a channel that has room. All the rest, such as observers, is done
// behind the lock.
func (p *Pool) step(f func(now core.Time)) {
	if rest := p.locked(f); rest != nil {
		p.carryOut(rest)
	}
}

// locked runs f and returns the effects that are to be carried out without the lock.
func (p *Pool) locked(f func(now core.Time)) (rest []effect) {
	p.mu.Lock()
	defer p.unlock(&rest)
	if !p.broken {
		f(p.now())
		rest = p.take()
	}
	return rest
}

// unlock is deferred by every method that lets the core take a step. A panic in the core is a bug: it is contained, since
// the service of the caller must not end with it, and the pool is closed, since its state may be wrong.
func (p *Pool) unlock(rest *[]effect) {
	if v := recover(); v != nil {
		p.broken = true
		*rest = append(*rest, effect{panic: fmt.Sprint(v), stack: string(debug.Stack())})
	}
	p.mu.Unlock()
}

// effect is a core.Effect that is carried out without the lock.
type effect struct {
	core.Effect
	worker       *worker // that it is about; nil if there is none
	panic, stack string
}

// take hands the effects of the core on. It needs the lock.
func (p *Pool) take() (rest []effect) {
	if !p.core.HasEffects() {
		p.rearm()
		return nil
	}
	for _, e := range p.core.Effects() {
		w := p.workers[e.Worker]
		switch e.Kind {
		case core.Spawn:
			v := p.versions[e.Version]
			w = newWorker(p, e.Worker, v)
			p.workers[w.id] = w
			v.workers++
			w.order(order{kind: core.Spawn})
			rest = append(rest, effect{Effect: e, worker: w})
		case core.Shutdown, core.Terminate, core.Kill, core.Probe, core.Export, core.Carry, core.Try, core.Drop:
			if w != nil {
				w.order(order{e.Kind, e.Sessions, e.Carriage, e.Trial})
				rest = append(rest, effect{Effect: e, worker: w})
			}
		case core.Granted:
			c := e.Owner.(*call)
			p.lend(c, &e.Lease)
			c.granted <- nil
		case core.Refused:
			e.Owner.(*call).granted <- e.Err
		default:
			rest = append(rest, effect{Effect: e, worker: w})
		}
	}
	p.rearm()
	return rest
}

// rearm lets the timer run tick when the core asks for it. A timer that is armed too early does no harm, so that it is
// changed only when it would be too late.
func (p *Pool) rearm() {
	at, armed := p.core.Deadline()
	if !armed || (p.timerAt != 0 && p.timerAt <= at) {
		return
	}
	p.timerAt = max(at, 1)
	p.timer.Reset(max(at-p.now(), 0))
}

// tick lets the core do what is due.
func (p *Pool) tick() {
	p.step(func(now core.Time) {
		p.timerAt = 0
		p.core.Tick(now)
	})
}

// carryOut does what is done without the lock.
func (p *Pool) carryOut(effects []effect) {
	for i := range effects {
		e := &effects[i]
		switch {
		case e.panic != "":
			p.crashed(e.panic, e.stack)
		case e.Kind <= core.Drop:
			e.worker.obey()
		default:
			p.carryOutOne(e)
		}
	}
}

// carryOutOne carries out an effect that concerns no worker, or only reports. Observers, loggers and closed channels are
// reached from here, and all of them may call the pool again: the lock is not held.
func (p *Pool) carryOutOne(e *effect) {
	switch e.Kind {
	case core.Overdue:
		e.Owner.(*call).overdue()
	case core.SessionEnded:
		close(e.Owner.(chan struct{}))
	case core.Serving:
		p.announce(nil)
	case core.StartEnded:
		p.announce(p.abandoned(e.Err))
	case core.Upgraded:
		p.upgraded <- e.Upgrade // which has room for it
	case core.Stopped:
		p.timer.Stop()
		close(p.stopped)
	case core.Measure:
		p.wg.Go(p.measure)
	case core.Happened:
		p.happened(e.worker, e.Event)
	case core.Stepped:
		p.stepped(e.Info, e.Step)
	}
}

// crashed is what follows a panic in the core.
func (p *Pool) crashed(what, stack string) {
	p.counters.crashes.Add(1)
	p.conf().Logger.Error("the core of the pool panicked: the pool is closed", "pool", p.name, "err", what, "stack", stack)
	for _, w := range p.all() {
		w.kill()
	}
	p.announce(&ClosedError{Pool: p.name, Phase: PhaseCrashed})
	close(p.stopped)
}

// abandoned is why the start has failed: with the first worker that did not start, if there was one.
func (p *Pool) abandoned(cause error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.failure != nil:
		return p.failure
	case cause != nil:
		err := &StartError{Pool: p.name, Err: translate(cause)}
		if w := p.oldest(); w != nil {
			err.Worker, err.Output = w.id, w.output()
		}
		return err
	default:
		return &ClosedError{Pool: p.name, Phase: phaseOf(p.core.Phase())}
	}
}

// oldest returns the worker that was started first, nil if there is none. It needs the lock.
func (p *Pool) oldest() *worker {
	var oldest *worker
	for _, w := range p.workers {
		if oldest == nil || w.id < oldest.id {
			oldest = w
		}
	}
	return oldest
}

// all returns the workers that are not reaped, in no order.
func (p *Pool) all() []*worker {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Collect(maps.Values(p.workers))
}

// measure reports the memory of every worker to the core.
func (p *Pool) measure() {
	for _, w := range p.all() {
		if rss := w.memory(); rss > 0 {
			p.step(func(now core.Time) { p.core.Measured(now, w.id, rss) })
		}
	}
}

// stepped hands a step of a machine to the observer and the log.
func (p *Pool) stepped(info *fsm.Info, step fsm.Step) {
	c := p.conf()
	if c.Steps != nil {
		p.tellStep(c.Steps, info, step)
	}
	if c.logsSteps() {
		c.Logger.Debug("step", "machine", step.Machine, "kind", step.Kind.String(), "from", step.From, "event", step.Event,
			"to", step.To, "in_state", step.InState)
	}
}

// tellStep keeps a panic of an observer from ending what it observes.
func (p *Pool) tellStep(o fsm.Observer, info *fsm.Info, step fsm.Step) {
	defer func() {
		if v := recover(); v != nil {
			p.conf().Logger.Error("an observer of the machines panicked", "pool", p.name, "err", fmt.Sprint(v))
		}
	}()
	o.Observe(info, step)
}

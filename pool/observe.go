package pool

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/fsmgen/fsmgen/pool/internal/core"
)

// Tracer makes a span of every request.
type Tracer interface {
	// Begin starts the span of a request. The traceparent is handed on to the worker; empty hands on nothing. End is called
	// once, with the worker that answered, 0 if none did.
	Begin(ctx context.Context, command, session string) (_ context.Context, traceparent string, end func(worker uint64, err error))
}

// observe hands an event to the observer. The caller must not have the lock of the pool.
func (p *Pool) observe(ev Event) {
	if o := p.conf().Observer; o != nil {
		p.tell(o, ev)
	}
}

// tell keeps a panic of an observer from ending what it observes.
func (p *Pool) tell(o Observer, ev Event) {
	defer func() {
		if v := recover(); v != nil {
			p.conf().Logger.Error("an observer of the pool panicked", "pool", p.name, "event", fmt.Sprintf("%T", ev), "err", v)
		}
	}()
	o.ObservePool(ev)
}

// watched runs a request, counts it, and reports it to the observer and the tracer.
func (p *Pool) watched(
	ctx context.Context, c *Config, q *request, run func(context.Context) (*Result, error),
) (*Result, error) {
	if c.Tracer == nil && c.Observer == nil {
		result, err := run(ctx)
		p.counters.count(err)
		return result, err
	}
	since, end := time.Now(), func(uint64, error) {}
	if c.Tracer != nil {
		ctx, q.traceparent, end = c.Tracer.Begin(ctx, q.command, q.session)
	}
	result, err := run(ctx)
	p.counters.count(err)
	var worker uint64
	if result != nil {
		worker = result.WorkerID
	}
	end(worker, err)
	ev := EventExecuted{
		Worker: worker, Version: q.version, Session: q.session, Command: q.command, Declared: p.commands.knows(q.command, err),
		Took: time.Since(since), Cancelled: isCancelled(err), Err: err,
	}
	if err != nil && !ev.Cancelled {
		ev.Failure = kindOf(err)
	}
	p.observe(ev)
	return result, err
}

// isCancelled reports whether a request ended because its caller cancelled it, not because its time was up.
func isCancelled(err error) bool {
	switch e := err.(type) {
	case *AbandonedError:
		return isCancel(e.Err) || errors.Is(e.Err, errLeft)
	case *WaitError:
		return isCancel(e.Err)
	case *leaseError:
		return isCancel(e.ended)
	default:
		return false
	}
}

// happened reports an event of the core to the log and the observer. The worker is the one that the event is about, nil for
// none.
func (p *Pool) happened(w *worker, e core.Event) {
	ev := p.event(w, &e)
	p.logEvent(ev)
	p.observe(ev)
}

// event makes the event of one of the core, and adds what only the process of the worker tells.
func (p *Pool) event(w *worker, e *core.Event) Event {
	version := ""
	if w != nil {
		version = w.version.label
	}
	switch ev := eventOf(e, version).(type) {
	case EventWorkerFailed:
		ev.Err = p.startFailure(w, ev.Err)
		return ev
	case EventWorkerGone:
		if w != nil {
			ev.Output = w.output()
		}
		return ev
	default:
		return ev
	}
}

// startFailure is why a worker did not start, with its last lines.
func (p *Pool) startFailure(w *worker, reason error) *StartError {
	if exit, ok := errors.AsType[*ExitError](reason); ok && exit.How == "exit status 0" {
		reason = fmt.Errorf("%w, before it said that it is ready: a worker in Python calls worker.run()", reason)
	}
	err := &StartError{Pool: p.name, Err: reason}
	if w != nil {
		err.Worker, err.Output = w.id, w.output()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.failure == nil {
		p.failure = err
	}
	p.latest = err
	if w != nil && w.version.failure == nil {
		w.version.failure = err
	}
	return err
}

// commands are the names that workers have handlers for.
type commands struct {
	mu    sync.RWMutex
	names map[string]bool
}

// maxCommands bounds the names that are taken from answers, of workers that do not declare theirs.
const maxCommands = 256

// declare adds names of commands: those of each worker that has shaken hands, and one that a worker has answered.
func (c *commands) declare(names []string) {
	if len(names) == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.names == nil {
		c.names = make(map[string]bool)
	}
	for _, name := range names {
		c.names[name] = true
	}
}

// knows reports whether the command is one that workers declare, or that one has answered. A caller may ask for any name,
// so that only these are fit for labels of metrics.
func (c *commands) knows(name string, err error) bool {
	c.mu.RLock()
	known, n := c.names[name], len(c.names)
	c.mu.RUnlock()
	if known || n >= maxCommands {
		return known
	}
	_, failed := errors.AsType[*HandlerError](err)
	if err == nil || failed {
		c.declare([]string{name})
		return true
	}
	return false
}

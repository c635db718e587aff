package pool

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/fsmgen/fsmgen/pool/internal/core"
)

// Observer learns of everything that happens in a pool. It is called by many goroutines, with no lock held, and must neither
// block nor call the pool.
type Observer interface {
	ObservePool(Event)
}

// EventKind is what happened.
type EventKind string

// The kinds of event.
const (
	EventExecuted      EventKind = "executed"       // a request has ended; Duration is all of it, Err why it failed
	EventCheckedOut    EventKind = "checked_out"    // a request has a worker; Duration is how long it waited
	EventCheckedIn     EventKind = "checked_in"     // a request is done with its worker; Duration is how long it had the worker
	EventHealthChecked EventKind = "health_checked" // a probe has ended; Duration, and Err why it failed
	EventDecided       EventKind = "decided"        // the recovery table has decided; Reason is the failure, Action what becomes of the worker
	EventRetried       EventKind = "retried"        // a request is tried again after Duration; Reason is the failure
	EventWorkerReady   EventKind = "worker_ready"   // a worker serves; Duration is how long it took to start
	EventWorkerFailed  EventKind = "worker_failed"  // a worker never served; Err is why
	EventWorkerGone    EventKind = "worker_gone"    // a process is reaped; Reason is why it left, Duration how long it lived, Output its last lines
	EventSessionsMoved EventKind = "sessions_moved" // Count sessions of a worker that leaves have been handed over
	EventSessionsLost  EventKind = "sessions_lost"  // Count sessions have lost their state with their worker
	EventSessionsOver  EventKind = "sessions_over"  // Count sessions have expired
	EventStateNotKept  EventKind = "state_not_kept" // the state of the session, of Count bytes, is over Sessions.MaxSnapshot; once until it is not
	EventBreakerOpened EventKind = "breaker_opened" // no worker is started for a while; Err is why the last one failed
	EventBreakerClosed EventKind = "breaker_closed"
	EventResized       EventKind = "resized"       // the pool wants Count workers from now on
	EventUpgrading     EventKind = "upgrade_phase" // an upgrade to Version has come to the phase Reason, its outcome at last; Err is why it is rolled back
)

// Event is one thing that happened. What a kind does not speak of is zero.
type Event struct {
	Kind     EventKind
	Worker   uint64
	Version  string // of the code of the worker that the event is about
	Session  string
	Command  string
	Declared bool // Command is one that workers declare, or that one has answered: fit for a label of a metric
	Reason   string
	Action   string
	Count    int
	Duration time.Duration
	Err      error
	Output   []string
}

// Tracer makes a span of every request.
type Tracer interface {
	// Begin starts the span of a request. The traceparent is handed on to the worker; empty hands on nothing. End is called
	// once, with the worker that answered, 0 if none did.
	Begin(ctx context.Context, command, session string) (_ context.Context, traceparent string, end func(worker uint64, err error))
}

func (p *Pool) observe(ev Event) {
	if o := p.conf().Observer; o != nil {
		p.tell(o, ev)
	}
}

// tell keeps a panic of an observer from ending what it observes.
func (p *Pool) tell(o Observer, ev Event) {
	defer func() {
		if v := recover(); v != nil {
			p.conf().Logger.Error("an observer of the pool panicked", "pool", p.name, "kind", string(ev.Kind), "err", v)
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
	ev := Event{
		Kind: EventExecuted, Worker: worker, Version: q.version, Session: q.session, Command: q.command, Declared: p.commands.knows(q.command, err),
		Duration: time.Since(since), Err: err,
	}
	switch {
	case isCancelled(err):
		ev.Reason = Cancelled
	case err != nil:
		ev.Reason = string(kindOf(err))
	}
	p.observe(ev)
	return result, err
}

// Cancelled is the Reason of an EventExecuted event whose caller has cancelled its context: an HTTP client that hangs up, for
// example. It is no failure of the pool.
const Cancelled = "cancelled"

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

// happened reports an event of the core to the log and the observer.
func (p *Pool) happened(w *worker, e core.Event) {
	ev := Event{
		Kind: EventKind(e.Kind), Worker: e.Worker, Session: e.Session, Reason: e.Reason, Action: e.Action, Count: e.Count,
		Duration: e.Duration, Err: translate(e.Err),
	}
	if ev.Version = e.Version; w != nil {
		ev.Version = w.version.label
	}
	logger := p.conf().Logger
	switch ev.Kind {
	case EventWorkerFailed:
		ev.Err = p.startFailure(w, ev.Err)
		logger.Error("a worker did not start", "pool", p.name, "worker", ev.Worker, "version", ev.Version, "err", ev.Err)
	case EventWorkerGone:
		if w != nil {
			ev.Output = w.output()
		}
		level := slog.LevelWarn
		if Reason(ev.Reason).orderly() {
			level = slog.LevelInfo
		}
		logger.Log(context.Background(), level, "a worker is gone", "pool", p.name, "worker", ev.Worker, "version", ev.Version, "reason", ev.Reason,
			"err", ev.Err, "age", ev.Duration, "output", lastLines(ev.Output, maxLogged))
	case EventUpgrading:
		p.logPhase(logger, &ev)
	case EventBreakerOpened:
		logger.Error("workers do not start: no start is tried for a while", "pool", p.name, "failures", ev.Count,
			"pause", ev.Duration, "err", ev.Err)
	case EventStateNotKept:
		logger.Warn("the state of a session is not kept: it is over Sessions.MaxSnapshot", "pool", p.name, "session", ev.Session, "bytes", ev.Count)
	case EventSessionsLost:
		p.logLost(&ev)
	}
	p.observe(ev)
}

// logPhase logs how far an upgrade has come.
func (p *Pool) logPhase(logger *slog.Logger, ev *Event) {
	switch {
	case IsOutcome(ev.Reason): // see logUpgrade
		return
	case ev.Err != nil:
		logger.Warn("the upgrade of the workers turns back", "pool", p.name, "version", ev.Version, "phase", ev.Reason, "err", ev.Err)
	default:
		logger.Info("the workers are being upgraded", "pool", p.name, "version", ev.Version, "phase", ev.Reason)
	}
}

// logUpgrade logs what has come of an upgrade.
func (p *Pool) logUpgrade(r *UpgradeReport) {
	level := slog.LevelInfo
	if r.Outcome != outcomeDone {
		level = slog.LevelWarn
	}
	p.conf().Logger.Log(context.Background(), level, "the upgrade of the workers has ended", "pool", p.name, "outcome", r.Outcome,
		"from", r.From, "to", r.To, "took", r.Took, "why", r.Why, "new_requests", r.New.Requests, "new_failures", r.New.Failures,
		"new_cancelled", r.New.Cancelled,
		"carried", r.Sessions.Carried, "verified", r.Sessions.Verified, "unverified", r.Sessions.Unverified,
		"refused", r.Sessions.Refused, "lost", r.Sessions.Lost)
}

// logLost logs a loss of state. A pool that is closed ends every session.
func (p *Pool) logLost(ev *Event) {
	level := slog.LevelWarn
	if _, open := p.phase(); !open {
		level = slog.LevelInfo
	}
	attrs := []any{"pool", p.name, "sessions", ev.Count}
	if ev.Worker != 0 {
		attrs = append(attrs, "worker", ev.Worker)
	}
	if ev.Session != "" {
		attrs = append(attrs, "session", ev.Session)
	}
	p.conf().Logger.Log(context.Background(), level, "sessions have lost their state", attrs...)
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

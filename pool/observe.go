package pool

import (
	"context"
	"time"
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
	Executed      EventKind = "executed"       // a request has ended; Duration is all of it, Err why it failed
	CheckedOut    EventKind = "checked_out"    // a client has a worker; Duration is how long he waited
	CheckedIn     EventKind = "checked_in"     // a client is done; Duration is how long he had it
	HealthChecked EventKind = "health_checked" // a probe has ended; Duration, and Err why it failed
	Decided       EventKind = "decided"        // the recovery table has decided; Reason is the failure, Action what becomes of the worker
	Retried       EventKind = "retried"        // a request is tried again after Duration; Reason is the failure
	WorkerReady   EventKind = "worker_ready"   // a worker serves; Duration is how long it took to start
	WorkerFailed  EventKind = "worker_failed"  // a worker never served; Err is why
	WorkerGone    EventKind = "worker_gone"    // a process is reaped; Reason is why it left, Duration how long it lived, Output its last lines
	SessionsMoved EventKind = "sessions_moved" // Count sessions of a worker that leaves have been handed over
	SessionsLost  EventKind = "sessions_lost"  // Count sessions have lost their state with their worker
	SessionsOver  EventKind = "sessions_over"  // Count sessions have expired
	BreakerOpened EventKind = "breaker_opened" // no worker is started for a while; Err is why the last one failed
	BreakerClosed EventKind = "breaker_closed"
	Resized       EventKind = "resized"  // the pool wants Count workers from now on
	Repaired      EventKind = "repaired" // the books of the pool were wrong; Reason says in what
)

// Event is one thing that happened. What a kind does not speak of is zero.
type Event struct {
	Kind     EventKind
	Worker   uint64
	Session  string
	Command  string
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

// watched runs a request and lets everybody know who wants to.
func (p *Pool) watched(
	ctx context.Context, c *Config, q *request, w wish, run func(context.Context) (*Result, error),
) (*Result, error) {
	if c.Tracer == nil && c.Observer == nil {
		result, err := run(ctx)
		p.counters.count(err)
		return result, err
	}
	since, end := time.Now(), func(uint64, error) {}
	if c.Tracer != nil {
		ctx, q.traceparent, end = c.Tracer.Begin(ctx, q.command, w.session)
	}
	result, err := run(ctx)
	p.counters.count(err)
	var worker uint64
	if result != nil {
		worker = result.WorkerID
	}
	end(worker, err)
	ev := Event{Kind: Executed, Worker: worker, Session: w.session, Command: q.command, Duration: time.Since(since), Err: err}
	if err != nil {
		ev.Reason = string(kindOf(err))
	}
	p.observe(ev)
	return result, err
}

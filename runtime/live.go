package runtime

import (
	"context"
	"slices"
	"time"
)

// Live is a machine written by hand that many goroutines may send to. Methods that [Server] has too
// are described there.
type Live[S comparable, D any] struct {
	server  Server
	machine callbackMachine[S, D]
}

// Start runs Init and returns the live machine. The error is [ErrIgnored], a [StoppedError] with
// the reason that Init returned, or the fault of Init. The actions of Init and the entry of the
// initial state run after that, on another goroutine and before any event: a fault in them ends a
// machine that has started (R086, R090).
func Start[S comparable, D any](c *Callback[S, D], config Config) (*Live[S, D], error) {
	m := new(Live[S, D])
	m.machine.open(c, config.Clock())
	m.server.Open(&m.machine, &m.machine.engine, config)
	if err := m.machine.begin(); err != nil {
		m.machine.abandon(err)
		m.server.drain(drainBudget{})
		return nil, err
	}
	go m.server.drain(unlimited())
	return m, nil
}

// Runtime returns the server of the machine, for [Call] and [Send].
func (m *Live[S, D]) Runtime() *Server { return &m.server }

// Cast sends an event without waiting for a reply.
func (m *Live[S, D]) Cast(content any) error { return m.server.Cast(content) }

// Post is Cast for the hooks of other machines.
func (m *Live[S, D]) Post(content any) error { return m.server.Post(content) }

// Tell sends a message as a [KindInfo]: one that is not an event of this machine's protocol.
func (m *Live[S, D]) Tell(content any) error {
	return m.server.send(&message{event: Event{Kind: KindInfo, Content: content}}, drainBudget{messages: batchSize})
}

// Call sends an event and waits for its reply, for the end of ctx, or for the end of the machine.
// Nothing else ends a call without an answer (R069). The function [Call] gives the reply its type.
func (m *Live[S, D]) Call(ctx context.Context, content any) (any, error) {
	return m.server.call(ctx, content)
}

// Status returns a description of the machine between two events. It also works after the end of
// the machine.
func (m *Live[S, D]) Status(ctx context.Context) (Status[S, D], error) {
	var now Status[S, D]
	err := m.server.Inspect(ctx, func() {
		now = m.machine.status()
		now.Suspended = m.server.suspended()
	})
	return now, err
}

// State returns state and data between two events, also the final ones.
func (m *Live[S, D]) State(ctx context.Context) (state S, data D, err error) {
	err = m.server.Inspect(ctx, func() { state, data = m.machine.state, m.machine.data })
	return state, data, err
}

// Replace sets state and data to the result of f, between two events. It is no state change: Enter
// is not called, no event is retried, and the state time-out keeps running. If f panics, nothing
// has changed, and Replace returns the [PanicError] (R098).
func (m *Live[S, D]) Replace(ctx context.Context, f func(S, D) (S, D)) error {
	return m.server.request(ctx, func() { m.machine.state, m.machine.data = f(m.machine.state, m.machine.data) })
}

// ChangeCode replaces the current callback of a suspended machine by c. migrate converts the state
// and data for c. It is no state change. If migrate fails or panics, nothing has changed (R102).
func (m *Live[S, D]) ChangeCode(ctx context.Context, c *Callback[S, D], migrate func(S, D) (S, D, error)) error {
	refused := ErrNotSuspended
	err := m.server.request(ctx, func() {
		if m.server.suspended() {
			refused = m.machine.changeCode(c, migrate)
		}
	})
	if err != nil {
		return err
	}
	return refused
}

// Suspend makes the machine serve only requests.
func (m *Live[S, D]) Suspend(ctx context.Context) error { return m.server.Suspend(ctx) }

// Resume makes a suspended machine handle events again, beginning with those that wait.
func (m *Live[S, D]) Resume(ctx context.Context) error { return m.server.Resume(ctx) }

// Stop ends the machine between two events and waits for the end. Terminate and all waiting callers
// get the reason.
func (m *Live[S, D]) Stop(ctx context.Context, reason error) error { return m.server.Stop(ctx, reason) }

// Done returns a channel that is closed when the machine has ended and all waiting callers have
// been notified.
func (m *Live[S, D]) Done() <-chan struct{} { return m.server.Done() }

// Err returns nil while the machine runs. After the end it returns a [StoppedError] with the
// reason.
func (m *Live[S, D]) Err() error { return m.server.Err() }

// Status is a description of a machine written by hand, between two events (R103).
type Status[S comparable, D any] struct {
	State     S
	Data      D
	Postponed []Event   // oldest first
	Timeouts  []Timeout // in no particular order
	Suspended bool
	Callbacks []*Callback[S, D] // the current one first
}

// Timeout is a timer that runs, in a [Status].
type Timeout struct {
	Timer    Timer
	Content  any
	Deadline time.Duration // on the machine's clock
}

// status returns the description of the machine. The server or Core adds Suspended.
func (m *callbackMachine[S, D]) status() Status[S, D] {
	s := Status[S, D]{State: m.state, Data: m.data, Callbacks: slices.Clone(m.callbacks)}
	slices.Reverse(s.Callbacks)
	if r := m.engine.ext; r != nil {
		s.Postponed = slices.Clone(r.postponed)
	}
	s.Timeouts = m.engine.timeouts()
	return s
}

// timeouts returns the timers that run, zero time-outs included.
func (e *Engine) timeouts() []Timeout {
	var out []Timeout
	for t := e.timers; t != nil; t = t.next {
		if t.timeout != nil {
			out = append(out, Timeout{Timer: t.timeout.key, Content: t.timeout.content, Deadline: t.deadline})
		}
	}
	if e.ext == nil {
		return out
	}
	for _, z := range e.ext.zeroTimeouts {
		out = append(out, Timeout{Timer: z.key, Content: z.content, Deadline: e.clock.Now()})
	}
	return out
}

// changeCode replaces the current callback and converts state and data for it.
func (m *callbackMachine[S, D]) changeCode(c *Callback[S, D], migrate func(S, D) (S, D, error)) error {
	state, data, err := m.migrate(migrate)
	if err != nil {
		return err
	}
	m.state, m.data = state, data
	m.callbacks[len(m.callbacks)-1] = c
	return nil
}

// migrate calls f and turns its panic into an error.
func (m *callbackMachine[S, D]) migrate(f func(S, D) (S, D, error)) (state S, data D, err error) {
	defer m.recoverInto(&err)
	return f(m.state, m.data)
}

package statem

import (
	"context"

	fsm "github.com/fsmgen/fsmgen/runtime"
	"github.com/fsmgen/fsmgen/runtime/internal/engine"
)

// Live is a machine written by hand that many goroutines may send to. It is a
// [fsm.Control].
type Live[S comparable, D any] struct {
	server  engine.Server
	machine callbackMachine[S, D]
}

// Start runs Init and returns the live machine. The error is [ErrIgnored], a [fsm.StoppedError] with
// the reason that Init returned, or the fault of Init. The actions of Init and the entry of the
// initial state run after that, on another goroutine and before any event: a fault in them ends a
// machine that has started (R086, R090).
func Start[S comparable, D any](c *Callback[S, D], config fsm.Config) (*Live[S, D], error) {
	m := new(Live[S, D])
	m.machine.live = m
	m.machine.open(c)
	m.server.Open(&m.machine, &m.machine.engine, config)
	if err := m.machine.begin(); err != nil {
		m.machine.abandon(err)
		m.server.Serve()
		return nil, err
	}
	go m.server.Serve()
	return m, nil
}

// Cast sends an event without waiting for a reply.
func (m *Live[S, D]) Cast(content any) error { return m.server.Cast(content) }

// Post is Cast for the hooks of other machines.
func (m *Live[S, D]) Post(content any) error { return m.server.Post(content) }

// Tell sends a message as a [KindInfo]: one that is not an event of this machine's protocol.
func (m *Live[S, D]) Tell(content any) error {
	return m.server.SendEvent(engine.Event{Kind: KindInfo, Content: content})
}

// Call sends an event and waits for its reply, for the end of ctx, or for the end of the machine.
// Nothing else ends a call without an answer (R069). The function [Call] gives the reply its type.
func (m *Live[S, D]) Call(ctx context.Context, content any) (any, error) {
	return m.server.Call(ctx, content)
}

// Status returns a description of the machine between two events. It also works after the end of
// the machine.
func (m *Live[S, D]) Status(ctx context.Context) (Status[S, D], error) {
	var now Status[S, D]
	err := m.server.Inspect(ctx, func() {
		now = m.machine.status()
		now.Suspended = m.server.IsSuspended()
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
// has changed, and Replace returns the [fsm.PanicError] (R098).
func (m *Live[S, D]) Replace(ctx context.Context, f func(S, D) (S, D)) error {
	return m.server.Request(ctx, func() { m.machine.state, m.machine.data = f(m.machine.state, m.machine.data) })
}

// ChangeCode replaces the current callback of a suspended machine by c. migrate converts the state
// and data for c. It is no state change. If migrate fails or panics, nothing has changed (R102).
func (m *Live[S, D]) ChangeCode(ctx context.Context, c *Callback[S, D], migrate func(S, D) (S, D, error)) error {
	refused := ErrNotSuspended
	err := m.server.Request(ctx, func() {
		if m.server.IsSuspended() {
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

// Inspect runs f between two events and waits for it. See [fsm.Control].
func (m *Live[S, D]) Inspect(ctx context.Context, f func()) error { return m.server.Inspect(ctx, f) }

// Trace passes every step of the machine to o; nil ends that. See [fsm.Control].
func (m *Live[S, D]) Trace(ctx context.Context, o fsm.Observer) error { return m.server.Trace(ctx, o) }

// Stats returns the counters of this moment.
func (m *Live[S, D]) Stats() fsm.Stats { return m.server.Stats() }

// Done returns a channel that is closed when the machine has ended and all waiting callers have
// been notified.
func (m *Live[S, D]) Done() <-chan struct{} { return m.server.Done() }

// Err returns nil while the machine runs. After the end it returns a [fsm.StoppedError] with the
// reason.
func (m *Live[S, D]) Err() error { return m.server.Err() }

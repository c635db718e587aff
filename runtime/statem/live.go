package statem

import (
	"context"
	"slices"
	"time"

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

// Call sends an event and waits for its reply, as [Live.Call] does, and gives the reply its type. A
// reply of another type is an [fsm.ReplyTypeError].
func Call[R any, S comparable, D any](ctx context.Context, m *Live[S, D], content any) (R, error) {
	return engine.Call[R](ctx, &m.server, content)
}

// Pending is a call that has been sent. Its reply is collected later. It belongs to one goroutine.
// It may be dropped: only the reply is lost.
type Pending[R any] struct {
	pending engine.Pending[R]
}

// Send sends a call and does not wait for its reply. It fails only if the call cannot be delivered.
func Send[R any, S comparable, D any](m *Live[S, D], content any) (Pending[R], error) {
	p, err := engine.Send[R](&m.server, content)
	return Pending[R]{p}, err
}

// Wait waits for the reply, for the end of ctx, or for the end of the machine. After ctx has ended,
// Wait may be called again. After the reply has come, each Wait returns it.
func (p Pending[R]) Wait(ctx context.Context) (R, error) {
	return p.pending.Wait(ctx)
}

// Answered returns a channel that is closed when Wait has a reply to return. It is for a select
// over several calls. A machine may end without answering: see [Live.Done].
func (p Pending[R]) Answered() <-chan struct{} { return p.pending.Answered() }

// Abandon gives up the reply: a later reply is dropped, and Wait returns [ErrAbandoned]. It reports
// false if the reply has come already.
func (p Pending[R]) Abandon() bool { return p.pending.Abandon() }

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
	for _, ev := range m.engine.Postponed() {
		s.Postponed = append(s.Postponed, Event(ev))
	}
	for _, t := range m.engine.Timeouts() {
		s.Timeouts = append(s.Timeouts, Timeout{Timer: Timer{t.Timer}, Content: t.Content, Deadline: t.Deadline})
	}
	return s
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
	defer m.recoverInto(&err, "migrate", nil)
	return f(m.state, m.data)
}

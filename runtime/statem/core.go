package statem

import (
	"log/slog"
	"time"

	fsm "github.com/fsmgen/fsmgen/runtime"
	"github.com/fsmgen/fsmgen/runtime/internal/engine"
	"github.com/fsmgen/fsmgen/runtime/internal/reply"
)

// Core is a machine written by hand as a plain value: it starts no goroutine, takes no lock and
// reads no clock but its own. It belongs to one goroutine, which sends events and then calls Run.
// Tests, simulators and event loops use it. [Start] makes a machine that many goroutines can send
// to.
type Core[S comparable, D any] struct {
	machine callbackMachine[S, D]
	loop    engine.Loop
}

// NewCore runs Init and returns the machine. The first Run does the actions of Init and enters the
// initial state. The error says that Init returned no machine.
func NewCore[S comparable, D any](c *Callback[S, D], clock *fsm.Clock) (*Core[S, D], error) {
	m := new(Core[S, D])
	m.machine.open(c)
	m.machine.engine.OpenBare(fsm.BareConfig{Clock: clock})
	m.loop.Open(&m.machine, &m.machine.engine)
	if err := m.machine.begin(); err != nil {
		return nil, err
	}
	return m, nil
}

// Watch makes the machine report its steps under this name. Each of the three receivers may be nil.
func (m *Core[S, D]) Watch(name string, o fsm.Observer, h *fsm.History, logger *slog.Logger) {
	m.machine.engine.Watch(name, o, h, logger)
}

// Send puts an event at the end of the mailbox. The callback may call it too. A call to a machine
// that has ended fails at once.
func (m *Core[S, D]) Send(ev Event) error { return m.loop.Send(engine.Event(ev)) }

// Cast sends an event without waiting for a reply.
func (m *Core[S, D]) Cast(content any) error {
	return m.Send(Event{Kind: KindCast, Content: content})
}

// Call sends an event. The function answer gets the reply: the goroutine that answers calls it
// once, with the reply or an error, during Run, or later. A machine that has not ended may leave a
// call unanswered (R069).
func (m *Core[S, D]) Call(content any, answer func(reply any, err error)) error {
	return m.Send(Event{Kind: KindCall, Content: content, From: reply.NewFrom(answer)})
}

// Request puts f at the end of the mailbox. When its turn comes, f runs between two events. It may
// use every method of the machine except Run. A suspended machine runs only requests. If the
// machine ends before, f is dropped.
func (m *Core[S, D]) Request(f func()) { m.loop.Request(f) }

// Run runs the machine until nothing is left to do now. A panic in the callback ends the machine
// and becomes its reason.
func (m *Core[S, D]) Run() { m.loop.Run() }

// Deadline returns when the earliest timer expires, on the machine's clock. The owner should call
// Run then.
func (m *Core[S, D]) Deadline() (deadline time.Duration, ok bool) { return m.machine.engine.Deadline() }

// Err returns nil while the machine runs. After the end it returns a [fsm.StoppedError] with the
// reason.
func (m *Core[S, D]) Err() error { return m.machine.engine.Err() }

// State returns the state and the data.
func (m *Core[S, D]) State() (S, D) { return m.machine.state, m.machine.data }

// Replace sets state and data between two events. It is no state change: Enter is not called, no
// event is retried, and the state time-out keeps running (R098).
func (m *Core[S, D]) Replace(state S, data D) { m.machine.state, m.machine.data = state, data }

// Suspend makes the machine handle only requests. Events and time-outs wait in the order of their
// arrival (R099).
func (m *Core[S, D]) Suspend() { m.loop.SetSuspended(true) }

// Resume makes a suspended machine handle events again, beginning with those that wait (R100).
func (m *Core[S, D]) Resume() { m.loop.SetSuspended(false) }

// ChangeCode replaces the current callback of a suspended machine by c. migrate converts the state
// and data for c. It is no state change. If migrate fails or panics, nothing has changed (R102).
func (m *Core[S, D]) ChangeCode(c *Callback[S, D], migrate func(S, D) (S, D, error)) error {
	if !m.loop.IsSuspended() {
		return ErrNotSuspended
	}
	return m.machine.changeCode(c, migrate)
}

// Stop makes the next Run end the machine. Terminate and all waiting callers get the reason; nil is
// a normal end. The first reason counts.
func (m *Core[S, D]) Stop(reason error) { m.machine.engine.Stop(reason) }

// Status returns a description of the machine between two events.
func (m *Core[S, D]) Status() Status[S, D] {
	s := m.machine.status()
	s.Suspended = m.loop.IsSuspended()
	return s
}

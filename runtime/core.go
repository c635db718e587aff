package runtime

import (
	"log/slog"
	"time"
)

// Core runs a machine written by hand as a plain value: it starts no goroutine, takes no lock and looks at no clock but its
// own. It belongs to one goroutine, which sends and then runs it. It is what tests, simulators and loops of one's own use;
// [Start] gives a machine that many goroutines can send to.
type Core[S comparable, D any] struct {
	machine callbackMachine[S, D]
	mailbox mailbox
}

// NewCore returns a machine that has run Init; Run does the actions of Init and enters the initial state. It fails if Init
// wants no machine.
func NewCore[S comparable, D any](c *Callback[S, D], clock *Clock) (*Core[S, D], error) {
	m := new(Core[S, D])
	m.machine.open(c, clock)
	if err := m.machine.begin(); err != nil {
		return nil, err
	}
	return m, nil
}

// Watch makes the machine report its steps to those of the three that are not nil, under the name of this instance.
func (m *Core[S, D]) Watch(name string, o Observer, h *History, logger *slog.Logger) {
	m.machine.engine.Watch(name, o, h, logger)
}

// Send puts an event at the end of the mailbox. It may also be called by the callback itself. A call to a machine that has
// ended fails at once.
func (m *Core[S, D]) Send(ev Event) error {
	if m.machine.engine.Stopped() {
		ev.From.Fail(m.Err())
		return m.Err()
	}
	m.mailbox.put(wrap(ev))
	return nil
}

// Cast sends one way.
func (m *Core[S, D]) Cast(content any) error {
	return m.Send(Event{Kind: KindCast, Content: content})
}

// Call sends an event that is answered when the machine has been run, or later: answer is called once, with the reply or
// with why there is none, by whoever gives it. A machine that lives may also never answer (R069).
func (m *Core[S, D]) Call(content any, answer func(reply any, err error)) error {
	return m.Send(Event{Kind: KindCall, Content: content, From: NewFrom(answer)})
}

// Request puts f at the end of the mailbox: it runs between two events, when its turn comes, and may use every method of
// the machine but Run. A suspended machine runs nothing but requests. f is forgotten when the machine ends before.
func (m *Core[S, D]) Request(f func()) { m.mailbox.put(&message{request: f}) }

// Run runs the machine until nothing is left to do now. What panics in the callback ends the machine and is its reason.
func (m *Core[S, D]) Run() {
	e := &m.machine.engine
	for !e.Stopped() {
		m.expire()
		if ev, ok := e.nextEvent(); ok {
			_, _ = e.runStep(&m.machine, ev) // replies go to their From
			continue
		}
		item, ok := m.mailbox.take()
		if !ok {
			return
		}
		e.runMessage(&m.machine, item)
	}
	e.terminate(&m.machine)
	for _, item := range m.mailbox.close() {
		fromOf(item).Fail(e.Err())
	}
}

// expire puts the expiries of the timers whose time has come behind what waits already.
func (m *Core[S, D]) expire() {
	e := &m.machine.engine
	e.markExpired(e.clock.Now())
	for t := e.nextExpired(); t != nil; t = e.nextExpired() {
		m.mailbox.put(t.message())
	}
}

// Deadline returns when the earliest timer expires, on the machine's clock. The machine is to be run then.
func (m *Core[S, D]) Deadline() (deadline time.Duration, ok bool) { return m.machine.engine.Deadline() }

// Err returns nil while the machine lives, and then a [StoppedError] with the reason.
func (m *Core[S, D]) Err() error { return m.machine.engine.Err() }

// State returns the state and the data.
func (m *Core[S, D]) State() (S, D) { return m.machine.state, m.machine.data }

// Replace sets state and data between two events. It is no state change: no enter call, no retry, and the state time-out
// keeps running (R098).
func (m *Core[S, D]) Replace(state S, data D) { m.machine.state, m.machine.data = state, data }

// Suspend makes the machine serve nothing but requests. Events and time-outs pile up in the order of their arrival (R099).
func (m *Core[S, D]) Suspend() { m.mailbox.suspended = true }

// Resume makes the machine go on with what has piled up (R100).
func (m *Core[S, D]) Resume() { m.mailbox.suspended = false }

// ChangeCode puts c in the place of the current callback of a suspended machine, and has migrate turn state and data into
// those of c. It is no state change either. If migrate fails, or panics, nothing has changed (R102).
func (m *Core[S, D]) ChangeCode(c *Callback[S, D], migrate func(S, D) (S, D, error)) error {
	if !m.mailbox.suspended {
		return ErrNotSuspended
	}
	return m.machine.changeCode(c, migrate)
}

// Stop ends the machine as soon as it is run, with reason for Terminate and everybody who waits; nil is a normal end. The
// first reason counts.
func (m *Core[S, D]) Stop(reason error) { m.machine.engine.Stop(reason) }

// Status returns everything there is to know about the machine between two events.
func (m *Core[S, D]) Status() Status[S, D] {
	s := m.machine.status()
	s.Suspended = m.mailbox.suspended
	return s
}

package statem

import (
	"fmt"

	fsm "github.com/fsmgen/fsmgen/runtime"
	"github.com/fsmgen/fsmgen/runtime/internal/engine"
)

// callbackMachine is the [engine.Stepper] of a machine written by hand. It adapts a [Callback] to an
// [engine.Engine].
type callbackMachine[S comparable, D any] struct {
	engine     engine.Engine
	live       *Live[S, D] // nil in a Core
	state      S
	data       D
	callbacks  []*Callback[S, D] // the last one is the current one
	initResult *Result[S, D]     // the result of Init, until its actions have been done
}

// callback returns the current callback.
func (m *callbackMachine[S, D]) callback() *Callback[S, D] { return m.callbacks[len(m.callbacks)-1] }

// open initializes the engine with c as the code of the machine. [callbackMachine.begin] comes
// after the engine has its clock.
func (m *callbackMachine[S, D]) open(c *Callback[S, D]) {
	m.engine.InitCallback(c.Name, m.stateName)
	m.callbacks = []*Callback[S, D]{c}
}

// begin runs Init. The first event of the queue does its actions.
func (m *callbackMachine[S, D]) begin() error {
	var res Result[S, D]
	if err := m.callInit(Turn[S, D]{}, &res); err != nil {
		return err
	}
	switch res.verdict {
	case verdictNext:
		m.state, m.data, m.initResult = res.state, res.data, &res
		m.engine.QueueInit()
		return nil
	case verdictStop:
		return &fsm.StoppedError{Machine: m.name(), Cause: res.reason}
	case verdictIgnore:
		return ErrIgnored
	default:
		return m.ruleError(ErrBadResult)
	}
}

// abandon ends a machine after Init has returned no machine. Terminate is not called (R088). No
// step is reported. A goroutine that got hold of the server during Init gets err.
func (m *callbackMachine[S, D]) abandon(err error) {
	m.callbacks = nil
	m.engine.Mute()
	m.crash(err)
}

// Step runs one event to completion. The error is always [fsm.ErrLater]: the actions send the replies.
func (m *callbackMachine[S, D]) Step(event engine.Event) (any, error) {
	ev := Event(event)
	t := callbackStep[S, D]{machine: m, state: m.state, data: m.data, initial: m.initResult != nil}
	t.turn.State, t.turn.Data, t.turn.Event, t.turn.machine = m.state, m.data, ev, m
	t.run()
	if !t.initial {
		m.reportStep(ev, t.postpone, t.state)
	}
	m.engine.EndCallback(t.postpone, t.state != m.state)
	m.state, m.data = t.state, t.data
	return nil, fsm.ErrLater
}

// Terminate calls Terminate of the callback. If that panics, the panic replaces the reason of the
// end (R082).
func (m *callbackMachine[S, D]) Terminate(reason error) {
	if len(m.callbacks) == 0 || m.callback().Terminate == nil {
		return
	}
	if err := m.callTerminate(reason); err != nil {
		m.crash(err)
	}
}

// crash ends the machine because of err, which comes from a panic or a broken rule. The
// [fsm.StoppedError] of [Exit] is replaced by its cause, because the engine wraps the reason again.
func (m *callbackMachine[S, D]) crash(err error) {
	reason := err
	if stopped, ok := err.(*fsm.StoppedError); ok {
		reason = stopped.Cause
	}
	m.engine.Crash(reason, err)
}

// exit is the value that [Exit] panics with.
type exit struct{ reason error }

// Exit ends the machine from any depth of the calls of a [Callback], with reason. As after a panic,
// the changes of the callback to its copy of the data are discarded. Exit records no stack trace:
// it is not a fault (R078).
func Exit(reason error) { panic(exit{reason}) }

// recoverInto turns a panic of a function of the callback into the error that ends the machine. Its
// caller defers it.
func (m *callbackMachine[S, D]) recoverInto(err *error, function string, ev *Event) {
	switch v := recover().(type) {
	case nil:
	case exit:
		*err = &fsm.StoppedError{Machine: m.name(), Cause: v.reason}
	default:
		crash := engine.NewPanicError(m.name(), v)
		crash.State, crash.Hook = m.stateName(), function
		if ev != nil {
			crash.Event = eventName(*ev)
		}
		*err = crash
	}
}

// The following methods call one function of the callback each. If the function panics, *res stays
// as it was.

func (m *callbackMachine[S, D]) callInit(x Turn[S, D], res *Result[S, D]) (err error) {
	defer m.recoverInto(&err, "Init", nil)
	x.machine = m
	*res = m.callback().Init(x)
	return nil
}

func (m *callbackMachine[S, D]) callHandle(x *Turn[S, D], res *Result[S, D]) (err error) {
	defer m.recoverInto(&err, "Handle", &x.Event)
	*res = m.callback().Handle(*x)
	return nil
}

func (m *callbackMachine[S, D]) callEnter(x Turn[S, D], from S, res *Result[S, D]) (err error) {
	defer m.recoverInto(&err, "Enter", nil)
	x.machine = m
	*res = m.callback().Enter(x, from)
	return nil
}

func (m *callbackMachine[S, D]) callTerminate(reason error) (err error) {
	defer m.recoverInto(&err, "Terminate", nil)
	m.callback().Terminate(m.state, m.data, reason)
	return nil
}

// ruleError returns the error for a callback that broke a rule; err says which rule.
func (m *callbackMachine[S, D]) ruleError(err error) error {
	return &CallbackError{Machine: m.name(), State: m.stateName(), Err: err}
}

// name returns the name of the machine.
func (m *callbackMachine[S, D]) name() string { return m.engine.Info().Machine }

// stateName returns the name of the current state.
func (m *callbackMachine[S, D]) stateName() string { return fmt.Sprint(m.state) }

// reportStep reports a step to the observers.
func (m *callbackMachine[S, D]) reportStep(ev Event, postponed bool, to S) {
	if !m.engine.Watched() {
		return
	}
	kind := fsm.StepAccepted
	if postponed {
		kind = fsm.StepPostponed
	}
	m.engine.ReportStep(kind, m.stateName(), eventName(ev), fmt.Sprint(to), to != m.state)
}

// eventName returns the name of an event of a machine written by hand: the content if it is a
// string, otherwise its type.
func eventName(ev Event) string {
	switch content := ev.Content.(type) {
	case string:
		return content
	case nil:
		return ev.Kind.String()
	default:
		return fmt.Sprintf("%T", content)
	}
}

package runtime

import "fmt"

// hand is a machine written by hand, as an [Engine] drives it.
type callbackMachine[S comparable, D any] struct {
	engine     Engine
	state      S
	data       D
	callbacks  []*Callback[S, D] // the last one is the current one
	initResult *Result[S, D]     // what Init said, until its actions have been done
}

func (m *callbackMachine[S, D]) callback() *Callback[S, D] { return m.callbacks[len(m.callbacks)-1] }

// open makes c the code of the machine, which [hand.begin] begins.
func (m *callbackMachine[S, D]) open(c *Callback[S, D], clock *Clock) {
	m.engine.Init(&Info{Machine: c.Name, stateName: m.stateName}, clock, 0)
	m.engine.ensureExt()
	m.callbacks = []*Callback[S, D]{c}
}

// begin runs Init. Its actions are done by the first event of the queue.
func (m *callbackMachine[S, D]) begin() error {
	var res Result[S, D]
	if err := m.callInit(Turn[S, D]{}, &res); err != nil {
		return err
	}
	switch res.verdict {
	case verdictNext:
		m.state, m.data, m.initResult = res.state, res.data, &res
		m.engine.queueInit()
		return nil
	case verdictStop:
		return &StoppedError{Machine: m.engine.info.Machine, Cause: res.reason}
	case verdictIgnore:
		return ErrIgnored
	default:
		return m.ruleError(ErrBadResult)
	}
}

// abandon ends a machine that Init did not want. It never was: Terminate is not called (R088), and nobody sees its end but
// those who have got hold of it already.
func (m *callbackMachine[S, D]) abandon(err error) {
	m.callbacks = nil
	m.engine.flags &^= flagWatched
	m.crash(err)
}

// Step runs one event to completion.
func (m *callbackMachine[S, D]) Step(ev Event) (any, error) {
	t := callbackStep[S, D]{machine: m, state: m.state, data: m.data, initial: m.initResult != nil}
	t.turn.State, t.turn.Data, t.turn.Event, t.turn.engine = m.state, m.data, ev, &m.engine
	t.run()
	if !t.initial {
		m.reportStep(ev, t.postpone, t.state)
	}
	m.engine.ext.postpone, m.engine.ext.changed = t.postpone, t.state != m.state
	m.state, m.data = t.state, t.data
	return nil, ErrLater
}

// Terminate contains its own crash, which replaces the reason (R082).
func (m *callbackMachine[S, D]) Terminate(reason error) {
	if len(m.callbacks) == 0 || m.callback().Terminate == nil {
		return
	}
	if err := m.callTerminate(reason); err != nil {
		m.crash(err)
	}
}

// crash ends the machine because of err, which invoke or a broken rule gave. Who left by [Exit] leaves no error of his own.
func (m *callbackMachine[S, D]) crash(err error) {
	reason := err
	if stopped, ok := err.(*StoppedError); ok {
		reason = stopped.Cause
	}
	m.engine.crash(reason, err)
}

// exit is what [Exit] panics with.
type exit struct{ reason error }

// Exit ends the machine from the depth of a [Callback], with reason. Like a panic it loses what the callback did to its
// copy of the data; unlike one it needs no stack trace, since nothing is wrong (R078).
func Exit(reason error) { panic(exit{reason}) }

// contain turns a panic of the callback into the error that it ends the machine with. It is deferred.
func (m *callbackMachine[S, D]) recoverInto(err *error) {
	switch v := recover().(type) {
	case nil:
	case exit:
		*err = &StoppedError{Machine: m.engine.info.Machine, Cause: v.reason}
	default:
		*err = newPanicError(m.engine.info.Machine, v)
	}
}

// init, handle and enter call the callback. If it panics they leave res as it was.

func (m *callbackMachine[S, D]) callInit(x Turn[S, D], res *Result[S, D]) (err error) {
	defer m.recoverInto(&err)
	x.engine = &m.engine
	*res = m.callback().Init(x)
	return nil
}

func (m *callbackMachine[S, D]) callHandle(x *Turn[S, D], res *Result[S, D]) (err error) {
	defer m.recoverInto(&err)
	*res = m.callback().Handle(*x)
	return nil
}

func (m *callbackMachine[S, D]) callEnter(x Turn[S, D], from S, res *Result[S, D]) (err error) {
	defer m.recoverInto(&err)
	x.engine = &m.engine
	*res = m.callback().Enter(x, from)
	return nil
}

func (m *callbackMachine[S, D]) callTerminate(reason error) (err error) {
	defer m.recoverInto(&err)
	m.callback().Terminate(m.state, m.data, reason)
	return nil
}

func (m *callbackMachine[S, D]) ruleError(err error) error {
	return &CallbackError{Machine: m.engine.info.Machine, State: m.stateName(), Err: err}
}

func (m *callbackMachine[S, D]) stateName() string { return fmt.Sprint(m.state) }

// note reports a step to those who look.
func (m *callbackMachine[S, D]) reportStep(ev Event, postponed bool, to S) {
	if !m.engine.Watched() {
		return
	}
	s := stepRecord{kind: StepAccepted, transition: -1, from: m.stateName(), event: eventName(ev), to: fmt.Sprint(to), left: to != m.state}
	if postponed {
		s.kind = StepPostponed
	}
	m.engine.report(&s)
}

// eventName is what people call an event of a machine written by hand: its text if it is one, else its type.
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

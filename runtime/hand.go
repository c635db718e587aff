package runtime

import "fmt"

// hand is a machine written by hand, as an [Engine] drives it.
type hand[S comparable, D any] struct {
	engine    Engine
	state     S
	data      D
	callbacks []*Callback[S, D] // the last one is the current one
	begun     *Result[S, D]     // what Init said, until its actions have been done
}

func (h *hand[S, D]) callback() *Callback[S, D] { return h.callbacks[len(h.callbacks)-1] }

// open makes c the code of the machine, which [hand.begin] begins.
func (h *hand[S, D]) open(c *Callback[S, D], clock *Clock) {
	h.engine.Init(&Info{Machine: c.Name, stateName: h.stateName}, clock, 0)
	h.engine.more()
	h.callbacks = []*Callback[S, D]{c}
}

// begin runs Init. Its actions are done by the first event of the queue.
func (h *hand[S, D]) begin() error {
	var res Result[S, D]
	if err := h.init(Turn[S, D]{}, &res); err != nil {
		return err
	}
	switch res.verdict {
	case verdictNext:
		h.state, h.data, h.begun = res.state, res.data, &res
		h.engine.begin()
		return nil
	case verdictStop:
		return &StoppedError{Machine: h.engine.info.Machine, Cause: res.reason}
	case verdictIgnore:
		return ErrIgnored
	default:
		return h.broken(ErrBadResult)
	}
}

// abandon ends a machine that Init did not want. It never was: Terminate is not called (R088), and nobody sees its end but
// those who have got hold of it already.
func (h *hand[S, D]) abandon(err error) {
	h.callbacks = nil
	h.engine.hot &^= hotWatched
	h.crash(err)
}

// Step runs one event to completion.
func (h *hand[S, D]) Step(ev Event) (any, error) {
	t := transition[S, D]{h: h, state: h.state, data: h.data, first: h.begun != nil}
	t.turn.State, t.turn.Data, t.turn.Event, t.turn.engine = h.state, h.data, ev, &h.engine
	t.run()
	if !t.first {
		h.note(ev, t.postpone, t.state)
	}
	h.engine.rest.postpone, h.engine.rest.changed = t.postpone, t.state != h.state
	h.state, h.data = t.state, t.data
	return nil, ErrLater
}

// Terminate contains its own crash, which replaces the reason (R082).
func (h *hand[S, D]) Terminate(reason error) {
	if len(h.callbacks) == 0 || h.callback().Terminate == nil {
		return
	}
	if err := h.terminate(reason); err != nil {
		h.crash(err)
	}
}

// crash ends the machine because of err, which invoke or a broken rule gave. Who left by [Exit] leaves no error of his own.
func (h *hand[S, D]) crash(err error) {
	reason := err
	if stopped, ok := err.(*StoppedError); ok {
		reason = stopped.Cause
	}
	h.engine.crash(reason, err)
}

// exit is what [Exit] panics with.
type exit struct{ reason error }

// Exit ends the machine from the depth of a [Callback], with reason. Like a panic it loses what the callback did to its
// copy of the data; unlike one it needs no stack trace, since nothing is wrong (R078).
func Exit(reason error) { panic(exit{reason}) }

// contain turns a panic of the callback into the error that it ends the machine with. It is deferred.
func (h *hand[S, D]) contain(err *error) {
	switch v := recover().(type) {
	case nil:
	case exit:
		*err = &StoppedError{Machine: h.engine.info.Machine, Cause: v.reason}
	default:
		*err = newPanicError(h.engine.info.Machine, v)
	}
}

// init, handle and enter call the callback. If it panics they leave res as it was.

func (h *hand[S, D]) init(x Turn[S, D], res *Result[S, D]) (err error) {
	defer h.contain(&err)
	x.engine = &h.engine
	*res = h.callback().Init(x)
	return nil
}

func (h *hand[S, D]) handle(x *Turn[S, D], res *Result[S, D]) (err error) {
	defer h.contain(&err)
	*res = h.callback().Handle(*x)
	return nil
}

func (h *hand[S, D]) enter(x Turn[S, D], from S, res *Result[S, D]) (err error) {
	defer h.contain(&err)
	x.engine = &h.engine
	*res = h.callback().Enter(x, from)
	return nil
}

func (h *hand[S, D]) terminate(reason error) (err error) {
	defer h.contain(&err)
	h.callback().Terminate(h.state, h.data, reason)
	return nil
}

func (h *hand[S, D]) broken(err error) error {
	return &CallbackError{Machine: h.engine.info.Machine, State: h.stateName(), Err: err}
}

func (h *hand[S, D]) stateName() string { return fmt.Sprint(h.state) }

// note reports a step to those who look.
func (h *hand[S, D]) note(ev Event, postponed bool, to S) {
	if !h.engine.Watched() {
		return
	}
	s := sight{kind: StepAccepted, transition: -1, from: h.stateName(), event: eventName(ev), to: fmt.Sprint(to), left: to != h.state}
	if postponed {
		s.kind = StepPostponed
	}
	h.engine.report(&s)
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

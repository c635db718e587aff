package simulate

import (
	"slices"

	"github.com/fsmgen/fsmgen/runtime/statem"
	"github.com/fsmgen/fsmgen/spec"
)

// occurrence is the content of an event of the core, but for a [finale].
type occurrence interface{ happen(t *turn) }

// message is an event that was sent or raised.
type message struct {
	event   *spec.Event
	payload Values
}

func (o *message) happen(t *turn) {
	t.event, t.payload = o.event, o.payload
	if t.pending != nil { // what a resumed machine has postponed before
		t.actions = append(t.actions, statem.Postpone(true))
		return
	}
	t.react(spec.Trigger{Kind: spec.OnEvent, Event: o.event})
}

// expiry is a timer that has expired.
type expiry struct {
	trigger spec.Trigger
	seen    bool // it has been delivered before, and was postponed
}

func (o *expiry) happen(t *turn) {
	t.payload, t.event = Values{}, o.trigger.Event
	if o.trigger.Kind == spec.OnEvent && o.trigger.Event.Timer.Every && !o.seen {
		t.startNamed(o.trigger.Event.Timer)
	}
	o.seen = true
	t.react(o.trigger)
}

// completion says that a compound state is in a final child.
type completion struct {
	state *spec.State
	stay  int
}

func (o *completion) happen(t *turn) {
	t.payload = Values{}
	if !o.state.Contains(t.leaf) || t.stays[o.state] != o.stay {
		t.note(Entry{Kind: Dropped, Name: o.state.Name + " done", State: t.leaf.Name})
		t.keepEventTimeout()
		return
	}
	t.react(spec.Trigger{Kind: spec.OnDone, State: o.state})
}

// keepEventTimeout lets the event time-out run on, which any event stops: one that is dropped counts for none.
func (t *turn) keepEventTimeout() {
	for _, running := range t.core.Status().Timeouts {
		if running.Timer == statem.EventTimer() {
			t.actions = append(t.actions, running.Timer.At(running.Deadline, running.Content))
		}
	}
}

// conclusion is the result of an invoke that is on.
type conclusion struct {
	trigger spec.Trigger
	payload Values
}

func (o *conclusion) happen(t *turn) {
	t.payload = o.payload
	t.react(o.trigger)
}

// finale ends the machine, for a reason unless that is its normal end.
type finale struct{ reason error }

// arming starts the timers of a resumed machine.
type arming struct{ timers []Timer }

func (o arming) happen(t *turn) {
	for _, timer := range o.timers {
		t.actions = append(t.actions, timer.key().After(timer.Left, &expiry{trigger: timer.Trigger}))
	}
}

// Finish ends an invoke that is on, with the fields of its result, or with an error. Of several of one name it is the
// one that began first, unless the name says of which state: start@connecting.
func (m *Machine) Finish(invoke string, result Values, err error) error {
	v := m.running(invoke)
	if v == nil {
		e := &InvokeError{Invoke: invoke}
		for _, on := range m.invokes {
			e.Want = append(e.Want, on.Src.Value)
		}
		return e
	}
	m.Conclude(v, result, err)
	return nil
}

// running returns the invoke that is on that a name stands for, or nil.
func (m *Machine) running(name string) *spec.Invocation {
	for _, v := range m.invokes {
		if v.Src.Value == name || v.Src.Value+"@"+m.owner(v).Name == name {
			return v
		}
	}
	return nil
}

// Conclude is [Machine.Finish] for one of [Machine.Invokes]: two of one name may be on.
func (m *Machine) Conclude(v *spec.Invocation, result Values, err error) {
	m.invokes = slices.DeleteFunc(slices.Clone(m.invokes), func(other *spec.Invocation) bool { return other == v })
	c := &conclusion{trigger: spec.Trigger{Kind: spec.OnInvokeDone, State: m.owner(v), Invoke: v}, payload: result.clone()}
	if err != nil {
		c.trigger.Kind, c.payload = spec.OnInvokeError, Values{"error": err}
	}
	m.note(Entry{Kind: Returned, Name: v.Src.Value, Value: err})
	_ = m.core.Send(statem.Event{Kind: statem.KindInfo, Content: c}) // fails only if the machine has ended: then nothing is on
	m.run()
}

// Invokes returns the invokes that are on, in the order in which they began.
func (m *Machine) Invokes() []*spec.Invocation { return slices.Clone(m.invokes) }

// owner returns the state that declares an invoke.
func (m *Machine) owner(v *spec.Invocation) *spec.State {
	for s := range m.spec.All() {
		if slices.Contains(s.Invokes, v) {
			return s
		}
	}
	return nil
}

package interp

import (
	"slices"

	fsm "github.com/fsmgen/fsmgen/runtime"
	"github.com/fsmgen/fsmgen/spec"
)

// callerField is the payload field by which an action takes the caller.
const callerField = "caller"

// reply answers the event that an arm is taken for, in the leaf that it is taken in.
func (t *turn) reply(a *spec.Arm) {
	switch {
	case a.Reply != nil:
		t.answer(t.oracle.Reply(t.question(a.Reply.Hook)))
	case !a.Later:
		t.noReply()
	}
}

// noReply answers an event that promises no value, and tells the sender of a call that there is none.
func (t *turn) noReply() {
	if t.event == nil {
		return
	}
	if t.event.Call.Value == "" {
		t.answer(nil)
		return
	}
	t.fail(&fsm.NoReplyError{Machine: t.spec.Name.Value, State: t.leaf.Name, Event: t.event.Name})
}

// reject tells the sender that nobody takes the event.
func (t *turn) reject(trigger spec.Trigger, refused bool) {
	t.note(Entry{Kind: Rejected, Name: Name(trigger), State: t.leaf.Name, Refused: refused})
	t.fail(&fsm.UnhandledError{
		Machine: t.spec.Name.Value, State: t.leaf.Name, Event: t.event.Name, Refused: refused, Allowed: t.allowed(t.leaf),
	})
}

func (t *turn) answer(value any) {
	if t.from != nil {
		t.replies = append(t.replies, fsm.Reply(t.from, value))
	}
}

func (t *turn) fail(err error) {
	if t.from != nil {
		t.replies = append(t.replies, fsm.ReplyError(t.from, err))
	}
}

// caller takes the caller of the event for a later reply.
func (t *turn) caller() *Caller {
	for _, c := range t.callers {
		if c.from == t.from {
			return c
		}
	}
	c := &Caller{Event: t.event, from: t.from}
	t.callers = append(t.callers, c)
	return c
}

// allowed are the events that a leaf has a use for.
func (m *Machine) allowed(leaf *spec.State) []string {
	var names []string
	for _, ev := range m.spec.Events {
		if c := m.spec.Cell(leaf, ev); len(c.Arms) > 0 || c.End != spec.Rejected {
			names = append(names, ev.Name)
		}
	}
	return names
}

// answered notes what a caller gets, and forgets him.
func (m *Machine) answered(ev *spec.Event, from *fsm.From, value any, err error) {
	m.callers = slices.DeleteFunc(m.callers, func(c *Caller) bool { return c.from == from })
	if ev.Call.Value == "" {
		return
	}
	e := Entry{Kind: Replied, Name: ev.Name, Value: value}
	if err != nil {
		e.Value = err
	}
	m.note(e)
}

package golang

import (
	"fmt"
	"slices"

	"github.com/fsmgen/fsmgen/spec"
)

// trigger is a cause for a machine to look at transitions: an event, a time, the end of an invoke.
type trigger struct {
	spec.Trigger
	at      *state  // the state that waits for it; nil for an event
	label   string  // "button", "after open_time", "onDone serving"
	name    string  // Button, AfterOpenTime, ServingDone
	id      string  // eventButton; triggers of one label share theirs
	content string  // ButtonEvent, the type of what the runtime passes on; empty for an invoke and for always
	timer   string  // timerUnlockedOpenTime, the number of its timer; empty if it has none
	on      string  // onButton, the method with the switch over the states; empty of what one state waits for
	fields  []field // of the payload
	reply   string  // the Go type of the reply; empty if there is none
	later   bool    // some transition keeps the caller and answers it later
	retries bool    // some transition changes the state and has it tried again there
	cells   []*cell // of the states that say something of it, in the order of the spec

	reactions []*reaction // of the leaves that have a use for it, in the order of the spec
}

// isSent reports whether the trigger is an event that callers send.
func (t *trigger) isSent() bool { return t.Kind == spec.OnEvent && t.Event.Timer == nil }

// length returns the duration of the timer of the trigger; nil if it has none.
func (t *trigger) length() *spec.Length {
	switch {
	case t.Timer != nil:
		return &t.Timer.Length
	case t.Event != nil && t.Event.Timer != nil:
		return &t.Event.Timer.Length
	default:
		return nil
	}
}

func (p *plan) planTriggers(taken *claims) {
	waits := map[string]bool{} // the numbers that are claimed, which several states may share
	for key := range p.spec.Triggers() {
		t := p.newTrigger(taken, key)
		switch {
		case t.Kind == spec.OnEvent:
			taken.claim("", t.id, t.what(), t.pos())
		case t.id != "" && !waits[t.id]:
			waits[t.id] = true
			taken.claim("", t.id, t.what(), t.pos())
		}
	}
}

func (p *plan) newTrigger(taken *claims, key spec.Trigger) *trigger {
	t := &trigger{Trigger: key, at: p.byState[key.State]}
	switch key.Kind {
	case spec.OnEvent:
		p.planEvent(taken, t)
	case spec.OnAlways:
		t.label, t.name = "always", "Always"
	default:
		t.planWait()
		p.claimWait(taken, t)
	}
	if t.at != nil {
		t.at.waits = append(t.at.waits, t)
	}
	p.triggers = append(p.triggers, t)
	p.byTrigger[key] = t
	return t
}

func (p *plan) planEvent(taken *claims, t *trigger) {
	ev := t.Event
	name, what := spec.GoName(ev.Name), t.what()
	t.label, t.name, t.reply, t.id = ev.Name, name, ev.Call.Value, "event"+name
	t.retries = p.isRetried(ev)
	t.on = taken.claim("Machine", "on"+name, what, ev.Pos)
	for _, f := range ev.Payload {
		t.fields = append(t.fields, newField(f))
	}
	if ev.Timer != nil {
		t.content = taken.claim("", spec.GoLocal(ev.Name)+"Timer", what, ev.Pos)
		t.timer = taken.claim("", "timer"+name, what, ev.Pos)
		return
	}
	t.content = taken.claim("", name+"Event", what, ev.Pos)
	p.claimMethods(taken, t)
	if t.later = p.answersLater(ev); t.later {
		taken.claim("Machine", name+"Then", what, ev.Pos)
		caller := taken.claim("", name+"Caller", what, ev.Pos)
		t.fields = append(t.fields, field{Field: &spec.Field{Name: callerField, Type: spec.Text{Value: caller}}, local: callerField})
	}
}

// claimMethods claims the names of the methods of an event.
func (p *plan) claimMethods(taken *claims, t *trigger) {
	scopes := []string{"Machine"}
	if p.spec.Emits(spec.PartServer) {
		scopes = append(scopes, "Server")
		taken.claim("Server", t.direct(), t.what(), t.pos())
		if t.reply == "" {
			taken.claim("Server", "Cast"+t.name, t.what(), t.pos())
		}
	}
	for _, scope := range scopes {
		taken.claim(scope, t.name, t.what(), t.pos())
		if p.spec.Emits(spec.PartCan) {
			taken.claim(scope, "Can"+t.name, t.what(), t.pos())
		}
		if p.spec.Emits(spec.PartWould) {
			taken.claim(scope, "Would"+t.name, t.what(), t.pos())
		}
	}
}

// replyFails reports whether some transition has a reply that may fail.
func (p *plan) replyFails(ev *spec.Event) bool {
	return p.someTransition(ev, func(a *spec.Transition) bool { return a.Reply != nil && a.Reply.Hook.Fails })
}

// answersLater reports whether some transition keeps the caller of an event.
func (p *plan) answersLater(ev *spec.Event) bool {
	return p.someTransition(ev, func(a *spec.Transition) bool { return a.Later })
}

// isRetried reports whether some transition changes the state and has an event tried again there.
func (p *plan) isRetried(ev *spec.Event) bool {
	return p.someTransition(ev, func(a *spec.Transition) bool { return a.Postpone })
}

// someTransition reports whether some transition for an event, choices resolved, is as asked.
func (p *plan) someTransition(ev *spec.Event, is func(*spec.Transition) bool) bool {
	any := func(a *spec.Transition) bool {
		for way := range alternatives(a) {
			if is(way) {
				return true
			}
		}
		return false
	}
	for s := range p.spec.All() {
		for _, h := range s.On {
			if (h.Event.Event == ev || h.Any()) && slices.ContainsFunc(h.Transitions, any) {
				return true
			}
		}
	}
	return false
}

// planWait names what a state waits for.
func (t *trigger) planWait() {
	state := spec.GoName(t.State.Name)
	switch t.Kind {
	case spec.OnEvery:
		length := lengthName(&t.Timer.Length)
		t.label, t.name, t.id = "every "+t.Timer.Value, "Every"+length, "eventEvery"+length
		t.content, t.timer = "every"+state+length, "timer"+state+"Every"+length
	case spec.OnAfter:
		length := lengthName(&t.Timer.Length)
		t.label, t.name, t.id = "after "+t.Timer.Value, "After"+length, "eventAfter"+length
		t.content, t.timer = "after"+state+length, "timer"+state+length
	case spec.OnEventTimeout:
		t.label, t.name, t.id = "event_timeout "+t.Timer.Value, "EventTimeout", "eventTimeout"+lengthName(&t.Timer.Length)
		t.content, t.timer = "timeout"+state, "timer"+state+"EventTimeout"
	case spec.OnDone:
		t.label, t.name, t.id = "onDone "+t.State.Name, state+"Done", "eventOnDone"+state
		t.content = "done" + state
	case spec.OnInvokeDone:
		name := invokeName(t.State, t.Invoke)
		t.label, t.name, t.id = "onDone "+t.Invoke.Src.Value, name+"Done", "eventOnDone"+name
		for _, f := range t.Invoke.Src.Hook.Result {
			t.fields = append(t.fields, newField(f))
		}
	case spec.OnInvokeError:
		name := invokeName(t.State, t.Invoke)
		t.label, t.name, t.id = "onError "+t.Invoke.Src.Value, name+"Error", "eventOnError"+name
		t.fields = []field{errorField()}
	}
}

// claimWait claims the Go names of what a state waits for.
func (p *plan) claimWait(taken *claims, t *trigger) {
	what, pos := t.what(), t.pos()
	if t.content != "" {
		taken.claim("", t.content, what, pos)
	}
	if t.timer != "" {
		taken.claim("", t.timer, what, pos)
	}
}

// suffix is the name of a trigger behind that of the state that waits for it.
func (t *trigger) suffix() string {
	if t.Kind == spec.OnDone {
		return "OnDone"
	}
	return t.name
}

// handler is the method that handles the trigger: the switch over the states, or the cell of the state that waits for it; empty
// if nothing does.
func (t *trigger) handler() string {
	if t.on == "" && len(t.cells) == 1 {
		return t.cells[0].method
	}
	return t.on
}

// pos returns the first place of the spec that handles the trigger.
func (t *trigger) pos() spec.Pos {
	switch t.Kind {
	case spec.OnEvent:
		return t.Event.Pos
	case spec.OnAfter, spec.OnEvery, spec.OnEventTimeout:
		return t.Timer.Pos
	case spec.OnAlways:
		return t.State.Always[0].Pos
	case spec.OnDone:
		return t.State.OnDone[0].Pos
	default:
		return t.Invoke.Pos
	}
}

// what is a trigger in the words of a finding.
func (t *trigger) what() string {
	switch t.Kind {
	case spec.OnEvent:
		if t.Event.Timer != nil {
			return "timer " + t.Event.Name
		}
		return "event " + t.Event.Name
	case spec.OnEvery:
		return fmt.Sprintf("period %s of state %s", t.Timer.Value, t.State.Name)
	case spec.OnAfter:
		return fmt.Sprintf("time-out %s of state %s", t.Timer.Value, t.State.Name)
	default:
		return fmt.Sprintf("%s of state %s", t.label, t.State.Name)
	}
}

// key is the name of a timer in logs and snapshots: "unlocked after open_time".
func (t *trigger) key() string {
	switch {
	case t.at == nil:
		return t.label
	case t.Kind == spec.OnAfter || t.Kind == spec.OnEvery:
		return t.at.Name + " " + t.Timer.StoredKey()
	default:
		return t.at.Name + " event_timeout"
	}
}

// direct is the method of the server that handles the event at once.
func (t *trigger) direct() string { return spec.GoLocal(t.Event.Name) + "Direct" }

// lengthName returns a duration as a part of Go names: OpenTime, 2s, 1500ms.
func lengthName(l *spec.Length) string {
	if l.Param != nil {
		return spec.GoName(l.Param.Name)
	}
	count, unit := wholeUnits(l.Duration)
	return fmt.Sprintf("%d%s", count, unit.short)
}

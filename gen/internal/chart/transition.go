package chart

import (
	"fmt"
	"iter"
	"strings"

	"github.com/fsmgen/fsmgen/spec"
)

// Transition is a transition that a state declares, or one outcome of a transition that chooses.
type Transition struct {
	// ID names the transition in its machine, and keeps doing so while the transitions of its cell stay as they are:
	// busy-checkin_err, then busy-checkin_err-2 for the second transition of the cell. It has letters, digits, `_` and `-`.
	ID     string
	Source *spec.State
	Kind   spec.TriggerKind
	// Name is the trigger as the spec writes it: an event, `*`, a time, the name of an invoke. It is empty for the
	// kinds of which a state has one.
	Name string
	Spec *spec.Transition // never chooses

	Choice  *spec.Transition // the transition that chooses between this outcome and others; nil for a transition of the state itself
	Outcome string
}

// Transitions yields every transition of a machine, state by state, in the order of the spec.
func Transitions(m *spec.Machine) iter.Seq[Transition] {
	return func(yield func(Transition) bool) {
		for s := range m.All() {
			for _, t := range Of(s) {
				if !yield(t) {
					return
				}
			}
		}
	}
}

// Of returns the transitions of a state, those of one trigger in the order in which they are tried: events, times,
// `always`, `onDone`, invokes.
func Of(s *spec.State) []Transition {
	c := cells{state: s}
	for _, h := range s.On {
		c.add(spec.OnEvent, h.Event.Value, h.Transitions)
	}
	for _, t := range s.Times() {
		c.add(t.Trigger(s).Kind, t.Value, t.Transitions)
	}
	if t := s.EventTimeout; t != nil {
		c.add(spec.OnEventTimeout, t.Value, t.Transitions)
	}
	c.add(spec.OnAlways, "", s.Always)
	c.add(spec.OnDone, "", s.OnDone)
	for _, v := range s.Invokes {
		c.add(spec.OnInvokeDone, v.Src.Value, v.OnDone)
		c.add(spec.OnInvokeError, v.Src.Value, v.OnError)
	}
	return c.all
}

// cells collects the transitions of a state.
type cells struct {
	state *spec.State
	all   []Transition
}

func (c *cells) add(kind spec.TriggerKind, name string, transitions []*spec.Transition) {
	t := Transition{Source: c.state, Kind: kind, Name: name}
	base := idPart(c.state.Name) + "-" + t.idTrigger()
	for i, a := range transitions {
		if t.ID = base; i > 0 {
			t.ID = fmt.Sprintf("%s-%d", base, i+1)
		}
		t.Spec = a
		if a.Choose != nil {
			c.addOutcomes(t)
			continue
		}
		c.all = append(c.all, t)
	}
}

func (c *cells) addOutcomes(t Transition) {
	t.Choice = t.Spec
	base := t.ID
	for _, o := range t.Choice.Choose.Outcomes {
		t.ID, t.Spec, t.Outcome = base+"-"+idPart(o.Value), o.Transition, o.Value
		c.all = append(c.all, t)
	}
}

// idTrigger is the trigger as a part of an ID.
func (t Transition) idTrigger() string {
	switch t.Kind {
	case spec.OnAfter:
		return "after-" + idPart(t.Name)
	case spec.OnEvery:
		return "every-" + idPart(t.Name)
	case spec.OnEventTimeout:
		return "event_timeout"
	case spec.OnAlways:
		return "always"
	case spec.OnDone:
		return "done"
	case spec.OnInvokeDone:
		return idPart(t.Name) + "-done"
	case spec.OnInvokeError:
		return idPart(t.Name) + "-error"
	default:
		return idPart(t.Name)
	}
}

// idPart is a name, or `any` for `*`, or a time such as 1.5s, as a part of an ID.
func idPart(name string) string {
	if name == "*" {
		return "any"
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '_':
			return r
		default:
			return '_'
		}
	}, name)
}

// Trigger returns the trigger of the transition as a label has it. It is empty for an `always`.
func (t Transition) Trigger() string {
	switch t.Kind {
	case spec.OnAfter:
		return "after " + t.Name
	case spec.OnEvery:
		return "every " + t.Name
	case spec.OnEventTimeout:
		return "event_timeout " + t.Name
	case spec.OnAlways:
		return ""
	case spec.OnDone:
		return "done"
	case spec.OnInvokeDone:
		return t.Name + " done"
	case spec.OnInvokeError:
		return t.Name + " error"
	default:
		return t.Name
	}
}

// label is the transition as one line: trigger [guard] / effects. That of an outcome has the outcome as its trigger.
func (t Transition) label() string {
	if t.Choice != nil {
		return withEffects(t.Outcome, t.Spec) + stays(t.Spec)
	}
	return withEffects(withGuard(t.Trigger(), t.Spec), t.Spec)
}

// choiceLabel is the way to the diamond of a transition that chooses.
func (t Transition) choiceLabel() string {
	return join(withGuard(t.Trigger(), t.Choice), " / ", "choose "+t.Choice.Choose.Src.Value)
}

// boxLabel is the label of a transition without a target. In a box nothing shows that a line without a trigger is one.
func (t Transition) boxLabel() string {
	if t.Kind == spec.OnAlways {
		return join("always", " ", t.label())
	}
	return t.label()
}

func withGuard(trigger string, a *spec.Transition) string {
	if a.Guard == nil {
		return trigger
	}
	return join(trigger, " ", "["+a.Guard.Value+"]")
}

func withEffects(text string, a *spec.Transition) string {
	if effects := Effects(a); len(effects) > 0 {
		text = join(text, " ", "/ "+strings.Join(effects, ", "))
	}
	if a.Reenter {
		text = join(text, " ", "(reenter)")
	}
	return text
}

// stays marks an outcome without a target: its arrow leads back to the state, which is not left.
func stays(a *spec.Transition) string {
	if a.To == nil {
		return " (stays)"
	}
	return ""
}

// Effects returns the effects of a transition apart from the change of state, in their order.
func Effects(a *spec.Transition) []string {
	effects := HookNames(a.Actions)
	for _, timers := range []struct {
		word string
		refs []*spec.TimerRef
	}{{"cancel ", a.Cancel}, {"start ", a.Start}, {"update ", a.Update}} {
		for _, r := range timers.refs {
			effects = append(effects, timers.word+r.Value)
		}
	}
	for _, r := range a.Raise {
		effects = append(effects, "raise "+r.Value)
	}
	switch {
	case a.Postpone:
		effects = append(effects, "postpone")
	case a.Later:
		effects = append(effects, "reply later")
	case a.Reply != nil:
		effects = append(effects, "reply "+a.Reply.Value)
	}
	return effects
}

// join puts a separator between two texts that are there.
func join(a, separator, b string) string {
	switch {
	case a == "":
		return strings.TrimPrefix(b, separator)
	case b == "":
		return a
	default:
		return a + separator + b
	}
}

// HookNames are the names that a list of hooks is written with.
func HookNames(refs []*spec.HookRef) []string {
	names := make([]string, len(refs))
	for i, r := range refs {
		names[i] = r.Value
	}
	return names
}

// EventNames are the names that a list of events is written with.
func EventNames(refs []*spec.EventRef) []string {
	names := make([]string, len(refs))
	for i, r := range refs {
		names[i] = r.Value
	}
	return names
}

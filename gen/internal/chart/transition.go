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
	for _, t := range s.After {
		c.add(spec.OnAfter, t.Value, t.Transitions)
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

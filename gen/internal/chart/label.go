package chart

import (
	"strings"

	"github.com/fsmgen/fsmgen/spec"
)

// Trigger returns the trigger of the transition as a label has it. It is empty for an `always`.
func (t Transition) Trigger() string {
	switch t.Kind {
	case spec.OnAfter:
		return "after " + t.Name
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

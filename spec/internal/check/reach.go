package check

import (
	"slices"

	"github.com/fsmgen/fsmgen/spec/internal/decl"
	"github.com/fsmgen/fsmgen/spec/internal/finding"
	"github.com/fsmgen/fsmgen/spec/internal/model"
	"github.com/fsmgen/fsmgen/spec/internal/wording"
)

// reachable returns the states that the machine can be in, if every guard can be true, every time-out can pass and
// every invoke can end either way.
func reachable(m *model.Machine) map[*model.State]bool {
	reached := map[*model.State]bool{}
	var todo []*model.State
	enter := func(s *model.State) {
		leaf := s.Leaf()
		if reached[leaf] {
			return
		}
		todo = append(todo, leaf)
		for a := range leaf.Ancestors() {
			reached[a] = true
		}
	}
	if m.InitialState != nil {
		enter(m.InitialState)
	}
	for len(todo) > 0 {
		leaf := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, a := range possibleTransitions(m, leaf) {
			switch {
			case a.To == nil:
			case a.To.Kind != model.History:
				enter(a.To)
			default: // what it remembers has been reached before
				reached[a.To] = true
				if a.To.DefaultState != nil {
					enter(a.To.DefaultState)
				}
			}
		}
	}
	return reached
}

// possibleTransitions are the transitions that can be taken in a leaf, and those that they choose between.
func possibleTransitions(m *model.Machine, leaf *model.State) []*model.Transition {
	var transitions []*model.Transition
	decided := map[*decl.Event]bool{}
	for s := range leaf.Ancestors() {
		for _, h := range s.On {
			if !h.Any() && !decided[h.Event.Event] {
				transitions = append(transitions, h.Transitions...)
				decided[h.Event.Event] = model.HasUnguarded(h.Transitions)
			}
		}
		for _, r := range slices.Concat(s.Postpone, s.Ignore) {
			decided[r.Event] = true
		}
		transitions = append(transitions, possibleAny(m, s, decided)...)
		transitions = append(transitions, ownTransitions(s)...)
	}
	if leaf.Kind == model.Final && leaf.Parent != nil {
		transitions = append(transitions, leaf.Parent.OnDone...)
	}
	return transitionList{transitions: transitions}.all()
}

// possibleAny are the transitions of the `*` of a state, if it stands for an event that is not decided yet. It decides
// what it stands for.
func possibleAny(m *model.Machine, s *model.State, decided map[*decl.Event]bool) []*model.Transition {
	if !slices.ContainsFunc(s.On, (*model.Handler).Any) {
		return nil
	}
	var transitions []*model.Transition
	for _, ev := range m.Events {
		if own := s.WildcardTransitions(ev); len(own) > 0 && !decided[ev] {
			transitions = own
			decided[ev] = model.HasUnguarded(own)
		}
	}
	return transitions
}

// ownTransitions are the transitions of a state for other triggers than events. Its onDone counts only where no child
// is final: that is another finding, and must not make its target unreachable, too.
func ownTransitions(s *model.State) []*model.Transition {
	transitions := slices.Clone(s.Always)
	for _, t := range timeouts(s) {
		transitions = append(transitions, t.Transitions...)
	}
	for _, v := range s.Invokes {
		transitions = slices.Concat(transitions, v.OnDone, v.OnError)
	}
	if !slices.ContainsFunc(s.States, isFinal) {
		transitions = append(transitions, s.OnDone...)
	}
	return transitions
}

// endlessAlways reports circles of `always` transitions that no guard ends.
func endlessAlways(m *model.Machine, report func(finding.Finding)) {
	done := map[*model.State]bool{}
	for _, leaf := range m.Leaves() {
		way := map[*model.State]bool{}
		for leaf != nil && !done[leaf] && !way[leaf] {
			way[leaf] = true
			a := firstAlways(leaf)
			next := eventless(leaf, a)
			if next != nil && way[next] {
				reportEndless(a, next, report)
			}
			leaf = next
		}
		for s := range way {
			done[s] = true
		}
	}
}

// firstAlways is the transition that a leaf tries before all others once it is entered, or nil.
func firstAlways(leaf *model.State) *model.Transition {
	for s := range leaf.Ancestors() {
		if len(s.Always) > 0 {
			return s.Always[0]
		}
	}
	return nil
}

// eventless returns the leaf to which a transition leads, if nothing can prevent the transition; else nil.
func eventless(leaf *model.State, a *model.Transition) *model.State {
	if a == nil || a.Guard != nil || a.Choose != nil {
		return nil
	}
	return model.Plan(leaf, a).Leaf
}

func reportEndless(a *model.Transition, next *model.State, report func(finding.Finding)) {
	message := "this is taken again and again"
	if a.To == nil {
		message = "this is taken again and again: it leaves no state"
	}
	report(finding.Finding{
		Pos: a.Pos, Message: message, Label: "back to " + wording.Quote(next.Name) + " without a guard",
		Help: "put a guard on one of the transitions, or do it on entry",
	})
}

// unreachableDones reports an `onDone` of a state that has no final child.
func unreachableDones(m *model.Machine, report func(finding.Finding)) {
	for s := range m.All() {
		if len(s.OnDone) == 0 || s.Kind == model.Final || s.Kind == model.History || slices.ContainsFunc(s.States, isFinal) {
			continue
		}
		report(finding.Finding{
			Pos: s.OnDone[0].Pos, Message: "state " + wording.Quote(s.Name) + " is never done", Label: "no child is final",
			Help: "give a child `type: final`, or leave `onDone` out", Related: finding.RelatedTo(s.Pos, "declared here"),
		})
	}
}

func isFinal(s *model.State) bool { return s.Kind == model.Final }

// unhandledEnds reports an invoke that can fail, and a state that can be done, where no transition handles it.
func unhandledEnds(m *model.Machine, report func(finding.Finding)) {
	for s := range m.All() {
		for _, v := range s.Invokes {
			if len(v.OnError) == 0 {
				report(finding.Finding{
					Pos: v.Src.Pos, Message: "no state handles the failure of invoke " + wording.Quote(v.Src.Value),
					Help: "add `onError`; `onError: {}` drops it on purpose",
				})
			}
		}
		if s.Kind == model.Final && s.Parent != nil && len(s.Parent.OnDone) == 0 {
			report(finding.Finding{
				Pos: s.Pos, Message: "nothing happens once " + wording.Quote(s.Parent.Name) + " is done",
				Label:   "final, inside a state without onDone",
				Help:    "add `onDone` to " + wording.Quote(s.Parent.Name) + ", or leave out `type: final`",
				Related: finding.RelatedTo(s.Parent.Pos, "its parent"),
			})
		}
	}
}

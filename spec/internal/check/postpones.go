package check

import (
	"github.com/fsmgen/fsmgen/spec/internal/decl"
	"github.com/fsmgen/fsmgen/spec/internal/finding"
	"github.com/fsmgen/fsmgen/spec/internal/model"
	"github.com/fsmgen/fsmgen/spec/internal/wording"
)

// badPostpones reports transitions that postpone nothing, those that change no state, after which the event would wait
// where it was, and those that answer an event that is still to be handled.
func badPostpones(m *model.Machine, report func(finding.Finding)) {
	for list := range transitionLists(m) {
		for _, a := range list.all() {
			if !a.Postpone {
				continue
			}
			f := finding.Finding{Pos: a.PostponePos}
			switch at, replies := replies(a); {
			case list.event == nil:
				f.Message, f.Help = list.place+" has no event to postpone", "leave `postpone` out"
			case a.Target.Value == "":
				f.Message = "a transition that postpones needs a target"
				f.Help = "add a `target`, or list the event under `postpone` of the state"
			case a.To != nil && !leavesAlways(a):
				f.Message, f.Help = "this transition leaves no state, so the event would never be tried again", "add `reenter: true`, or another target"
			case replies:
				f.Message, f.Help = "this transition replies to an event that is still to be handled", "leave one of them out"
				f.Related = finding.RelatedTo(at, "the reply")
			default:
				continue
			}
			report(f)
		}
	}
}

// leavesAlways reports whether the transition leaves a state, whichever leaf of its source the machine is in.
func leavesAlways(a *model.Transition) bool {
	return model.Walk([]*model.State{a.Source}, func(leaf *model.State) bool {
		return len(leaf.States) > 0 || leaf.Kind == model.History || model.Plan(leaf, a).Changed
	})
}

// endlessPostpones reports circles of transitions that postpone one event and that no guard ends.
func endlessPostpones(m *model.Machine, report func(finding.Finding)) {
	for ev := range m.AllEvents() {
		done := map[*model.State]bool{}
		for _, leaf := range m.Leaves() {
			way := map[*model.State]bool{}
			for leaf != nil && !done[leaf] && !way[leaf] {
				way[leaf] = true
				a, next := postponedBy(m, leaf, ev)
				if next != nil && way[next] {
					report(finding.Finding{
						Pos: a.PostponePos, Message: "event " + wording.Quote(ev.Name) + " is postponed again and again",
						Label: "back to " + wording.Quote(next.Name) + " without a guard", Help: "let one of the states handle it",
					})
				}
				leaf = next
			}
			for s := range way {
				done[s] = true
			}
		}
	}
}

// postponedBy returns the transition that a leaf is left by when it gets an event, and where it leads, if the event is
// postponed and nothing can prevent that.
func postponedBy(m *model.Machine, leaf *model.State, ev *decl.Event) (*model.Transition, *model.State) {
	cell := m.Cell(leaf, ev)
	if len(cell.Transitions) == 0 || cell.Transitions[0].Guard != nil || !cell.Transitions[0].Postpone {
		return nil, nil
	}
	step := model.Plan(leaf, cell.Transitions[0])
	if !step.Changed { // another finding
		return nil, nil
	}
	return cell.Transitions[0], step.Leaf
}

package spec_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fsmgen/fsmgen/spec"
)

// TestCheck_NeverEnteredIsWhatNoStepEnters takes every step that a machine can make, with guards free, and compares the
// states that it enters with what the findings say.
func TestCheck_NeverEnteredIsWhatNoStepEnters(t *testing.T) {
	for _, pattern := range []string{"findings/*.txtar", "print/*.txtar"} {
		for _, a := range openArchives(t, pattern) {
			for _, f := range a.specs() {
				m, found := spec.Load(f.Name, f.Data)
				if found.HasErrors() {
					continue
				}
				var want, got []string
				entered := explore(m)
				for s := range m.All() {
					if s.Kind != spec.History && !entered[s] && (s.Parent == nil || entered[s.Parent]) {
						want = append(want, s.Name)
					}
				}
				for _, finding := range found {
					if finding.Code == "FSM055" {
						got = append(got, stateAt(m, finding.Pos).Name)
					}
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s: %s: never entered (-steps +findings):\n%s", a.name, f.Name, diff)
				}
			}
		}
	}
}

func stateAt(m *spec.Machine, at spec.Pos) *spec.State {
	for s := range m.All() {
		if s.Pos == at {
			return s
		}
	}
	return nil
}

// explore returns the states that are active in some configuration.
func explore(m *spec.Machine) map[*spec.State]bool {
	entered := map[*spec.State]bool{}
	var enter func(leaf *spec.State)
	enter = func(leaf *spec.State) {
		if entered[leaf] {
			return
		}
		for s := range leaf.Ancestors() {
			entered[s] = true
		}
		for trigger := range m.Triggers() {
			if !waits(leaf, trigger) {
				continue
			}
			for _, a := range m.Decide(leaf, trigger).Transitions {
				for _, transition := range transitionsOf(a) {
					step := spec.Plan(leaf, transition)
					if step.History != nil { // what it remembers was entered before
						step = spec.Resume(step.History, nil)
					}
					enter(step.Leaf)
				}
			}
		}
	}
	enter(m.Start().Leaf)
	return entered
}

// waits reports whether a machine in a leaf looks at the transitions of a trigger.
func waits(leaf *spec.State, t spec.Trigger) bool {
	if t.Kind == spec.OnDone {
		return leaf.Kind == spec.Final && leaf.Parent == t.State
	}
	return t.State == nil || t.State.Contains(leaf)
}

func transitionsOf(a *spec.Transition) []*spec.Transition {
	if a.Choose == nil {
		return []*spec.Transition{a}
	}
	var transitions []*spec.Transition
	for _, o := range a.Choose.Outcomes {
		transitions = append(transitions, o.Transition)
	}
	return transitions
}

func TestResume_LastLeafOfParent(t *testing.T) {
	m := load(t, `fsm: 1
machine: house
events: {deep: {}, shallow: {}, leave: {}}
initial: house
states:
  house:
    initial: hall
    on: {leave: garden}
    states:
      hall: {}
      upstairs:
        initial: bath
        states: {bath: {}, attic: {}}
      last: {type: history, target: upstairs}
      very_last: {type: history, history: deep, target: attic}
  garden: {on: {deep: very_last, shallow: last}}
`)
	garden := state(t, m, "garden")
	for _, tt := range []struct{ event, last, entries string }{
		{"shallow", "", "house upstairs bath"},
		{"shallow", "attic", "house upstairs bath"},
		{"shallow", "hall", "house hall"},
		{"deep", "", "house upstairs attic"},
		{"deep", "attic", "house upstairs attic"},
		{"deep", "bath", "house upstairs bath"},
		{"deep", "hall", "house hall"},
	} {
		var last *spec.State
		if tt.last != "" {
			last = state(t, m, tt.last)
		}
		step := spec.Plan(garden, m.Cell(garden, event(t, m, tt.event)).Transitions[0])
		if step.Leaf != nil || step.History == nil || namesOf(step.Exits) != "garden" {
			t.Errorf("%s: %+v; want a step that the history decides", tt.event, step)
			continue
		}
		rest := spec.Resume(step.History, last)
		got := slices.Concat(step.Entries, rest.Entries)
		if namesOf(got) != tt.entries || rest.Leaf != got[len(got)-1] {
			t.Errorf("%s with %q: enters %s, then %s; want %s", tt.event, tt.last, namesOf(got), rest.Leaf.Name, tt.entries)
		}
	}
}

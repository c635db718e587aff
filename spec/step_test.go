package spec_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/fsmgen/fsmgen/spec"
)

// house has every way to go: up, down, sideways, to itself and around.
const house = `fsm: 1
machine: house
guards: {lit: {}, warm: {}}
actions: {ring: {}}
events:
  stay: {}
  sit: {}
  sit_again: {}
  inside: {}
  inside_again: {}
  whole: {}
  up: {}
  next: {}
  leave: {}
  deep: {}
  same: {}
initial: house
states:
  house:
    initial: hall
    on:
      inside: bath
      inside_again: {target: bath, reenter: true}
      whole: house
      leave: garden
    states:
      hall:
        on:
          stay: {actions: ring}
          sit: hall
          sit_again: {target: hall, reenter: true}
          next: upstairs
          up: house
          deep: attic
      upstairs:
        initial: bath
        on:
          same: upstairs
        states:
          bath:
            on: {next: attic, up: upstairs}
          attic: {}
  garden:
    on: {deep: attic, next: house}
`

// load returns the machine of a spec without errors.
func load(t testing.TB, src string) *spec.Machine {
	t.Helper()
	m, found := spec.Load("test.fsm.yaml", []byte(src))
	if found.HasErrors() {
		t.Fatal(found)
	}
	return m
}

func state(t testing.TB, m *spec.Machine, name string) *spec.State {
	t.Helper()
	for s := range m.All() {
		if s.Name == name {
			return s
		}
	}
	t.Fatalf("no state %s", name)
	return nil
}

func event(t testing.TB, m *spec.Machine, name string) *spec.Event {
	t.Helper()
	i := slices.IndexFunc(m.Events, func(ev *spec.Event) bool { return ev.Name == name })
	if i < 0 {
		t.Fatalf("no event %s", name)
	}
	return m.Events[i]
}

func namesOf(states []*spec.State) string {
	var names []string
	for _, s := range states {
		names = append(names, s.Name)
	}
	return strings.Join(names, " ")
}

func TestPlan_EachKindOfTarget(t *testing.T) {
	m := load(t, house)
	for _, tt := range []struct {
		why, leaf, event     string
		exits, entries, then string
	}{
		{"no target leaves nothing", "hall", "stay", "", "", "hall"},
		{"the source itself leaves nothing", "hall", "sit", "", "", "hall"},
		{"unless it reenters", "hall", "sit_again", "hall", "hall", "hall"},
		{"a descendant does not leave the source", "hall", "inside", "hall", "upstairs bath", "bath"},
		{"not even from deeper down", "attic", "inside", "attic upstairs", "upstairs bath", "bath"},
		{"unless it reenters", "hall", "inside_again", "hall house", "house upstairs bath", "bath"},
		{"a compound source starts anew inside", "attic", "whole", "attic upstairs", "hall", "hall"},
		{"and so does the initial leaf", "hall", "whole", "hall", "hall", "hall"},
		{"an inner compound source too", "attic", "same", "attic", "bath", "bath"},
		{"a sibling", "bath", "next", "bath", "attic", "attic"},
		{"a sibling with children", "hall", "next", "hall", "upstairs bath", "bath"},
		{"the parent is left and entered", "bath", "up", "bath upstairs", "upstairs bath", "bath"},
		{"also at the top", "hall", "up", "hall house", "house hall", "hall"},
		{"into a sibling", "hall", "deep", "hall", "upstairs attic", "attic"},
		{"out of everything", "attic", "leave", "attic upstairs house", "garden", "garden"},
		{"into the depth", "garden", "deep", "garden", "house upstairs attic", "attic"},
		{"into the initial depth", "garden", "next", "garden", "house hall", "hall"},
	} {
		t.Run(tt.why, func(t *testing.T) {
			leaf := state(t, m, tt.leaf)
			cell := m.Cell(leaf, event(t, m, tt.event))
			got := spec.Plan(leaf, cell.Transitions[0])
			if namesOf(got.Exits) != tt.exits || namesOf(got.Entries) != tt.entries || got.Leaf.Name != tt.then {
				t.Errorf("%s --%s-->: exits %q, entries %q, then %s; want %q, %q, %s", tt.leaf, tt.event,
					namesOf(got.Exits), namesOf(got.Entries), got.Leaf.Name, tt.exits, tt.entries, tt.then)
			}
			if got.Changed != (tt.exits != "") {
				t.Errorf("Changed = %v with exits %q", got.Changed, tt.exits)
			}
		})
	}
}

func TestStart_InitialLeaf(t *testing.T) {
	m := load(t, house)
	got := m.Start()
	if namesOf(got.Entries) != "house hall" || len(got.Exits) > 0 || got.Leaf.Name != "hall" || got.Changed {
		t.Errorf("Start() = %+v; want to enter house, then hall", got)
	}
}

func TestLeaves_InOrderOfSpec(t *testing.T) {
	m := load(t, house)
	var paths []string
	for _, s := range m.Leaves() {
		paths = append(paths, s.Path())
	}
	want := []string{"house.hall", "house.upstairs.bath", "house.upstairs.attic", "garden"}
	if diff := cmp.Diff(want, paths); diff != "" {
		t.Error(diff)
	}
}

func TestCell_FromLeafUp(t *testing.T) {
	m := load(t, `fsm: 1
machine: cells
events: {a: {}, b: {}, c: {}, d: {}, e: {}, f: {}, g: {}}
guards: {p: {}, q: {}, r: {}}
initial: outer
states:
  outer:
    initial: inner
    on:
      a: {target: other}
      b: {guard: r, target: other}
      c: {target: other}
      d: {target: other}
    postpone: [b, f]
    ignore: [e]
    states:
      inner:
        on:
          a: [{guard: p, target: other}, {guard: q, target: other}]
          b: {guard: p, target: other}
          c: [{guard: p, target: other}, {target: inner}]
          f: {guard: p}
        postpone: [d]
        ignore: [f]
  other: {type: final}
`)
	for _, tt := range []struct {
		leaf, event string
		want        string
	}{
		{"inner", "a", "inner[p] inner[q] outer[]: handled"},
		{"inner", "b", "inner[p] outer[r]: postponed"},
		{"inner", "c", "inner[p] inner[]: handled"},
		{"inner", "d", ": postponed"},
		{"inner", "e", ": ignored"},
		{"inner", "f", "inner[p]: ignored"},
		{"inner", "g", ": rejected"},
		{"other", "a", ": rejected"},
	} {
		cell := m.Cell(state(t, m, tt.leaf), event(t, m, tt.event))
		if got := describe(cell); got != tt.want {
			t.Errorf("Cell(%s, %s) = %q; want %q", tt.leaf, tt.event, got, tt.want)
		}
	}
}

func describe(c spec.Cell) string {
	var transitions []string
	for _, a := range c.Transitions {
		guard := ""
		if a.Guard != nil {
			guard = a.Guard.Value
		}
		transitions = append(transitions, fmt.Sprintf("%s[%s]", a.Source.Name, guard))
	}
	return strings.Join(transitions, " ") + ": " + c.End.String()
}

// drawTree draws states that are nested at random.
func drawTree(t *rapid.T) []*spec.State {
	n := rapid.IntRange(1, 12).Draw(t, "states")
	all := make([]*spec.State, n)
	for i := range all {
		s := &spec.State{Name: fmt.Sprintf("s%d", i), Kind: spec.Atomic}
		if p := rapid.IntRange(-1, i-1).Draw(t, s.Name+" in"); p >= 0 {
			s.Parent = all[p]
			s.Parent.Kind = spec.Compound
			s.Parent.States = append(s.Parent.States, s)
		}
		all[i] = s
	}
	for _, s := range all {
		if len(s.States) > 0 {
			s.InitialState = rapid.SampledFrom(s.States).Draw(t, s.Name+" begins with")
		}
	}
	return all
}

// active are the states that are active while the machine is in a leaf, outer to inner.
func active(leaf *spec.State) []*spec.State {
	states := slices.Collect(leaf.Ancestors())
	slices.Reverse(states)
	return states
}

func TestPlan_ExitsAndEntriesFit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := drawTree(t)
		leaf := rapid.SampledFrom(all).Draw(t, "from").Leaf()
		transition := &spec.Transition{
			Source:  rapid.SampledFrom(active(leaf)).Draw(t, "source"),
			To:      rapid.SampledFrom(all).Draw(t, "target"),
			Reenter: rapid.Bool().Draw(t, "reenter"),
		}
		step := spec.Plan(leaf, transition)

		states := active(leaf)
		for _, s := range step.Exits {
			if states[len(states)-1] != s {
				t.Fatalf("%s is left while %s is inside it", s.Name, states[len(states)-1].Name)
			}
			states = states[:len(states)-1]
		}
		for _, s := range step.Entries {
			if len(states) > 0 && s.Parent != states[len(states)-1] || len(states) == 0 && s.Parent != nil {
				t.Fatalf("%s is entered while its parent is not active", s.Name)
			}
			states = append(states, s)
		}
		if !slices.Equal(states, active(step.Leaf)) || len(step.Leaf.States) > 0 {
			t.Fatalf("active are %s; want those of the leaf %s", namesOf(states), step.Leaf.Path())
		}
		if !transition.To.Contains(step.Leaf) || step.Leaf != transition.To.Leaf() {
			t.Fatalf("ends in %s; want the initial leaf of %s", step.Leaf.Path(), transition.To.Path())
		}
		left := slices.Contains(step.Exits, transition.Source)
		if stays := transition.Source.Contains(transition.To) && !transition.Reenter; left == stays {
			t.Fatalf("source %s left: %v; want %v", transition.Source.Path(), left, !stays)
		}
		if step.Changed != (len(step.Exits) > 0) {
			t.Fatalf("Changed = %v with %d exits", step.Changed, len(step.Exits))
		}
	})
}

func TestCell_EndsWithUnguardedTransition(t *testing.T) {
	for _, name := range ownMachines {
		m := load(t, readSpec(t, name))
		for _, leaf := range m.Leaves() {
			for _, ev := range m.Events {
				cell := m.Cell(leaf, ev)
				first := slices.IndexFunc(cell.Transitions, func(a *spec.Transition) bool { return a.Guard == nil })
				if handled := first >= 0; handled != (cell.End == spec.Handled) || handled && first != len(cell.Transitions)-1 {
					t.Errorf("%s: %s, %s: %s", name, leaf.Path(), ev.Name, describe(cell))
				}
			}
		}
	}
}

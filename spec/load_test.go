package spec_test

import (
	"os"
	"slices"
	"testing"

	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/spec/expr"
	"github.com/fsmgen/fsmgen/spec/internal/check"
	"github.com/fsmgen/fsmgen/spec/internal/parse"
)

var ownMachines = []string{"worker.fsm.yaml", "pool.fsm.yaml"}

func readSpec(t testing.TB, name string) string {
	t.Helper()
	src, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(src)
}

func TestLoad_OwnMachinesHaveNoFindings(t *testing.T) {
	for _, name := range ownMachines {
		m, found := spec.Load(name, []byte(readSpec(t, name)))
		for _, f := range found {
			t.Error(f)
		}
		if m.InitialState == nil || len(m.Leaves()) == 0 {
			t.Errorf("%s: initial state %v, %d leaves; want a whole machine", name, m.InitialState, len(m.Leaves()))
		}
	}
}

// Rows: S2.
func TestLoad_WorkerDecidesItsEndInEveryLeaf(t *testing.T) {
	m := load(t, readSpec(t, "worker.fsm.yaml"))
	exited := event(t, m, "exited")
	for _, leaf := range m.Leaves() {
		if end := m.Cell(leaf, exited).End; leaf.Kind != spec.Final && end != spec.Handled {
			t.Errorf("%s: exited is %v; want it handled", leaf.Path(), end)
		}
	}
}

func TestLoad_PositionOfEverything(t *testing.T) {
	m := load(t, `fsm: 1
machine: door
events:
  "close": {doc: Für alle., payload: {by: string}}
params: {wait: {type: duration, default: 3s}}
actions: {ring: {payload: [by]}}
initial: open
states:
  open: {doc: öffnen, on: {close: {actions: ring}}, after: {wait: shut}}
  shut:
    type: final
`)
	open := state(t, m, "open")
	for what, at := range map[string]struct{ got, want spec.Pos }{
		"machine":    {m.Name.Pos, spec.Pos{Line: 2, Column: 10}},
		"event":      {m.Events[0].Pos, spec.Pos{Line: 4, Column: 3}},
		"field":      {m.Events[0].Payload[0].Pos, spec.Pos{Line: 4, Column: 39}},
		"type":       {m.Events[0].Payload[0].Type.Pos, spec.Pos{Line: 4, Column: 43}},
		"default":    {m.Params[0].Default.Pos, spec.Pos{Line: 5, Column: 42}},
		"hook":       {m.Actions[0].Pos, spec.Pos{Line: 6, Column: 11}},
		"state":      {open.Pos, spec.Pos{Line: 9, Column: 3}},
		"handler":    {open.On[0].Event.Pos, spec.Pos{Line: 9, Column: 28}},
		"transition": {open.On[0].Transitions[0].Pos, spec.Pos{Line: 9, Column: 35}},
		"use":        {open.On[0].Transitions[0].Actions[0].Pos, spec.Pos{Line: 9, Column: 45}},
		"timer":      {open.After[0].Pos, spec.Pos{Line: 9, Column: 61}},
		"target":     {open.After[0].Transitions[0].Target.Pos, spec.Pos{Line: 9, Column: 67}},
	} {
		if at.got != at.want {
			t.Errorf("%s is at %v; want %v", what, at.got, at.want)
		}
	}
}

func TestLoad_ShortForms(t *testing.T) {
	long := load(t, `fsm: 1
machine: door
events: {close: {}, lock: {}, turn: {}}
actions: {ring: {}}
initial: open
states:
  open:
    entry: [ring]
    on: {close: [{target: shut}]}
    postpone: [lock]
    ignore: [turn]
  shut: {}
`)
	short := load(t, `{fsm: 1, machine: door, events: {close: , lock: ~, turn: null}, actions: {ring: }, initial: open,
states: {open: {entry: ring, on: {close: shut}, postpone: lock, ignore: turn}, shut: }}
`)
	for _, ev := range []string{"close", "lock", "turn"} {
		for _, leaf := range []string{"open", "shut"} {
			l, s := long.Cell(state(t, long, leaf), event(t, long, ev)), short.Cell(state(t, short, leaf), event(t, short, ev))
			if describe(l) != describe(s) {
				t.Errorf("%s, %s: long form %s, short form %s", leaf, ev, describe(l), describe(s))
			}
		}
	}
	if n := len(state(t, short, "open").Entry); n != 1 {
		t.Errorf("%d entry actions; want 1", n)
	}
}

func TestCheck_Twice(t *testing.T) {
	for _, a := range openArchives(t, "findings/*.txtar") {
		for _, f := range a.specs() {
			m, _, _ := parse.File(f.Name, f.Data)
			first, again := check.Machine(m), check.Machine(m)
			if !slices.EqualFunc(first, again, func(a, b spec.Finding) bool { return a.String() == b.String() }) {
				t.Errorf("%s: %s: %v, and again %v", a.name, f.Name, first, again)
			}
		}
	}
}

func TestCheck_IncompleteMachine(t *testing.T) {
	ref := &spec.HookRef{}
	transition := &spec.Transition{
		Guard: &spec.Condition{Expr: &expr.Expr{Op: expr.OpGuard, Guard: ref}}, Reply: ref, Actions: []*spec.HookRef{ref},
		Start: []*spec.TimerRef{{}}, Raise: []*spec.EventRef{{}},
	}
	odd := &spec.State{
		On:    []*spec.Handler{{Transitions: []*spec.Transition{transition}}, {}, {Event: spec.EventRef{Text: spec.Text{Value: "*"}}, Transitions: []*spec.Transition{{}}}},
		After: []*spec.Timer{{}}, Postpone: []*spec.EventRef{{}}, EventTimeout: &spec.Timer{}, Always: []*spec.Transition{{}},
		Invokes: []*spec.Invocation{{OnDone: []*spec.Transition{transition}}}, OnDone: []*spec.Transition{{Choose: &spec.Choose{}, Later: true}},
	}
	history := &spec.State{Name: "h", Kind: spec.History, Default: spec.Text{Value: "h"}}
	for name, m := range map[string]*spec.Machine{
		"empty": {},
		"names only": {
			Types: []*spec.Type{{Fields: []*spec.Field{{}}}}, Params: []*spec.Param{{}}, Data: []*spec.Field{{}},
			Events: []*spec.Event{{Payload: []*spec.Field{{}}, Record: []spec.Text{{}}}},
			Guards: []*spec.Hook{{}}, Actions: []*spec.Hook{{Payload: []spec.Text{{}}}}, States: []*spec.State{odd, history},
			Invokes: []*spec.Hook{{Kind: spec.Invoke, Result: []*spec.Field{{}}}}, Choices: []*spec.Hook{{Outcomes: []spec.Text{{}}}},
			Timers: []*spec.NamedTimer{{}}, Properties: []*spec.Property{{}, {State: &spec.StateRef{}, Accepts: &spec.EventRef{}}},
			Strict: spec.Text{Value: "true"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			for _, f := range check.Machine(m) {
				if f.Message == "" || f.Code == "" {
					t.Errorf("%+v; want a code and a message", f)
				}
			}
		})
	}
}

package spec_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fsmgen/fsmgen/spec"
)

// kitchen is a machine with every word of the language.
func kitchen(t testing.TB) *spec.Machine {
	t.Helper()
	m, found := spec.Load("kitchen.fsm.yaml", []byte(readSpec(t, "testdata/kitchen.fsm.yaml")))
	for _, f := range found {
		t.Error(f)
	}
	return m
}

func TestLoad_NamesPointAtDeclarations(t *testing.T) {
	m := kitchen(t)
	for s := range m.All() {
		for _, list := range [][]*spec.HookRef{s.Entry, s.Exit} {
			checkHooks(t, slices.Values(list))
		}
		for _, v := range s.Invokes {
			if v.Src.Hook == nil || v.Src.Hook.Kind != spec.Invoke {
				t.Errorf("%v: invoke %s is %v", v.Pos, v.Src.Value, v.Src.Hook)
			}
		}
	}
	for trigger := range m.Triggers() {
		for _, leaf := range m.Leaves() {
			for _, a := range m.Decide(leaf, trigger).Transitions {
				checkResolved(t, a)
			}
		}
	}
	for _, q := range m.Properties {
		if q.State.State == nil || q.Accepts != nil && q.Accepts.Event == nil {
			t.Errorf("property %s: state %v, accepts %v", q.Name.Value, q.State, q.Accepts)
		}
	}
}

func checkHooks(t *testing.T, refs func(func(*spec.HookRef) bool)) {
	t.Helper()
	for r := range refs {
		if r.Hook == nil || r.Hook.Name != r.Value {
			t.Errorf("%v: %s is %v", r.Pos, r.Value, r.Hook)
		}
	}
}

func checkResolved(t *testing.T, a *spec.Transition) {
	t.Helper()
	checkHooks(t, a.Hooks())
	if (a.To == nil) != (a.Target.Value == "") {
		t.Errorf("%v: target %s is %v", a.Pos, a.Target.Value, a.To)
	}
	for _, r := range slices.Concat(a.Start, a.Cancel, a.Update) {
		if r.Timer == nil || r.Timer.Event.Timer != r.Timer {
			t.Errorf("%v: timer %s is %v", r.Pos, r.Value, r.Timer)
		}
	}
	for _, r := range a.Raise {
		if r.Event == nil {
			t.Errorf("%v: nothing is raised as %s", r.Pos, r.Value)
		}
	}
	if a.Choose != nil {
		for _, o := range a.Choose.Outcomes {
			checkResolved(t, o.Transition)
		}
	}
}

func TestLoad_TimersDeliverEvents(t *testing.T) {
	m := kitchen(t)
	probe, cleaning := m.Timers[0], m.Timers[1]
	if !probe.Every || probe.Duration != 5*time.Second || probe.Param != nil {
		t.Errorf("probe: every %v, %v, %v; want every 5s", probe.Every, probe.Duration, probe.Param)
	}
	if cleaning.Every || cleaning.Param == nil || cleaning.Param.Name != "patience" {
		t.Errorf("cleaning: every %v, %v; want after patience", cleaning.Every, cleaning.Param)
	}
	var names []string
	for ev := range m.AllEvents() {
		if ev.Timer != nil {
			names = append(names, ev.Name)
		}
	}
	if diff := cmp.Diff([]string{"probe", "cleaning"}, names); diff != "" {
		t.Error(diff)
	}
}

func TestPayload_OfEachTrigger(t *testing.T) {
	m := kitchen(t)
	got := map[spec.TriggerKind][]string{}
	for trigger := range m.Triggers() {
		if trigger.Kind == spec.OnEvent && trigger.Event.Name != "order" {
			continue
		}
		for _, f := range trigger.Payload() {
			got[trigger.Kind] = append(got[trigger.Kind], f.Name+" "+f.Type.Value)
		}
	}
	want := map[spec.TriggerKind][]string{
		spec.OnEvent: {"table int", "dish string"}, spec.OnInvokeDone: {"pid int"}, spec.OnInvokeError: {"error error"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestLoad_Histories(t *testing.T) {
	m := load(t, `fsm: 1
machine: door
events: {a: {}, b: {}, c: {}}
initial: work
states:
  work:
    initial: first
    on: {a: deep, b: shallow, c: initial}
    states:
      first: {}
      second: {}
      deep: {type: history, history: deep, target: second}
      shallow: {type: history, history: shallow, target: first}
      initial: {type: history}
`)
	for _, tt := range []struct {
		name, then string
		deep       bool
	}{{"deep", "second", true}, {"shallow", "first", false}, {"initial", "first", false}} {
		s := state(t, m, tt.name)
		if s.Kind != spec.History || s.Deep != tt.deep || s.DefaultState == nil || s.DefaultState.Name != tt.then {
			t.Errorf("%s: %v, deep %v, default %v; want a history, deep %v, %s", tt.name, s.Kind, s.Deep, s.DefaultState, tt.deep, tt.then)
		}
	}
	if got := namesOf(m.Leaves()); got != "first second" {
		t.Errorf("leaves %s; want no history among them", got)
	}
}

func TestLoad_Properties(t *testing.T) {
	m := kitchen(t)
	var got []string
	for _, q := range m.Properties {
		line := map[spec.PropertyKind]string{
			spec.Reachable: "reachable", spec.EventuallyPossible: "possible", spec.Never: "never", spec.LeadsTo: "leads to",
		}[q.Kind] + " " + q.State.Value
		if q.From != nil {
			line = q.From.Value + " " + line
		}
		if q.Accepts != nil {
			line += " accepts " + q.Accepts.Value
		}
		for _, r := range q.Fair {
			line += " fair " + r.Value
		}
		got = append(got, line)
	}
	want := []string{
		"possible closed", "reachable busy", "never ruined", "never paused accepts order", "busy leads to closed fair close fair probe",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

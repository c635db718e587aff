package simulate_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/fsmgen/fsmgen/spec/simulate"
)

const conditions = `fsm: 1
machine: m
go: {imports: [time]}
params:
  limit: {type: int, default: 3}
  wait: {type: duration, default: 5s}
data:
  count: {type: int}
  mood: {type: string, default: calm}
  last: {type: time.Duration}
  ready: {type: bool}
events:
  e: {payload: {n: int, x: float64, ok: bool, when: time.Time, then: time.Time}}
guards: {holds: {}, fails: {}}
initial: s
states:
  s:
    on:
      e: {guard: %q, target: t}
  t: {type: final}
`

func TestGuard_KnownValuesAreComputed(t *testing.T) {
	noon := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	payload := simulate.Values{"n": 4, "x": 0.1, "ok": true, "when": noon, "then": noon.Add(time.Hour)}
	tests := []struct {
		guard string
		want  bool
	}{
		{"payload.n > 3", true},
		{"payload.n > 4", false},
		{"payload.n + 1 == 5 && payload.n - 1 == 3", true},
		{"-payload.n == 0 - 4", true},
		{"payload.n * 2 <= params.limit", false},
		{"payload.x + 0.2 == 0.30000000000000004", true}, // as in Go
		{"payload.x < 0.2", true},
		{"payload.ok", true},
		{"!payload.ok || holds", true},
		{"payload.ok == false", false},
		{"payload.when == payload.then", false},
		{"payload.when != payload.then", true},
		{`data.mood == "calm"`, true},
		{`data.mood != "calm"`, false},
		{"data.count + 1 >= params.limit", false},
		{"data.last < params.wait", true},
		{"2 * params.wait == 10s", true},
		{"holds && !fails", true},
		{"fails || !holds", false},
	}
	for _, tt := range tests {
		m := load(t, "m.fsm.yaml", fmt.Appendf(nil, conditions, tt.guard))
		machine, err := simulate.New(m, &simulate.Answers{Guards: map[string][]bool{"holds": {true}}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = machine.Send("e", payload)
		if got := machine.State().Name == "t"; got != tt.want {
			t.Errorf("%s is %t; want %t", tt.guard, got, tt.want)
		}
	}
}

func TestGuard_UnknownValuesAreAsked(t *testing.T) {
	m := load(t, "m.fsm.yaml", fmt.Appendf(nil, conditions, "payload.n > params.limit && (data.count == 1 || !payload.ok)"))
	var asked []string
	answers := &simulate.Answers{Default: true}
	machine, err := simulate.New(m, answers, simulate.Values{"limit": nil})
	if err != nil {
		t.Fatal(err)
	}
	_, _ = machine.Send("e", nil)
	for _, e := range machine.Transcript() {
		if e.Kind == simulate.Asked {
			asked = append(asked, e.Name)
		}
	}
	if got, want := fmt.Sprint(asked), "[payload.n > params.limit payload.ok]"; got != want {
		t.Errorf("asked %s; want %s: data.count is known", got, want)
	}
}

func TestGuard_AnswerOverridesValue(t *testing.T) {
	m := load(t, "m.fsm.yaml", fmt.Appendf(nil, conditions, "data.count == 1"))
	machine, err := simulate.New(m, &simulate.Answers{Guards: map[string][]bool{"data.count == 1": {true}}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = machine.Send("e", nil)
	if got := machine.State().Name; got != "t" {
		t.Errorf("the machine is in %s; want t", got)
	}
}

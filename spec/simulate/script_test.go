package simulate_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/fsmgen/fsmgen/spec/simulate"
)

func TestParseScript_Lines(t *testing.T) {
	for _, line := range []string{
		"send checkout", `send checkout session=abc note="two words" n=3`, "wait 1m30s", `fire "ready after 5s"`, "fire event_timeout",
		"return start pid=7", `fail start "no such file"`, "guard has_room true", "guard has_room true false true",
		`guard "data.failures + 1 >= params.limit" false`, "choose route left", "choose route left right", "begin", `reply grant "a # b"`, "set failures 3", `answer ""`,
		`reply_error grant "no room"`,
	} {
		s, err := simulate.ParseStimulus(line + "  # said aside")
		if err != nil {
			t.Errorf("%s: %v", line, err)
		} else if got := s.String(); got != line {
			t.Errorf("%s is written %s", line, got)
		}
	}
}

func TestParseScript_WrongLines(t *testing.T) {
	tests := []struct{ line, problem string }{
		{"sned e", "sned is not a word of a script: want one of send"},
		{"send", "names nothing"},
		{"send e 3", "3 is not FIELD=VALUE"},
		{"wait soon", "wants a duration"},
		{"wait -1s", "wants a duration"},
		{"guard g maybe", "maybe is neither true nor false"},
		{"guard g", "wants true or false"},
		{"choose c", "wants an outcome"},
		{"begin now", "wants nothing behind it"},
		{"fail f no such file", "put quotes around"},
		{`send e who="jo`, "a quote is not closed"},
		{"", "is not one line of a script"},
		{"wait 1s\nwait 1s", "is not one line of a script"},
	}
	for _, tt := range tests {
		_, err := simulate.ParseStimulus(tt.line)
		if _, ok := errors.AsType[*simulate.StimulusError](err); !ok || !strings.Contains(err.Error(), tt.problem) {
			t.Errorf("%q: %v; want %s", tt.line, err, tt.problem)
		}
	}
}

func TestApply_WrongStimuli(t *testing.T) {
	m := load(t, "kitchen.fsm.yaml", archived(t, "testdata/play/kitchen.txtar"))
	tests := []struct{ line, problem string }{
		{"send nothing", "is not an event: want one of order"},
		{"send probe", "is not an event"},
		{"send order dish=soup table=four", "wants a value of type int"},
		{"send order chair=4", "has no field chair: want one of table, dish"},
		{"fire cleaning", "is not a timer that runs"},
		{"return cool", "invoke cool is not on: want one of heat"},
		{"return heat pid=x", "wants a value of type int"},
		{"guard sold true", "is neither a guard nor a part of a condition: want one of sold_out"},
		{"choose route left", "has no outcome left: want one of pan, oven, refuse"},
		{"choose way pan", "is not a choice: want one of route"},
		{"reply yes 1", "is not a reply: want one of confirm"},
		{"reply_error yes full", "is not a reply with `fails: true`: want one of confirm"},
		{"set weather fine", "is not a field of the data: want one of failures"},
		{"set failures many", "wants a value of type int"},
		{"answer 1", "no caller waits"},
		{"begin", "is for before the machine begins"},
	}
	for _, tt := range tests {
		s, err := simulate.ParseStimulus(tt.line)
		if err != nil {
			t.Fatal(err)
		}
		answers := &simulate.Answers{}
		machine, err := simulate.New(m, answers, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Apply(machine, answers); err == nil || !strings.Contains(err.Error(), tt.problem) {
			t.Errorf("%s: %v; want %s", tt.line, err, tt.problem)
		}
	}
}

// FuzzScript reads anything without panicking, and reads what it has written as what it was.
func FuzzScript(f *testing.F) {
	f.Add("send checkout session=abc # comment\nwait 5s\n")
	f.Add(`guard "a > 1" true false` + "\nfail start \"no\"\nanswer \"\"\n")
	f.Fuzz(func(t *testing.T, text string) {
		script, err := simulate.ParseScript(text)
		if err != nil {
			return
		}
		for _, s := range script {
			again, err := simulate.ParseStimulus(s.String())
			if err != nil {
				t.Fatalf("%q is written %s: %v", text, s, err)
			}
			if again.String() != s.String() {
				t.Fatalf("%s is written %s", s, again)
			}
		}
	})
}

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

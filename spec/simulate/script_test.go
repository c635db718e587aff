package simulate_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/fsmgen/fsmgen/spec/simulate"
)

func TestParseScript_Lines(t *testing.T) {
	for _, line := range []string{
		"send checkout", `send checkout session=abc note="two words" n=3`, "wait 1m30s", `fire "ready after 5s"`, "fire event_timeout",
		"return start pid=7", `fail start "no such file"`, "guard has_room true", "guard has_room true false true",
		`guard "data.failures + 1 >= params.limit" false`, "choose route left", "choose route left right", "begin", `reply grant "a # b"`, "set failures 3", `answer ""`,
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

package golang_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fsmgen/fsmgen/gen/internal/golang"
	"github.com/fsmgen/fsmgen/gen/internal/golang/doorfsm"
	"github.com/fsmgen/fsmgen/gen/internal/golang/kitchenfsm"
	fsm "github.com/fsmgen/fsmgen/runtime"
	"github.com/fsmgen/fsmgen/spec"
)

// machine is a spec whose events and states a test chooses.
func machine(events, states string) string {
	return "fsm: 1\nmachine: thing\ngo: {package: thingfsm}\n" +
		"events: {" + events + "}\nactions: {leave: {}}\ninitial: begin\nstates:\n  begin: {}\n" + states
}

func TestClash_TwoThingsWithOneGoName(t *testing.T) {
	tests := []struct {
		name           string
		events, states string
		want           []string // of the errors, without their path
	}{
		{
			"two cells", "c: {}, b_c: {}", "  a:\n    on: {b_c: begin}\n  a_b:\n    on: {c: begin}\n",
			[]string{
				"12:13: c in state a_b: the Go name Machine.aBC belongs to b_c in state a (line 10): rename one of them",
				"12:13: c in state a_b: the Go name transitionABC belongs to b_c in state a (line 10): rename one of them",
			},
		},
		{
			"a cell and an exit", "open: {}", "  open: {exit: leave}\n  exit:\n    on: {open: begin}\n",
			[]string{"11:16: open in state exit: the Go name Machine.exitOpen belongs to state open (line 9): rename one of them"},
		},
		{
			"an event and a time-out", "after_2s: {}", "  open: {after: {2s: begin}, on: {after_2s: begin}}\n",
			[]string{
				"9:18: time-out 2s of state open: the Go name eventAfter2s belongs to event after_2s (line 4): rename one of them",
				"9:22: after 2s in state open: the Go name Machine.openAfter2s belongs to after_2s in state open (line 9): rename one of them",
				"9:22: after 2s in state open: the Go name transitionOpenAfter2s belongs to after_2s in state open (line 9): rename one of them",
			},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m := load(t, "dir/thing.fsm.yaml", []byte(machine(test.events, test.states)))
			files, err := golang.Files(m)
			if err == nil || files != nil {
				t.Fatalf("Files() = %d files, %v; want only an error", len(files), err)
			}
			if _, ok := errors.AsType[*golang.ClashError](err); !ok {
				t.Errorf("the error is %T; want a ClashError", err)
			}
			got := strings.Split(strings.ReplaceAll(err.Error(), "golang: thing.fsm.yaml:", ""), "\n")
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("errors (-want +got):\n%s", diff)
			}
		})
	}
}

func TestClash_PlacesOfBothNames(t *testing.T) {
	source := machine("open: {}", "  open: {exit: leave}\n  exit:\n    on: {open: begin}\n")
	_, err := golang.Files(load(t, "thing.fsm.yaml", []byte(source)))
	clash, ok := errors.AsType[*golang.ClashError](err)
	if !ok {
		t.Fatalf("Files() = %v; want a ClashError", err)
	}
	if clash.First != (spec.Pos{Line: 9, Column: 3}) || clash.Pos != (spec.Pos{Line: 11, Column: 16}) {
		t.Errorf("the names are at %v and %v; want 9:3 and 11:16", clash.First, clash.Pos)
	}
}

// leftBehind matches text that only a template may have: an action, or the name of its machine.
var leftBehind = regexp.MustCompile(`\{\{|\}\}\*/|\bthing\b`)

func TestFiles_NothingOfATemplateIsLeft(t *testing.T) {
	for _, g := range goldens(t) {
		support := g.archive.Files[2]
		if found := leftBehind.Find(support.Data); found != nil {
			t.Errorf("%s has %q in %s", g.path, found, support.Name)
		}
	}
}

func TestTransitions_ThoseOfTheGeneratedCode(t *testing.T) {
	tests := []struct {
		path string
		info *fsm.Info
	}{
		{"doorfsm/door.fsm.yaml", doorfsm.Info()},
		{"kitchenfsm/kitchen.fsm.yaml", kitchenfsm.Info()},
	}
	for _, test := range tests {
		t.Run(test.info.Machine, func(t *testing.T) {
			got, err := golang.Transitions(load(t, test.path, read(t, test.path)))
			if err != nil {
				t.Fatal(err)
			}
			var want []golang.Transition
			for i, arc := range test.info.Transitions {
				want = append(want, golang.Transition{
					From: arc.From, Event: arc.Event, Guard: arc.Guard, To: arc.To, Internal: arc.Internal, Line: got[i].Line,
				})
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("transitions (-generated +listed):\n%s", diff)
			}
		})
	}
}

func TestClash_TimerThatNeedsOneGoNameTwice(t *testing.T) {
	source := "fsm: 1\nmachine: thing\nevents: {go: {}}\ntimers: {timer: {after: 1s}}\ninitial: a\nstates:\n" +
		"  a: {on: {go: {target: b, start: timer}}}\n  b: {on: {timer: a}}\n"
	_, err := golang.Files(load(t, "thing.fsm.yaml", []byte(source)))
	want := "golang: thing.fsm.yaml:4:10: timer timer: the Go name timerTimer belongs to other code that is generated for it: choose another name"
	if err == nil || err.Error() != want {
		t.Errorf("Files() = %v; want %s", err, want)
	}
}

func TestFiles_EntryOfAStateThatNothingEnters(t *testing.T) {
	source := "fsm: 1\nmachine: thing\nevents: {go: {}}\nactions: {ring: {}}\ninitial: a\nstates:\n" +
		"  a: {on: {go: b}}\n  b: {entry: ring}\n  alone: {entry: ring, on: {go: b}}\n"
	files, err := golang.Files(load(t, "thing.fsm.yaml", []byte(source)))
	if err != nil {
		t.Fatal(err)
	}
	code := string(files[0].Content)
	if strings.Contains(code, "enterAlone") || !strings.Contains(code, "func (m *Machine) enterB()") {
		t.Errorf("the methods of the entries are not those of b alone:\n%s", code)
	}
}

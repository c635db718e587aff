package doorfsm

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	fsm "github.com/fsmgen/fsmgen/runtime"
)

func TestState_EveryNameAsText(t *testing.T) {
	for _, s := range States() {
		text, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		var got State
		if err := json.Unmarshal(text, &got); err != nil || got != s {
			t.Errorf("%s is read as %v, %v; want %v", text, got, err, s)
		}
	}
}

func TestState_UnknownName(t *testing.T) {
	_, err := ParseState("ajar")
	if unknown, ok := errors.AsType[*fsm.UnknownStateError](err); !ok || unknown.Name != "ajar" {
		t.Fatalf("ParseState() = %v; want an UnknownStateError with the name", err)
	}
	want := `fsm: door: "ajar" is not a state; the states are locked, unlocked, closed, open, scrapped`
	if err.Error() != want {
		t.Errorf("the error is %q; want %q", err, want)
	}
	if got := State(0).String(); got != "State(invalid)" {
		t.Errorf("State(0) is %q", got)
	}
}

func TestState_InItselfAndItsParents(t *testing.T) {
	var got [][2]State
	for _, s := range States() {
		for _, of := range States() {
			if s != of && s.In(of) {
				got = append(got, [2]State{s, of})
			}
		}
		if !s.In(s) {
			t.Errorf("%v is not in itself", s)
		}
	}
	want := [][2]State{{StateClosed, StateUnlocked}, {StateOpen, StateUnlocked}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("states in others (-want +got):\n%s", diff)
	}
}

func TestInfo_TransitionsWithTheirPlaces(t *testing.T) {
	info := Info()
	if got := len(info.Transitions); got != 11 {
		t.Errorf("there are %d transitions; want 11", got)
	}
	want := fsm.TransitionInfo{
		From: "locked", Event: "button", To: "closed", Guard: "complete", Pos: "door.fsm.yaml:48",
	}
	if diff := cmp.Diff(want, info.Transitions[transitionLockedButton1]); diff != "" {
		t.Errorf("transition (-want +got):\n%s", diff)
	}
	if !info.Accepts(int(StateOpen), eventButton) || info.Accepts(int(StateClosed), eventButton) {
		t.Error("open ignores a button and closed rejects it; Accepts says otherwise")
	}
}

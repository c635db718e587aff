package doorfsm

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	fsm "github.com/fsmgen/fsmgen/runtime"
)

// house has all hooks of one door and writes down which of them ran. Only the machine that has it may touch it.
type house struct {
	code   string
	ran    []string
	inKey  func(x *Ctx) // what Collect does besides
	inBolt func(x *Ctx) // what Unlock does besides
}

func (h *house) hooks() Hooks { return Hooks{Door: h, Keypad: h, Bolt: h, Bell: h} }

func (h *house) note(format string, args ...any) { h.ran = append(h.ran, fmt.Sprintf(format, args...)) }

func (h *house) Complete(x *View, digit int) bool {
	return x.Data().Digits+strconv.Itoa(digit) == h.code
}

func (h *house) Collect(x *Ctx, digit int) {
	h.note("collect %d", digit)
	x.Data().Digits += strconv.Itoa(digit)
	if h.inKey != nil {
		h.inKey(x)
	}
}

func (h *house) Forget(x *Ctx) {
	h.note("forget in %v", x.State())
	x.Data().Digits = ""
}

func (h *house) Unlock(x *Ctx) {
	h.note("unlock in %v", x.State())
	x.Data().Opened++
	if h.inBolt != nil {
		h.inBolt(x)
	}
}

func (h *house) Bar(x *Ctx) { h.note("bar in %v", x.State()) }

func (h *house) Ring(*Ctx) { h.note("ring") }

func (h *house) Receipt(x *View) Receipt { return Receipt{Opened: x.Data().Opened} }

func (h *house) Terminated(x *Ctx, reason error) { h.note("terminated in %v: %v", x.State(), reason) }

// newDoor returns a locked door without goroutines.
func newDoor(t *testing.T, h *house) *Machine {
	t.Helper()
	m, err := New(h.hooks(), Params{})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// startDoor returns a live locked door.
func startDoor(t *testing.T, h *house, c fsm.Config) *Server {
	t.Helper()
	s, err := Start(h.hooks(), Params{}, c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

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

func BenchmarkMachine(b *testing.B) {
	m, err := New((&house{code: "4"}).hooks(), Params{})
	if err != nil {
		b.Fatal(err)
	}
	m.hooks.Bell = &quiet{}
	if err := m.Button(4); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		_ = m.Knock()
	}
}

func BenchmarkServer(b *testing.B) {
	s, err := Start((&house{code: "4"}).hooks(), Params{}, fsm.Config{})
	if err != nil {
		b.Fatal(err)
	}
	s.m.hooks.Bell = &quiet{}
	ctx := b.Context()
	if err := s.Button(ctx, 4); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		_ = s.Knock(ctx)
	}
}

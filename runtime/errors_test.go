package runtime_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	fsm "github.com/fsmgen/fsmgen/runtime"
)

func TestErrors_Texts(t *testing.T) {
	cause := errors.New("disk on fire")
	tests := []struct {
		err  error
		want string
	}{
		{&fsm.UnhandledError{Machine: "door", State: "open", Event: "lock"}, "fsm: door: event lock is not handled in state open, which handles none"},
		{&fsm.StoppedError{Machine: "door"}, "fsm: door: stopped"},
		{&fsm.StoppedError{Machine: "door", Cause: cause}, "fsm: door: stopped: disk on fire"},
		{&fsm.PanicError{Machine: "door"}, "fsm: door: a hook ended its goroutine"},
		{&fsm.PanicError{Machine: "door", Value: 7}, "fsm: door: a hook panicked: 7"},
		{&fsm.HookError{Machine: "door", Group: "Bolt"}, "fsm: door: hooks: Bolt is nil: every group needs an implementation"},
		{&fsm.ParamError{Machine: "door", Param: "Length", Value: 0, Bound: "at least 1"}, "fsm: door: params: Length is 0; want at least 1"},
		{
			&fsm.WaitError{Machine: "door", Withdrawn: true, Cause: cause},
			"fsm: door: call ended before its event was handled, which has been withdrawn: disk on fire",
		},
		{
			&fsm.WaitError{Machine: "door", Cause: cause},
			"fsm: door: call ended before its reply: the event may still be handled: disk on fire",
		},
		{
			&fsm.UnknownStateError{Machine: "door", Name: "ajar", States: []string{"open", "closed"}},
			`fsm: door: "ajar" is not a state; the states are open, closed`,
		},
		{
			&fsm.SnapshotError{Machine: "door", Field: "version", Got: "2", Want: "3"},
			"fsm: door: snapshot: version is 2; want 3",
		},
		{&fsm.UnknownTimerError{Machine: "door", Name: "lunch"}, `fsm: door: snapshot: there is no timer "lunch"`},
	}
	for _, tt := range tests {
		if got := tt.err.Error(); got != tt.want {
			t.Errorf("text = %q; want %q", got, tt.want)
		}
	}
}

func TestErrors_Unwrap(t *testing.T) {
	cause := errors.New("disk on fire")
	crash := &fsm.PanicError{Machine: "door", Value: cause}
	stopped := &fsm.StoppedError{Machine: "door", Cause: crash}
	for _, target := range []error{cause, crash, fsm.ErrStopped} {
		if !errors.Is(stopped, target) {
			t.Errorf("%v does not match %v", stopped, target)
		}
	}
	if errors.Is(crash, fsm.ErrStopped) {
		t.Errorf("%v matches ErrStopped; only what came too late does", crash)
	}
}

func TestParamErrors_ReportAll(t *testing.T) {
	var errs fsm.ParamErrors
	errs.Check("door", "OpenTime", 1, true, "at least 1")
	if err := errs.Err(); err != nil {
		t.Errorf("Err() without a wrong parameter = %v", err)
	}
	errs.Check("door", "Length", 0, false, "at least 1")
	errs.Check("door", "Bells", 9, false, "at most 3")
	want := "fsm: door: params: Length is 0; want at least 1\nfsm: door: params: Bells is 9; want at most 3"
	if err := errs.Err(); err == nil || err.Error() != want {
		t.Errorf("Err() = %v; want both:\n%s", err, want)
	}
}

func TestInfo_Accepts(t *testing.T) {
	if !turnstileInfo.Accepts(locked, eventCoin) || turnstileInfo.Accepts(locked, eventPush) {
		t.Error("Accepts(locked, ...) does not follow the table")
	}
}

func TestNewInfo_StateHandlesWhatTheStatesAroundItDo(t *testing.T) {
	const (
		house = iota + 1
		room
		street
	)
	info := fsm.NewInfo(fsm.Info{
		Machine: "walk", States: []string{house: "house", room: "room", street: "street"}, Events: []string{"ring", "sleep", "run"},
		Parents: []int{room: house}, Handles: [][]int{house: {2, 0}, room: {1, 0}, street: nil},
	})
	want := [][]int{nil, {0, 2}, {0, 1, 2}, nil}
	if diff := cmp.Diff(want, info.Handles, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("what the states handle (-want +got):\n%s", diff)
	}
	for _, tt := range []struct {
		state, of int
		want      bool
	}{{room, house, true}, {room, room, true}, {house, room, false}, {street, house, false}} {
		if got := info.IsIn(tt.state, tt.of); got != tt.want {
			t.Errorf("IsIn(%d, %d) = %t; want %t", tt.state, tt.of, got, tt.want)
		}
	}
}

func TestNewInfo_RowsBecomeTransitions(t *testing.T) {
	info := fsm.NewInfo(fsm.Info{
		Machine: "lamp", States: []string{1: "on", 2: "off"}, Events: []string{"swap"}, Spec: "lamp.fsm.yaml",
		Rows: []fsm.TransitionRow{
			{From: 1, Event: 0, To: 2, Guard: "warm", Line: 7},
			{From: 2, Event: fsm.EventAlways, Line: 8},
			{From: 2, Event: 0, History: "before", Line: 9},
			{From: 1, Event: 0, To: 1, Line: 10},
		},
	})
	want := []fsm.TransitionInfo{
		{From: "on", Event: "swap", To: "off", Guard: "warm", Pos: "lamp.fsm.yaml:7"},
		{From: "off", Event: "always", To: "off", Internal: true, Pos: "lamp.fsm.yaml:8"},
		{From: "off", Event: "swap", To: "before", Pos: "lamp.fsm.yaml:9"},
		{From: "on", Event: "swap", To: "on", Pos: "lamp.fsm.yaml:10"},
	}
	if diff := cmp.Diff(want, info.Transitions); diff != "" {
		t.Errorf("transitions (-want +got):\n%s", diff)
	}
	for state, name := range []string{"State(invalid)", "on", "off", "State(invalid)"} {
		if got := info.StateName(state); got != name {
			t.Errorf("StateName(%d) = %q; want %q", state, got, name)
		}
	}
}

func TestErrors_TransitionsWithoutEventsAndChoices(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want string
	}{
		{
			&fsm.EventlessError{Machine: "door", State: "open"},
			"fsm: door: more than 1000 transitions without an event in a row, the last into state open: their guards must fail some time",
		},
		{
			&fsm.UnknownOutcomeError{Machine: "door", Choice: "way", Outcome: 9},
			"fsm: door: choice way: 9 is not one of its outcomes",
		},
	} {
		if got := tt.err.Error(); got != tt.want {
			t.Errorf("text = %q; want %q", got, tt.want)
		}
	}
}

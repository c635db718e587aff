package engine_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/google/go-cmp/cmp/cmpopts"

	fsm "github.com/fsmgen/fsmgen/runtime"
	"github.com/fsmgen/fsmgen/runtime/internal/engine"
)

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
	info := engine.NewInfo(engine.Info{
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

func TestNewInfo_RefusalHasTheGuardsOfTheStatesAroundIt(t *testing.T) {
	const (
		house = iota + 1
		room
	)
	info := engine.NewInfo(engine.Info{
		Machine: "walk", States: []string{house: "house", room: "room"}, Events: []string{"ring", "sleep"},
		Calls: []bool{false, false}, Parents: []int{room: house},
		Rows: []engine.TransitionRow{
			{From: house, Event: 0, Guard: "late"},
			{From: house, Event: 0, Guard: "loud"},
			{From: house, Event: engine.EventAlways, Guard: "empty"},
			{From: house, Event: 1, Guard: "tired"},
			{From: room, Event: 0, Guard: "loud", Choice: "way is up"},
			{From: room, Event: 0, Guard: "loud", Choice: "way is down"},
		},
	})
	for _, tt := range []struct {
		state, event int
		want         []string
	}{{house, 0, []string{"late", "loud"}}, {room, 0, []string{"loud", "late"}}, {room, 1, []string{"tired"}}} {
		var e engine.Engine
		e.Init(info, tt.state)
		refused, ok := errors.AsType[*fsm.UnhandledError](e.Refuse(tt.event))
		if !ok || !refused.Refused || !cmp.Equal(refused.Guards, tt.want) {
			t.Errorf("Refuse(%d) in state %d = %+v; want the guards %v", tt.event, tt.state, refused, tt.want)
		}
		if rejected, ok := errors.AsType[*fsm.UnhandledError](e.Reject(tt.event)); !ok || rejected.Guards != nil {
			t.Errorf("Reject(%d) in state %d = %+v; want no guards", tt.event, tt.state, rejected)
		}
	}
}

func TestNewInfo_RowsBecomeTransitions(t *testing.T) {
	info := engine.NewInfo(engine.Info{
		Machine: "lamp", States: []string{1: "on", 2: "off"}, Events: []string{"swap"}, Spec: "lamp.fsm.yaml",
		Rows: []engine.TransitionRow{
			{From: 1, Event: 0, To: 2, Guard: "warm", Line: 7},
			{From: 2, Event: engine.EventAlways, Line: 8},
			{From: 2, Event: 0, History: "before", Line: 9},
			{From: 1, Event: 0, To: 1, Line: 10},
			{From: 1, Event: 0, To: 1, Guard: "warm", Choice: "mood is good", Line: 11},
			{From: 1, Event: 0, To: 1, Choice: "mood is bad", Line: 12},
		},
	})
	want := []fsm.TransitionInfo{
		{From: "on", Event: "swap", To: "off", Guard: "warm", Pos: "lamp.fsm.yaml:7"},
		{From: "off", Event: "always", To: "off", Internal: true, Pos: "lamp.fsm.yaml:8"},
		{From: "off", Event: "swap", To: "before", Pos: "lamp.fsm.yaml:9"},
		{From: "on", Event: "swap", To: "on", Pos: "lamp.fsm.yaml:10"},
		{From: "on", Event: "swap", To: "on", Guard: "warm, mood is good", Pos: "lamp.fsm.yaml:11"},
		{From: "on", Event: "swap", To: "on", Guard: "mood is bad", Pos: "lamp.fsm.yaml:12"},
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

package simulate_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fsmgen/fsmgen/internal/second"
	"github.com/fsmgen/fsmgen/internal/spectest"
	"github.com/fsmgen/fsmgen/internal/spectest/drive"
	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/spec/simulate"
)

// What stateless can do it does as the interpreter does.
func TestSecond_AgreesWithSimulation(t *testing.T) {
	const features = spectest.Nested | spectest.Final | spectest.Condition | spectest.Wildcard
	if testing.Short() {
		t.Skip("walks 2,000 machines")
	}
	agreed := 0
	for seed := range uint64(2000) {
		m, found := spec.Load("m.fsm.yaml", []byte(spectest.Source(seed, features, "m")))
		if found.HasErrors() {
			continue
		}
		for walk := range uint64(4) {
			got, err := walkSecond(m, seed*4+walk)
			if _, unsupported := errors.AsType[*second.NotSupportedError](err); unsupported {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			want := walkInterp(t, m, seed*4+walk, spectest.Walk(seed*4+walk, moves))
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("seed %d, walk %d (-interpreted +stateless):\n%s\nof the spec:\n%s", seed, walk, diff, m.Source)
			}
			agreed++
		}
	}
	if agreed < 400 {
		t.Errorf("compared %d walks; want at least 400", agreed)
	}
}

// walkSecond takes a machine of the second engine along a walk.
func walkSecond(m *spec.Machine, seed uint64) ([]string, error) {
	trace := &drive.Trace{Walk: seed}
	machine, err := second.New(m, tracer{trace}, settings(m))
	if err != nil {
		return nil, err
	}
	ended := false
	see := func(move int, reply any, err error) {
		if machine.Err() != nil && !ended {
			ended = true
			trace.Act("terminated", " ", error(nil))
		}
		count, _ := machine.Data()["count"].(int64)
		trace.See(move, drive.Sight{Reply: reply, Err: err, State: machine.State().Name, Count: int(count), Next: -1})
	}
	see(-1, nil, nil)
	for i, move := range spectest.Walk(seed, moves) {
		var reply any
		var err error
		if move.Event >= 0 {
			reply, err = machine.Send(spectest.Events[move.Event], simulate.Values{"n": move.N})
		}
		see(i, reply, err)
	}
	return trace.Lines, nil
}

// settings are the params of a random machine.
func settings(m *spec.Machine) simulate.Values {
	values := simulate.Values{}
	for _, p := range m.Params {
		values[p.Name], _ = simulate.Parse(p.Type.Value, p.Default.Value)
	}
	return values
}

func TestSecond_UnsupportedWords(t *testing.T) {
	const start = "fsm: 1\nmachine: m\nevents: {e: {}}\ninitial: a\nstates:\n  a:\n    initial: b\n"
	tests := []struct{ source, word string }{
		{start + "    on: {e: c}\n    after: {1s: c}\n    states: {b: {}}\n  c: {type: final}\n", "after"},
		{start + "    on: {e: c}\n    postpone: []\n    states: {b: {postpone: e}}\n  c: {type: final}\n", "postpone"},
		{start + "    states: {b: {on: {e: d}}, d: {type: history}}\n", "type: history"},
		{start + "    states: {b: {on: {e: a}}}\n", "a target that leaves more than it has to"},
	}
	for _, tt := range tests {
		_, err := second.New(load(t, "m.fsm.yaml", []byte(tt.source)), &simulate.Answers{}, nil)
		unsupported, ok := errors.AsType[*second.NotSupportedError](err)
		if !ok || unsupported.Word != tt.word {
			t.Errorf("New = %v; want that it does not have %s", err, tt.word)
		}
	}
}

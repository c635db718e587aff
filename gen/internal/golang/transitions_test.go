package golang_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fsmgen/fsmgen/gen/internal/golang"
	"github.com/fsmgen/fsmgen/gen/internal/golang/doorfsm"
	"github.com/fsmgen/fsmgen/gen/internal/golang/kitchenfsm"
	fsm "github.com/fsmgen/fsmgen/runtime"
)

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

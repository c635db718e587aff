package runtime_test

import (
	"testing"

	fsm "github.com/fsmgen/fsmgen/runtime"
)

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

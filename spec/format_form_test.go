package spec

import (
	"iter"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A word without a place in its form would be put behind all others.
func TestEveryWordHasAPlaceInItsForm(t *testing.T) {
	machine := machineForm()
	state := machine.of("states").of("open")
	arm := state.of("on").of("push")
	property := machine.of("properties")
	tests := []struct {
		place string
		form  *form
		words iter.Seq[string]
	}{
		{"machine", machine, machineShape().names()},
		{"go", machine.of("go"), goShape().names()},
		{"param", machine.of("params").of("limit"), paramShape().names()},
		{"data", machine.of("data").of("mood"), dataShape().names()},
		{"event", machine.of("events").of("push"), eventShape().names()},
		{"timer", machine.of("timers").of("probe"), timerShape().names()},
		{"guard", machine.of("guards").of("locked"), hookShape().names()},
		{"invoke", machine.of("invokes").of("heat"), invokeShape().names()},
		{"choice", machine.of("choices").of("route"), choiceShape().names()},
		{"state", state, stateShape().names()},
		{"arm", arm, armShape().names()},
		{"choose", arm.of("choose"), chooseShape(nil).names()},
		{"outcome", arm.of("choose").of("outcomes").of("pan"), armShape().names()},
		{"invocation", state.of("invoke"), invocationShape(nil).names()},
		{"property", property, propertyShape().names()},
		{"never", property.of("never"), neverShape().names()},
	}
	for _, tt := range tests {
		t.Run(tt.place, func(t *testing.T) {
			for word := range tt.words {
				if !slices.Contains(tt.form.words, word) {
					t.Errorf("%s has no place in the form %q", word, tt.form.words)
				}
			}
			sorted := slices.Sorted(slices.Values(tt.form.words))
			if diff := cmp.Diff(sorted, slices.Compact(slices.Clone(sorted))); diff != "" {
				t.Errorf("words are there twice:\n%s", diff)
			}
		})
	}
}

package format

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fsmgen/fsmgen/spec/internal/parse"
)

// A word without a place in its form would be put behind all others.
func TestForm_HasEveryWord(t *testing.T) {
	machine := machineForm()
	state := machine.of("states").of("open")
	transition := state.of("on").of("push")
	property := machine.of("properties")
	forms := map[string]*form{
		"machine": machine, "go": machine.of("go"), "param": machine.of("params").of("limit"), "data": machine.of("data").of("mood"),
		"event": machine.of("events").of("push"), "timer": machine.of("timers").of("probe"),
		"hook": machine.of("guards").of("locked"), "invoke": machine.of("invokes").of("heat"),
		"choice": machine.of("choices").of("route"), "reply": machine.of("replies").of("count"), "state": state, "transition": transition, "choose": transition.of("choose"),
		"state's invoke": state.of("invoke"), "property": property, "never": property.of("never"),
		"field": machine.of("types").of("Visit").of("by"), "named time": state.of("after").of("30s"),
		"snapshots": machine.of("snapshots"), "removed": machine.of("snapshots").of("removed"),
	}
	places := parse.Words()
	places["outcome"], forms["outcome"] = places["transition"], transition.of("choose").of("outcomes").of("pan")
	for place, words := range places {
		t.Run(place, func(t *testing.T) {
			form := forms[place]
			if form == nil {
				t.Fatal("there is no form of this mapping")
			}
			for _, word := range words {
				if !slices.Contains(form.words, word) {
					t.Errorf("%s has no place in the form %q", word, form.words)
				}
			}
			sorted := slices.Sorted(slices.Values(form.words))
			if diff := cmp.Diff(sorted, slices.Compact(slices.Clone(sorted))); diff != "" {
				t.Errorf("words are there twice:\n%s", diff)
			}
		})
	}
}

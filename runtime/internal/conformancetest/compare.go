package conformancetest

import (
	"fmt"
	"slices"

	"github.com/google/go-cmp/cmp"
)

// Compare returns a description of the first difference between two expectations; empty if there is
// none.
func Compare(want, got Expectation) string {
	for i, w := range want.Trace {
		if i >= len(got.Trace) {
			return fmt.Sprintf("trace ends before entry %d; want %v", i, w)
		}
		if !cmp.Equal(w, got.Trace[i]) {
			return fmt.Sprintf("trace entry %d = %v; want %v\nbefore it: %v", i, got.Trace[i], w, tail(got.Trace[:i]))
		}
	}
	if len(got.Trace) > len(want.Trace) {
		return fmt.Sprintf("trace entry %d = %v; want the end", len(want.Trace), got.Trace[len(want.Trace)])
	}
	for _, part := range []struct {
		name      string
		want, got any
	}{{"start", want.Start, got.Start}, {"calls", sorted(want.Calls), sorted(got.Calls)}, {"final", want.Final, got.Final}} {
		if diff := cmp.Diff(part.want, part.got); diff != "" {
			return fmt.Sprintf("%s (-want +got):\n%s", part.name, diff)
		}
	}
	return ""
}

func tail(trace []entry) []entry { return trace[max(0, len(trace)-3):] }

func sorted(calls []entry) []entry {
	out := append([]entry{}, calls...)
	slices.SortFunc(out, func(a, b entry) int { return int(a["id"].(float64) - b["id"].(float64)) })
	return out
}

package runtime_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestConformance replays what the gen_statem of Erlang/OTP did: every *.jsonl.gz in testdata/conformance, and in the folder
// that FSM_CONFORMANCE names, if it names one.
func TestConformance(t *testing.T) {
	folders := []string{filepath.Join("testdata", "conformance")}
	if more := os.Getenv("FSM_CONFORMANCE"); more != "" {
		folders = append(folders, more)
	}
	var files []string
	for _, folder := range folders {
		found, err := filepath.Glob(filepath.Join(folder, "*.jsonl.gz"))
		if err != nil {
			t.Fatal(err)
		}
		if len(found) == 0 {
			t.Errorf("no *.jsonl.gz in %s", folder)
		}
		files = append(files, found...)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) { conform(t, file) })
	}
}

const shownFailures = 10 // of one file

func conform(t *testing.T, file string) {
	passed, all := 0, 0
	err := readScenarios(file, func(s *scenario) {
		all++
		difference := compare(s.Expect, replay(s, func() { t.Fatalf("%s: the trace goes on and on", s.Name) }))
		if difference == "" {
			passed++
			return
		}
		if all-passed <= shownFailures {
			t.Errorf("%s: %s", s.Name, difference)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("conformance: %s: %d of %d scenarios", filepath.Base(file), passed, all)
	if passed < all || all == 0 {
		t.Errorf("%d of %d scenarios differ", all-passed, all)
	}
}

// compare describes the first difference; empty if there is none.
func compare(want, got expectation) string {
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

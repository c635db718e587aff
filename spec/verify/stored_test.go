package verify_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/fsmgen/fsmgen/spec/verify"
)

// TestDiff_TimesThatSnapshotsMayHaveRunning compares one time of a state with what the new version makes of it.
func TestDiff_TimesThatSnapshotsMayHaveRunning(t *testing.T) {
	spec := func(params, lit string) string {
		return fmt.Sprintf(`fsm: 1
machine: lamp
params: {%s}
events: {push: {}}
initial: dark
states:
  dark: {on: {push: lit}}
  %s
`, params, lit)
	}
	old := spec("patience: {type: duration, default: 1h}", "lit: {after: {patience: dark}}")
	for _, tt := range []struct {
		name, now string
		refused   bool
	}{
		{"as it was", old, false},
		{"another default", strings.Replace(old, "1h", "2h", 1), false},
		{"another target", strings.Replace(old, "patience: dark}", "patience: lit}", 1), false},
		{"one more time", strings.Replace(old, "patience: dark}", "patience: dark, 2h: dark}", 1), false},
		{"a renamed param", strings.ReplaceAll(old, "patience", "glow"), true},
		{"a renamed param that says so", strings.Replace(strings.ReplaceAll(old, "patience", "glow"), "1h}", "1h, renamed_from: patience}", 1), false},
		{"a name", strings.Replace(old, "patience: dark}", "patience: {name: fade, transitions: dark}}", 1), true},
		{"a name that says so", strings.Replace(old, "patience: dark}", "2h: {name: fade, renamed_from: patience, transitions: dark}}", 1), false},
		{"no time any more, which is said", "snapshots: {removed: {timers: [lit after patience]}}\n" + spec("", "lit: {on: {push: dark}}"), false},
		{"a literal", spec("patience: {type: duration, default: 1h}", "lit: {after: {1h: dark}}"), true},
		{"no time", spec("patience: {type: duration, default: 1h}", "lit: {on: {push: dark}}"), true},
		{"a renamed state", spec("patience: {type: duration, default: 1h}", "lit2: {renamed_from: lit, after: {patience: dark}}"), false},
		{"a renamed state with another time", spec("patience: {type: duration, default: 1h}", "lit2: {renamed_from: lit, after: {1h: dark}}"), true},
	} {
		now := strings.Replace(tt.now, "push: lit}", "push: "+litName(tt.now)+"}", 1)
		changes := verify.Diff(load(t, "old.fsm.yaml", []byte(old)), load(t, "new.fsm.yaml", []byte(now)))
		found := false
		for _, c := range changes {
			found = found || c.Facet == "snapshots" && c.Affected == verify.Snapshots && c.Level == verify.Major
		}
		if found != tt.refused {
			t.Errorf("%s: says that snapshots are refused: %v; want %v: %v", tt.name, found, tt.refused, changes)
		}
	}
}

func litName(text string) string {
	if strings.Contains(text, "lit2:") {
		return "lit2"
	}
	return "lit"
}

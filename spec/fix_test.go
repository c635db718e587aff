package spec_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fsmgen/fsmgen/spec"
)

// TestFix_GoldenFixes loads each spec of the archives, makes its fixes until there are none, and compares.
func TestFix_GoldenFixes(t *testing.T) {
	for _, a := range openArchives(t, "fix/*.txtar") {
		src := a.specs()[0]
		fixed, made, left := spec.Fix(src.Name, src.Data)
		a.expect(t, "fixed", fixed)
		if made == 0 || len(left) > 0 {
			t.Errorf("%s: %d fixes made, %v left; want some made and nothing left", a.name, made, left)
		}
	}
}

// TestFix_LeavesOnlyWhatIsNotCertain: what is fixed needs no fix again, and no fix makes the file worse.
func TestFix_LeavesOnlyWhatIsNotCertain(t *testing.T) {
	for _, a := range openArchives(t, "findings/*.txtar") {
		for _, f := range a.specs() {
			_, before := spec.Load(f.Name, f.Data)
			fixed, made, left := spec.Fix(f.Name, f.Data)
			for _, finding := range left {
				if len(finding.Fix) > 0 {
					t.Errorf("%s: %v; want its fix made:\n%s", a.name, finding, fixed)
				}
			}
			if syntaxErrors(left) > syntaxErrors(before) {
				t.Errorf("%s: %s: fixes broke the file: %v\n%s", a.name, f.Name, left, fixed)
			}
			if made == 0 && string(fixed) != string(f.Data) {
				t.Errorf("%s: %s: no fix made, and the file changed", a.name, f.Name)
			}
		}
	}
}

func TestFix_KeepsTextAround(t *testing.T) {
	src := "\ufefffsm: 1\r\nmachine: door # ä\r\ninitial: opne\r\nstates:\r\n  open: {}\r\n"
	fixed, made, _ := spec.Fix("door.fsm.yaml", []byte(src))
	if want := strings.Replace(src, "opne", "open", 1); string(fixed) != want || made != 1 {
		t.Errorf("%d fixes: %q; want %q", made, fixed, want)
	}
}

func TestFix_TouchingFixesOneByOne(t *testing.T) {
	at := func(from, to int, text string) spec.Finding {
		return spec.Finding{Fix: []spec.Edit{{Pos: spec.Pos{Line: 1, Column: from}, End: spec.Pos{Line: 1, Column: to}, Text: text}}}
	}
	for _, tt := range []struct {
		why, want string
		made      int
		found     spec.Findings
	}{
		{"apart", "XbYdef", 2, spec.Findings{at(1, 2, "X"), at(3, 4, "Y")}},
		{"one in the other", "Xdef", 1, spec.Findings{at(1, 4, "X"), at(2, 3, "Y")}},
		{"at one place", "Xabcdef", 1, spec.Findings{at(1, 1, "X"), at(1, 1, "Y")}},
		{"behind the end", "abcdefX", 1, spec.Findings{at(90, 99, "X")}},
		{"none", "abcdef", 0, spec.Findings{{}}},
	} {
		fixed, made := spec.ApplyFixes([]byte("abcdef"), tt.found)
		if string(fixed) != tt.want || made != tt.made {
			t.Errorf("%s: %q, %d made; want %q, %d", tt.why, fixed, made, tt.want, tt.made)
		}
	}
}

func TestFix_NoneWhereSeveralNamesAreNear(t *testing.T) {
	src := "fsm: 1\nmachine: door\ninitial: stat_c\nstates: {stat_a: {}, stat_b: {}}\n"
	_, found := spec.Load("door.fsm.yaml", []byte(src))
	if diff := cmp.Diff([]spec.Edit(nil), found[0].Fix); diff != "" {
		t.Errorf("%v: %s", found[0], diff)
	}
}

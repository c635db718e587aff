package spec_test

import (
	"io"
	"testing"
	"unicode/utf8"

	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/spec/internal/finding"
)

// FuzzParse: whatever the bytes, there is a machine, findings that stand where they say, and no panic; and a machine
// without errors can be walked and stepped through.
func FuzzParse(f *testing.F) {
	for _, name := range ownMachines {
		f.Add([]byte(readSpec(f, name)))
	}
	for _, pattern := range []string{"findings/*.txtar", "print/*.txtar"} {
		for _, a := range openArchives(f, pattern) {
			for _, file := range a.specs() {
				f.Add(file.Data)
			}
		}
	}
	for _, src := range []string{"", "\ufeff", "a: 1\r\nb: 2\r", "\xff\xfe", "- - - -", "{{{{", "? [a]\n: b", "a: |\n \t", "%TAG"} {
		f.Add([]byte(src))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		m, found := spec.Load("fuzz.fsm.yaml", src)
		for _, finding := range found {
			checkFinding(t, finding)
		}
		for _, p := range []spec.Printer{
			{Sources: map[string]string{"fuzz.fsm.yaml": string(src)}, Color: true},
			{Format: spec.ShortFormat},
			{Format: spec.JSONFormat},
			{Format: spec.GitHubFormat},
			{Format: spec.SARIFFormat},
		} {
			if err := p.Print(io.Discard, found); err != nil {
				t.Fatal(err)
			}
		}
		if !found.HasErrors() {
			stepThrough(t, m)
		}
		if fixed, made := finding.ApplyFixes(src, found); made > 0 {
			checkFixed(t, found, fixed)
		}
	})
}

// checkFixed: fixes never make a file that is no YAML of one that is.
func checkFixed(t *testing.T, before spec.Findings, fixed []byte) {
	t.Helper()
	_, after := spec.Load("fuzz.fsm.yaml", fixed)
	if n, was := syntaxErrors(after), syntaxErrors(before); n > was {
		t.Errorf("fixes broke the file:\n%s\n%v\nbefore: %v", fixed, after, before)
	}
}

func syntaxErrors(fs spec.Findings) int {
	n := 0
	for _, f := range fs {
		if f.Code < "FSM010" {
			n++
		}
	}
	return n
}

func checkFinding(t *testing.T, f spec.Finding) {
	t.Helper()
	before := func(p, q spec.Pos) bool { return p.Line < q.Line || p.Line == q.Line && p.Column < q.Column }
	if f.Path == "" || f.Code == "" || f.Message == "" || f.Severity == 0 {
		t.Errorf("incomplete: %+v", f)
	}
	if f.Pos.Line < 1 || f.Pos.Column < 1 || !before(f.Pos, f.End) {
		t.Errorf("%v ends at %v", f, f.End)
	}
	for _, text := range []string{f.Message, f.Label, f.Help} {
		if !utf8.ValidString(text) || containsBreak(text) {
			t.Errorf("%q is not one line of text", text)
		}
	}
	for _, r := range f.Related {
		if r.Pos.Line < 1 || r.Pos.Column < 1 || !before(r.Pos, r.End) || containsBreak(r.Message) {
			t.Errorf("%v: related %+v", f, r)
		}
	}
}

func containsBreak(text string) bool {
	for _, r := range text {
		if r < ' ' {
			return true
		}
	}
	return false
}

// stepThrough takes every transition for every trigger in every leaf of a machine without errors.
func stepThrough(t *testing.T, m *spec.Machine) {
	t.Helper()
	if m.Start().Leaf == nil {
		t.Fatal("a machine without errors has no initial leaf")
	}
	for _, leaf := range m.Leaves() {
		for trigger := range m.Triggers() {
			if trigger.State != nil && !trigger.State.Contains(leaf) {
				continue
			}
			for _, a := range m.Decide(leaf, trigger).Transitions {
				if a.Choose == nil {
					checkTransition(t, leaf, a)
					continue
				}
				for _, o := range a.Choose.Outcomes {
					checkTransition(t, leaf, o.Transition)
				}
			}
		}
	}
}

func checkTransition(t *testing.T, leaf *spec.State, a *spec.Transition) {
	t.Helper()
	if a.Target.Value != "" && a.To == nil {
		t.Errorf("%v: target %s is not resolved", a.Pos, a.Target.Value)
	}
	if a.Guard != nil && (a.Guard.Expr == nil || a.Guard.Expr.Type != "bool") {
		t.Errorf("%v: guard %s is %+v; want it true or false", a.Pos, a.Guard.Value, a.Guard.Expr)
	}
	step := spec.Plan(leaf, a)
	if step.History != nil {
		step = spec.Resume(step.History, nil)
	}
	if step.Leaf == nil || len(step.Leaf.States) > 0 || step.Leaf.Kind == spec.History {
		t.Errorf("%v: a step to %v from %s; want a leaf", a.Pos, step.Leaf, leaf.Path())
	}
}

package spec_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/spec/internal/finding"
)

var allFormats = []spec.Format{
	spec.TextFormat, spec.ShortFormat, spec.JSONFormat, spec.GitHubFormat, spec.SARIFFormat,
}

func printed(t *testing.T, p spec.Printer, found spec.Findings) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := p.Print(&out, found); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestPrinter_Formats(t *testing.T) {
	for _, a := range openArchives(t, "print/*.txtar") {
		src := a.specs()[0]
		_, found := spec.Load(src.Name, src.Data)
		sources := map[string]string{src.Name: string(src.Data)}
		a.expect(t, "text", printed(t, spec.Printer{Sources: sources}, found))
		a.expect(t, "short", printed(t, spec.Printer{Format: spec.ShortFormat, Color: true}, found))
		a.expect(t, "json", printed(t, spec.Printer{Format: spec.JSONFormat, Color: true}, found))
		a.expect(t, "github", printed(t, spec.Printer{Format: spec.GitHubFormat}, found))
		a.expect(t, "sarif", printed(t, spec.Printer{Format: spec.SARIFFormat, Rules: spec.Rules()}, found))
		color := printed(t, spec.Printer{Color: true, Sources: sources}, found)
		a.expect(t, "color", bytes.ReplaceAll(color, []byte("\x1b"), []byte("ESC")))
	}
}

func TestPrinter_TextWithoutSource(t *testing.T) {
	found := spec.Findings{{
		Path: "gone.fsm.yaml", Pos: spec.Pos{Line: 7, Column: 3}, Severity: spec.Error, Code: "FSM000",
		Message: "something is wrong", Help: "make it right",
		Related: []spec.Related{{Pos: spec.Pos{Line: 900, Column: 1}, Message: "because of this"}},
	}}
	const header = "error[FSM000]: something is wrong\n --> gone.fsm.yaml:7:3\n"
	const footer = "  = help: make it right\n\n1 error in 1 file\n"
	for name, sources := range map[string]map[string]string{
		"no sources":       nil,
		"source too short": {"gone.fsm.yaml": "fsm: 1\n"},
	} {
		if got := string(printed(t, spec.Printer{Sources: sources}, found)); got != header+footer {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, header+footer)
		}
	}
}

func TestPrinter_NoFindings(t *testing.T) {
	for _, f := range []spec.Format{spec.TextFormat, spec.ShortFormat, spec.JSONFormat, spec.GitHubFormat} {
		if got := printed(t, spec.Printer{Format: f}, nil); len(got) > 0 {
			t.Errorf("%v: %q; want nothing", f, got)
		}
	}
}

func TestPrinter_SummaryCountsFiles(t *testing.T) {
	found := spec.Findings{
		{Path: "a", Severity: spec.Error}, {Path: "b", Severity: spec.Error}, {Path: "a", Severity: spec.Warning},
	}
	got := string(printed(t, spec.Printer{}, found))
	if want := "2 errors and 1 warning in 2 files\n"; !strings.HasSuffix(got, want) {
		t.Errorf("%q; want it to end with %q", got, want)
	}
}

type fullDisk struct{}

var errFull = errors.New("no space left")

func (fullDisk) Write([]byte) (int, error) { return 0, errFull }

func TestPrinter_ErrorOfWriter(t *testing.T) {
	found := spec.Findings{{Path: "a", Severity: spec.Error}}
	for _, f := range allFormats {
		if err := (spec.Printer{Format: f}).Print(fullDisk{}, found); !errors.Is(err, errFull) {
			t.Errorf("%v: error %v; want %v", f, err, errFull)
		}
	}
}

func TestFormat_Names(t *testing.T) {
	for _, f := range allFormats {
		name, err := f.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		var back spec.Format
		if err := back.UnmarshalText(name); err != nil || back != f {
			t.Errorf("UnmarshalText(%s) = %v, %v; want %v", name, back, err, f)
		}
	}
	var f spec.Format
	if err := f.UnmarshalText([]byte("html")); err == nil || !strings.Contains(err.Error(), "text, short, json, github, sarif") {
		t.Errorf("error %v; want one that lists the formats", err)
	}
}

func TestPrinter_SARIFWithoutFindings(t *testing.T) {
	var log struct {
		Version string
		Runs    []struct {
			Results []any
			Tool    struct{ Driver struct{ Rules []any } }
		}
	}
	if err := json.Unmarshal(printed(t, spec.Printer{Format: spec.SARIFFormat}, nil), &log); err != nil {
		t.Fatal(err)
	}
	if log.Version != "2.1.0" || len(log.Runs) != 1 || log.Runs[0].Results == nil || log.Runs[0].Tool.Driver.Rules == nil {
		t.Errorf("%+v; want one run with empty lists: null would mean that nothing was looked at", log)
	}
}

func TestPrinter_SARIFRulesAreThoseGiven(t *testing.T) {
	found := spec.Findings{
		{Path: "a b.fsm.yaml", Pos: spec.Pos{Line: 2, Column: 3}, Severity: spec.Info, Code: "FSM901", Message: "one"},
		{Path: "a b.fsm.yaml", Pos: spec.Pos{Line: 2, Column: 3}, Severity: spec.Warning, Code: "FSM900", Message: "two"},
	}
	rules := []spec.Rule{{Code: "FSM900", Severity: spec.Warning, Summary: "a rule from elsewhere"}}
	got := string(printed(t, spec.Printer{Format: spec.SARIFFormat, Rules: rules}, found))
	for _, want := range []string{
		`"a rule from elsewhere"`, `"level": "note"`, `"ruleIndex": 1`, `"uri": "a%20b.fsm.yaml"`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in\n%s", want, got)
		}
	}
}

func TestPrinter_GitHubEscapes(t *testing.T) {
	found := spec.Findings{{
		Path: "a,b:c.fsm.yaml", Pos: spec.Pos{Line: 1, Column: 2}, End: spec.Pos{Line: 3, Column: 4}, Severity: spec.Info,
		Code: "FSM900", Message: "100% of it",
	}}
	want := "::notice file=a%2Cb%3Ac.fsm.yaml,line=1,col=2,endLine=3,title=FSM900::100%25 of it\n"
	if got := string(printed(t, spec.Printer{Format: spec.GitHubFormat}, found)); got != want {
		t.Errorf("%q; want %q", got, want)
	}
}

func TestPrinter_SummaryCountsSeverities(t *testing.T) {
	found := spec.Findings{
		{Path: "a", Severity: spec.Error},
		{Path: "a", Severity: spec.Warning},
		{Path: "a", Severity: spec.Info},
		{Path: "a", Severity: spec.Info},
	}
	got := string(printed(t, spec.Printer{}, found))
	if want := "1 error, 1 warning and 2 infos in 1 file\n"; !strings.HasSuffix(got, want) {
		t.Errorf("%q; want it to end with %q", got, want)
	}
}

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
		fixed, made := finding.ApplyFixes([]byte("abcdef"), tt.found)
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

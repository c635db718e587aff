package spec_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/fsmgen/fsmgen/spec"
)

func printed(t *testing.T, p spec.Printer, found spec.Findings) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := p.Print(&out, found); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestFindingsArePrinted(t *testing.T) {
	for _, a := range openArchives(t, "print/*.txtar") {
		src := a.specs()[0]
		_, found := spec.Load(src.Name, src.Data)
		sources := map[string]string{src.Name: string(src.Data)}
		a.expect(t, "text", printed(t, spec.Printer{Sources: sources}, found))
		a.expect(t, "short", printed(t, spec.Printer{Format: spec.ShortFormat, Color: true}, found))
		a.expect(t, "json", printed(t, spec.Printer{Format: spec.JSONFormat, Color: true}, found))
		color := printed(t, spec.Printer{Color: true, Sources: sources}, found)
		a.expect(t, "color", bytes.ReplaceAll(color, []byte("\x1b"), []byte("ESC")))
	}
}

func TestTextNeedsNoSource(t *testing.T) {
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

func TestNothingIsPrintedWithoutFindings(t *testing.T) {
	for _, f := range []spec.Format{spec.TextFormat, spec.ShortFormat, spec.JSONFormat} {
		if got := printed(t, spec.Printer{Format: f}, nil); len(got) > 0 {
			t.Errorf("%v: %q; want nothing", f, got)
		}
	}
}

func TestSummaryCountsFiles(t *testing.T) {
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

func TestPrintReturnsTheErrorOfTheWriter(t *testing.T) {
	found := spec.Findings{{Path: "a", Severity: spec.Error}}
	for _, f := range []spec.Format{spec.TextFormat, spec.ShortFormat, spec.JSONFormat} {
		if err := (spec.Printer{Format: f}).Print(fullDisk{}, found); !errors.Is(err, errFull) {
			t.Errorf("%v: error %v; want %v", f, err, errFull)
		}
	}
}

func TestFormatsHaveNames(t *testing.T) {
	for _, f := range []spec.Format{spec.TextFormat, spec.ShortFormat, spec.JSONFormat} {
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
	if err := f.UnmarshalText([]byte("html")); err == nil || !strings.Contains(err.Error(), "text, short, json") {
		t.Errorf("error %v; want one that lists the formats", err)
	}
}

package importer_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/spec/importer"
)

var update = flag.Bool("update", false, "rewrite the expected specs and findings in testdata")

// convertFile converts a source by what its name ends in.
func convertFile(path string, src []byte) (importer.Result, error) {
	opt := importer.Options{Path: path, Name: "imported"}
	if filepath.Ext(path) == ".scxml" {
		return importer.SCXML(src, opt)
	}
	return importer.XState(src, opt)
}

// Each archive holds a source, the spec that it becomes, and what is found.
func TestImport_GoldenSpecs(t *testing.T) {
	archives, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatal("testdata has no archive", err)
	}
	for _, path := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(path)
			if err != nil || len(archive.Files) != 3 {
				t.Fatalf("%s: want an archive of a source, a spec and findings: %v", path, err)
			}
			r, err := convertFile(archive.Files[0].Name, archive.Files[0].Data)
			if err != nil {
				t.Fatal(err)
			}
			got := []string{string(r.Spec), printed(t, r)}
			if *update {
				archive.Files[1].Data, archive.Files[2].Data = []byte(got[0]), []byte(got[1])
				if err := os.WriteFile(path, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff([]string{string(archive.Files[1].Data), string(archive.Files[2].Data)}, got); diff != "" {
				t.Errorf("%s: the conversion differs (-want +got):\n%s", path, diff)
			}
		})
	}
}

// printed is what was found in the source, and in the spec under the name spec.
func printed(t *testing.T, r importer.Result) string {
	t.Helper()
	for i := range r.Wrong {
		r.Wrong[i].Path = "spec"
	}
	var b bytes.Buffer
	p := spec.Printer{Format: spec.ShortFormat}
	for _, found := range []spec.Findings{r.Found, r.Wrong} {
		if err := p.Print(&b, found); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

func TestImport_WrongSource(t *testing.T) {
	tests := []struct{ name, path, src, want string }{
		{"no XML", "x.scxml", "<scxml>\n<state", "importer: x.scxml:2:7: "},
		{"another document", "x.scxml", "<html/>", "importer: x.scxml:1:1: the root is html; want scxml"},
		{"nothing", "x.scxml", " ", "importer: x.scxml:1:2: no element"},
		{"no JSON", "x.json", "{\n  \"a\": }", "importer: x.json:2:"},
		{"a JSON list", "x.json", " [1]", "importer: x.json:1:2: the config is no object"},
		{"half an object", "x.json", "{\"a\"", "importer: x.json:1:5: the file ends too soon"},
		{"two values", "x.json", "{} 1", "importer: x.json:1:4: more than one value"},
		{"a comment", "x.json", "{\n  // one\n}", "importer: x.json:2:3: JSON has no comments"},
		{"a comma too many", "x.json", `{"states": {},}`, "importer: x.json:1:15: JSON has no comma before }"},
		{"single quotes", "x.json", `{'states': {}}`, "importer: x.json:1:2: JSON has its texts and keys in double quotes"},
		{"a key without quotes", "x.json", `{states: {}}`, "importer: x.json:1:2: JSON has its texts and keys in double quotes"},
		{"a function", "x.json", `{"entry": beep}`, "importer: x.json:1:11: JSON has no code"},
		{"a program", "x.json", "export const m = 1", "importer: x.json:1:1: this is not JSON"},
		{"a machine of another tool", "x.json", `{"StartAt": "A", "States": {"A": {}}}`, "importer: x.json:1:1: this is no machine of XState"},
		{"a list of states", "x.json", `{"states": ["a"]}`, "importer: x.json:1:12: this is no machine of XState"},
		{"a state that is none", "x.json", `{"states": {"a": null}}`, "importer: x.json:1:18: the state `a` is no object"},
		{"bytes that are no text", "x.json", "{\"a\": \"\x8b\"}", "importer: x.json:1:8: the text is not UTF-8"},
		{"an encoding", "x.scxml", `<?xml version="1.0" encoding="Big5"?><scxml/>`, "importer: x.scxml:1:31: the encoding big5 is not supported"},
		{"no states", "x.scxml", `<scxml/>`, "importer: x.scxml:1:1: the document has no states"},
		{"endless nesting", "x.json", strings.Repeat("[", 1000), "importer: x.json:1:258: values deeper than 256"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := convertFile(tt.path, []byte(tt.src))
			if _, ok := errors.AsType[*importer.SyntaxError](err); !ok || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("error %v; want a *SyntaxError %q", err, tt.want)
			}
		})
	}
}

func TestImport_ReadsOtherEncodings(t *testing.T) {
	json := `{"initial": "a", "states": {"a": {"on": {"é": "b"}}, "b": {}}}`
	xml := func(encoding string) string {
		return `<?xml version="1.0" encoding="` + encoding + `"?><scxml><state id="a"><transition event="é" target="b"/></state><state id="b"/></scxml>`
	}
	utf16Of := func(text string, order binary.AppendByteOrder, mark bool) string {
		var b []byte
		for _, unit := range utf16.Encode([]rune(text)) {
			b = order.AppendUint16(b, unit)
		}
		if mark {
			b = append(order.AppendUint16(nil, 0xFEFF), b...)
		}
		return string(b)
	}
	oneByte := func(text string) string { return strings.ReplaceAll(text, "é", "\xe9") }
	tests := []struct{ name, path, src string }{
		{"JSON with a mark", "x.json", "\ufeff" + json},
		{"JSON in UTF-16", "x.json", utf16Of(json, binary.LittleEndian, false)},
		{"JSON in UTF-16 with a mark", "x.json", utf16Of(json, binary.BigEndian, true)},
		{"XML with a mark", "x.scxml", "\ufeff" + xml("UTF-8")},
		{"XML in UTF-16", "x.scxml", utf16Of(xml("UTF-16"), binary.BigEndian, false)},
		{"XML in UTF-16 with a mark", "x.scxml", utf16Of(xml("utf-16"), binary.LittleEndian, true)},
		{"XML in ISO 8859-1", "x.scxml", oneByte(xml("ISO-8859-1"))},
		{"XML in Windows 1252", "x.scxml", oneByte(xml("windows-1252"))},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, err := convertFile(tt.path, []byte(tt.src))
			if err != nil || r.Events["é"] != "e" || !strings.Contains(string(r.Spec), "Called é in the source.") {
				t.Errorf("error %v, events %v; want é to be e\n%s", err, r.Events, r.Spec)
			}
		})
	}
}

// A file that is one long line has as many places as one of many lines.
func TestImport_PlacesInALongLine(t *testing.T) {
	src := `{"description": "` + strings.Repeat("é", 10_000) + `", "on": {"e": {}, "e": {}}}`
	r, err := convertFile("x.json", []byte(src))
	if err != nil || len(r.Found) != 1 || r.Found[0].Pos != (spec.Pos{Line: 1, Column: 10_037}) {
		t.Errorf("error %v, findings %v; want one at 1:10037", err, r.Found)
	}
}

func TestImport_OptionsNameMachineAndEvents(t *testing.T) {
	src := `<scxml><state id="s"><transition event="a" target="t"/></state><state id="t"/></scxml>`
	r, err := importer.SCXML([]byte(src), importer.Options{Name: "My Machine", Events: []string{"a.b", "c"}})
	if err != nil {
		t.Fatal(err)
	}
	want := `fsm: 1
machine: my_machine

events:
  a: {}
  a_b: {}
  c: {}

initial: s

states:
  s:
    on:
      a: t
      a_b: t
  t: {}
`
	if diff := cmp.Diff(want, string(r.Spec)); diff != "" {
		t.Errorf("spec (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]string{"a": "a", "a.b": "a_b", "c": "c"}, r.Events); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

func TestImport_RenamesReservedEvents(t *testing.T) {
	var transitions []string
	for _, name := range []string{"Done", "data", "STATE", "in", "err", "true", "on", "terminate", "post", "1", "-"} {
		transitions = append(transitions, `"`+name+`": "b"`)
	}
	src := `{"initial": "a", "states": {"a": {"entry": ["Terminated"], "on": {` + strings.Join(transitions, ", ") + `}}, "b": {}}}`
	r, err := importer.XState([]byte(src), importer.Options{})
	if err != nil || len(r.Wrong) > 0 {
		t.Errorf("error %v, findings %v; want none", err, r.Wrong)
	}
	if got := r.Events["Done"]; got != "done_event" {
		t.Errorf("Done is called %q; want done_event", got)
	}
}

func FuzzSCXML(f *testing.F)  { fuzz(f, ".scxml") }
func FuzzXState(f *testing.F) { fuzz(f, ".json") }

// fuzz looks whether everything that is read becomes a spec in canonical form.
func fuzz(f *testing.F, ext string) {
	archives, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(archives) == 0 {
		f.Fatal("testdata has no archive", err)
	}
	for _, path := range archives {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			f.Fatal(err)
		}
		if filepath.Ext(archive.Files[0].Name) == ext {
			f.Add(archive.Files[0].Data)
		}
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		r, err := convertFile("source"+ext, src)
		if err != nil {
			if _, ok := errors.AsType[*importer.SyntaxError](err); !ok {
				t.Fatalf("error %v; want a *SyntaxError", err)
			}
			return
		}
		if r.Spec == nil && r.Found.HasErrors() {
			return
		}
		again, err := spec.Canonical(r.Spec)
		if err != nil || !bytes.Equal(again, r.Spec) {
			t.Errorf("the spec is not in canonical form: %v\n%s", err, r.Spec)
		}
	})
}

func TestExplain_EveryRule(t *testing.T) {
	for _, rule := range importer.Rules() {
		if page := importer.Explain(rule.Code); !strings.HasPrefix(page, "# "+rule.Code+": ") {
			t.Errorf("%s: the page begins with %.40q", rule.Code, page)
		}
	}
	if page := importer.Explain("FSM024"); page != "" {
		t.Errorf("the page of another package's rule begins with %.40q; want nothing", page)
	}
}

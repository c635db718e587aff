package spec_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/fsmgen/fsmgen/spec"
)

var update = flag.Bool("update", false, "rewrite what the tests expect in testdata")

// archive is a txtar file of testdata whose last file is what the others should lead to.
type archive struct {
	name string
	*txtar.Archive
}

func openArchives(t testing.TB, pattern string) []archive {
	t.Helper()
	names, err := filepath.Glob(filepath.Join("testdata", filepath.FromSlash(pattern)))
	if err != nil || len(names) == 0 {
		t.Fatalf("no testdata for %s: %v", pattern, err)
	}
	var all []archive
	for _, name := range names {
		a, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, archive{name, a})
	}
	return all
}

// specs are the files of the archive that are specs.
func (a archive) specs() []txtar.File {
	var specs []txtar.File
	for _, f := range a.Files {
		if strings.HasSuffix(f.Name, ".fsm.yaml") {
			specs = append(specs, f)
		}
	}
	return specs
}

// expect compares what came out with a file of the archive, or makes it that file.
func (a archive) expect(t *testing.T, name string, got []byte) {
	t.Helper()
	for i, f := range a.Files {
		if f.Name != name {
			continue
		}
		if !*update {
			if diff := cmp.Diff(string(f.Data), string(got)); diff != "" {
				t.Errorf("%s: %s (-want +got):\n%s", a.name, name, diff)
			}
			return
		}
		a.Files[i].Data = got
		if err := os.WriteFile(a.name, txtar.Format(a.Archive), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Errorf("%s has no file %s", a.name, name)
}

func TestLoad_EveryCodeAlone(t *testing.T) {
	covered := map[string]bool{"FSM001": true} // its file would be large: TestLoad_FileTooLarge
	for _, a := range openArchives(t, "findings/*.txtar") {
		code := strings.ToUpper(strings.TrimSuffix(filepath.Base(a.name), ".txtar"))
		t.Run(code, func(t *testing.T) {
			var got bytes.Buffer
			for _, f := range a.specs() {
				_, found := spec.Load(f.Name, f.Data)
				for _, finding := range found {
					fmt.Fprintln(&got, finding)
					covered[finding.Code] = true
					if finding.Code != code {
						t.Errorf("%v; want only findings of %s, one for each cause", finding, code)
					}
				}
			}
			a.expect(t, "findings", got.Bytes())
		})
	}
	for _, rule := range spec.Rules() {
		if !covered[rule.Code] {
			t.Errorf("no testdata/findings leads to %s: %s", rule.Code, rule.Summary)
		}
	}
}

func TestLoad_FileTooLarge(t *testing.T) {
	comment := append(bytes.Repeat([]byte("#"), spec.MaxSize-1), '\n')
	if _, found := spec.Load("large.fsm.yaml", comment); found[0].Code != "FSM014" {
		t.Errorf("MaxSize bytes: %v; want to hear that the file is empty", found[0])
	}
	_, found := spec.Load("larger.fsm.yaml", append(comment, '\n'))
	if len(found) != 1 || found[0].Code != "FSM001" {
		t.Errorf("MaxSize+1 bytes: %v; want FSM001 alone", found)
	}
}

func TestFindings_WarningsAreNotErrors(t *testing.T) {
	src := []byte("fsm: 1\nmachine: door\ninitial: open\nevents: {close: {}}\nstates: {open: {}}\n")
	_, found := spec.Load("door.fsm.yaml", src)
	if found.HasErrors() || found.Count(spec.Warning) != 1 {
		t.Errorf("%v; want one warning", found)
	}
}

func TestLoad_SortsByPosition(t *testing.T) {
	for _, a := range openArchives(t, "findings/*.txtar") {
		for _, f := range a.specs() {
			_, found := spec.Load(f.Name, f.Data)
			for i := 1; i < len(found); i++ {
				before, after := found[i-1].Pos, found[i].Pos
				if after.Line < before.Line || after.Line == before.Line && after.Column < before.Column {
					t.Errorf("%s: %s: %v is behind %v", a.name, f.Name, found[i], found[i-1])
				}
			}
		}
	}
}

func TestRules_InOrderOfCodes(t *testing.T) {
	last := ""
	for _, r := range spec.Rules() {
		if r.Code <= last || len(r.Code) != len("FSM000") {
			t.Errorf("%s behind %s", r.Code, last)
		}
		if r.Severity.String() == "invalid" || r.Summary == "" {
			t.Errorf("%s: severity %v, summary %q", r.Code, r.Severity, r.Summary)
		}
		last = r.Code
	}
}

var yamlBlock = regexp.MustCompile("(?ms)^```yaml\n(.*?)^```$")

func TestExplain_EveryRule(t *testing.T) {
	for _, rule := range spec.Rules() {
		page := spec.Explain(rule.Code)
		if !strings.HasPrefix(page, "# "+rule.Code+": ") {
			t.Errorf("%s: the page begins with %.40q", rule.Code, page)
		}
		examples := yamlBlock.FindAllStringSubmatch(page, -1)
		if rule.Code == "FSM001" { // its example would be large: TestLoad_FileTooLarge
			continue
		}
		if len(examples) != 2 {
			t.Errorf("%s has %d examples; want a wrong one and a right one", rule.Code, len(examples))
			continue
		}
		_, found := spec.Load("door.fsm.yaml", []byte(examples[0][1]))
		if len(found) == 0 {
			t.Errorf("%s: nothing is wrong with the wrong example", rule.Code)
		}
		for _, f := range found {
			if f.Code != rule.Code || f.Severity != rule.Severity {
				t.Errorf("%s: the wrong example has %v", rule.Code, f)
			}
		}
		if _, found = spec.Load("door.fsm.yaml", []byte(examples[1][1])); len(found) > 0 {
			t.Errorf("%s: the right example has %v", rule.Code, found)
		}
	}
}

func TestExplain_UnknownCode(t *testing.T) {
	for _, code := range []string{"", "FSM000", "../doc", "fsm024"} {
		if page := spec.Explain(code); page != "" {
			t.Errorf("Explain(%q) = %.40q; want nothing", code, page)
		}
	}
}

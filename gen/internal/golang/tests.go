package golang

import (
	"path/filepath"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/fsmgen/fsmgen/spec"
)

// Tests returns a test file of a machine whose spec has no errors, and the name that it is to have beside the files
// of [Files]. It takes every transition and gives every guard both its answers, with hooks of its own, and compiles and passes
// without changes. It touches no disk, and gives the same bytes for the same spec.
func Tests(m *spec.Machine) (name string, content []byte, err error) {
	p, err := newPlan(m)
	if err != nil {
		return "", nil, err
	}
	content, err = render(p.emitTests(), p.pkg)
	base := strings.TrimSuffix(p.file, filepath.Ext(p.file)) // worker.fsm
	return strings.ReplaceAll(base, ".", "_") + "_test.go", content, err
}

// emitTests calls the emitters of the test file in reading order.
func (p *plan) emitTests() *jen.File {
	f := newFile(p)
	t := &testFile{plan: p, prefix: spec.GoLocal(p.spec.Name.Value), testRows: p.testRows()}
	add(f, t.emit())
	return f
}

// testFile is the plan of a machine with the rows of its test.
type testFile struct {
	*plan
	prefix   string // of the names in the file, which others in the package must not have
	testRows []*testRow
}

// name makes a name of the test file: doorScript.
func (t *testFile) name(name string) string { return t.prefix + name }

// possible are the rows for which values were found: those with a transition, or those without.
func (t *testFile) possible(transitions bool) []*testRow {
	var testRows []*testRow
	for _, d := range t.testRows {
		if d.possible && (d.alt != nil) == transitions {
			testRows = append(testRows, d)
		}
	}
	return testRows
}

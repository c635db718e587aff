// Package golang writes the Go code of a state machine.
//
// [Files] works in three steps. The plan resolves names, order and transitions: every decision is made there, and two things that
// need one Go name are an error. The emitters, one for each section of the output and called in reading order, turn the
// plan into code and decide nothing. What varies only in names is a template in package fixed, which is also Go that compiles.
// The last step is gofumpt, which formats the parts of a file side by side.
//
// The first of the two files is meant to be read: it has the words of the spec as its comments, switches instead of tables, and
// one function for each state and event that a line of the spec is about. The second file supports it, with what is the same in
// every machine, and with tables. A word of the language that a spec does not use leaves nothing behind.
//
// [Tests] writes a test of that code from the same plan. For each transition it looks for values that make the guards let it
// through, puts a machine into the state that the transition leaves, and says what is to happen. [Transitions] lists the
// transitions as the generated code numbers them, for the coverage of tests.
package golang

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"text/template"

	"github.com/dave/jennifer/jen"
	"mvdan.cc/gofumpt/format"

	"github.com/fsmgen/fsmgen/spec"
)

// File is a generated file. It has the name that it is to have beside others.
type File struct {
	Name    string
	Content []byte
}

// Files returns the Go code of a machine whose spec has no errors: NAME.fsm.go with its logic, and NAME_support.fsm.go with
// what is the same in every machine but for names, and with tables. It touches no disk, and gives the same bytes for the same
// spec. The error joins a [ClashError] for every two things that need one Go name.
func Files(m *spec.Machine) ([]File, error) {
	p, err := newPlan(m)
	if err != nil {
		return nil, err
	}
	reviewed, err := render(p.emit(), p.pkg)
	if err != nil {
		return nil, err
	}
	support, err := render(p.emitSupport(), p.pkg)
	if err != nil {
		return nil, err
	}
	base := strings.TrimSuffix(p.file, filepath.Ext(p.file)) // worker.fsm
	name, kind := strings.TrimSuffix(base, filepath.Ext(base)), filepath.Ext(base)
	return []File{{base + ".go", reviewed}, {name + "_support" + kind + ".go", support}}, nil
}

// emit calls the emitters of the file with the logic, in reading order.
func (p *plan) emit() *jen.File {
	f := newFile(p)
	f.PackageComment(comment(p.packageDoc(), textWidth))
	for _, section := range [][]jen.Code{
		p.emitVersion(),
		p.emitStates(),
		p.emitEvents(),
		p.emitTypes(),
		p.emitCallers(),
		p.emitChoices(),
		p.emitParams(),
		p.emitData(),
		p.emitHooks(),
		p.emitMachine(),
		p.emitDispatch(),
		p.emitCells(),
		p.emitInvokes(),
	} {
		add(f, section)
	}
	return f
}

// emitSupport calls the emitters of the other file.
func (p *plan) emitSupport() *jen.File {
	f := newFile(p)
	for _, section := range [][]jen.Code{
		p.emitStateNames(),
		p.emitSeals(),
		p.emitParamChecks(),
		p.emitLife(),
		p.defaultData(),
		p.fixed("machine.go"),
		p.emitEventMethods(),
		p.emitInquiries(),
		p.emitStepper(),
	} {
		add(f, section)
	}
	if p.spec.Emits(spec.PartSnapshot) {
		add(f, p.emitSnapshot())
		add(f, p.fixed("restore.go"))
		add(f, p.emitRestore())
	}
	if p.spec.Emits(spec.PartServer) {
		add(f, p.fixed("server.go"))
		add(f, p.emitServerEvents())
	}
	add(f, p.emitInfo())
	return f
}

//go:embed fixed/machine.go fixed/server.go fixed/restore.go
var fixedFiles embed.FS

// fixedTemplates are the files of package fixed. Comments of Go in them are the actions of templates.
var fixedTemplates = template.Must(template.New("fixed").Delims("/*{{", "}}*/").ParseFS(fixedFiles, "fixed/*.go"))

// used says which of the things that a template asks for a machine has.
type used struct {
	Params, Bounds, Data, Given, Readers, Choices, Invokes, Timers, Ends, Server bool
}

// fixed returns the declarations of a file of package fixed as those of the machine.
func (p *plan) fixed(file string) []jen.Code {
	var b strings.Builder
	err := fixedTemplates.ExecuteTemplate(&b, file, used{
		Params: len(p.spec.Params) > 0, Bounds: p.hasBounds(), Data: len(p.spec.Data) > 0, Given: p.takesData(), Readers: p.hasReaders(),
		Choices: len(p.spec.Choices) > 0, Invokes: len(p.invokes) > 0, Timers: p.hasTimers(), Ends: p.hasEnd(),
		Server: p.spec.Emits(spec.PartServer),
	})
	if err != nil {
		panic(err) // a template asks for what used does not have
	}
	_, text, _ := strings.Cut(b.String(), "\n)\n") // behind the imports
	var codes []jen.Code
	for declaration := range strings.SplitSeq(text, "\n\n") {
		if declaration = strings.TrimSpace(declaration); declaration != "" {
			codes = append(codes, p.fixedDeclaration(declaration))
		}
	}
	return codes
}

var (
	aThing = regexp.MustCompile(`\ba thing\b`)
	thing  = regexp.MustCompile(`\bthing\b`)
)

// fixedDeclaration is a declaration of a template, with the name of the machine in its comment, which is filled anew.
func (p *plan) fixedDeclaration(text string) jen.Code {
	var words []string
	for {
		line, rest, _ := strings.Cut(text, "\n")
		word, isComment := strings.CutPrefix(line, "// ")
		if !isComment {
			break
		}
		words, text = append(words, word), rest
	}
	if len(words) == 0 {
		return qualified(text)
	}
	doc := aThing.ReplaceAllLiteralString(strings.Join(words, " "), p.a())
	return documented(thing.ReplaceAllLiteralString(doc, p.noun), qualified(text))
}

// packageNames are the names of packages in templates.
var packageNames = map[string]string{"fsm": fsmPath, "impl": implPath, "context": "context", "time": "time"}

var qualifier = regexp.MustCompile(`\b(fsm|impl|context|time)\.([A-Z]\w*)`)

// qualified is code with imports for its names of other packages.
func qualified(text string) *jen.Statement {
	code := new(jen.Statement)
	at := 0
	for _, m := range qualifier.FindAllStringSubmatchIndex(text, -1) {
		code.Id(text[at:m[0]]).Qual(packageNames[text[m[2]:m[3]]], text[m[4]:m[5]])
		at = m[1]
	}
	return code.Id(text[at:])
}

// parting is a line between two parts of a file. The parts are formatted at once, since that takes most of the time. No text
// of a spec becomes such a line: a comment has a space behind its slashes, and a literal is on one line.
const parting = "//fsmgen:part"

var partings = regexp.MustCompile(`(?m)^[ \t]*` + parting + `[ \t]*$`)

// perPart is the number of declarations in a part.
const perPart = 100

// add puts declarations into a file, in parts.
func add(f *jen.File, declarations []jen.Code) {
	for i, declaration := range declarations {
		if i%perPart == 0 {
			f.Line().Comment(parting)
		}
		f.Line().Add(declaration)
	}
}

// render formats a file. Output that does not parse is a mistake of this package; the error shows it with line numbers.
func render(f *jen.File, pkg string) ([]byte, error) {
	f.NoFormat = true
	var b bytes.Buffer
	if err := f.Render(&b); err != nil {
		return nil, fmt.Errorf("golang: render: %w", err)
	}
	parts := partings.Split(b.String(), -1)
	formatted, errs := make([][]byte, len(parts)), make([]error, len(parts))
	var group sync.WaitGroup
	for i, part := range parts {
		group.Go(func() { formatted[i], errs[i] = formatPart(part, pkg, i == 0) })
	}
	group.Wait()
	return append(bytes.Join(formatted, []byte("\n\n")), '\n'), errors.Join(errs...)
}

// formatPart formats a part of a file. Only the first part has the package clause, and the others get one for a while.
func formatPart(part, pkg string, first bool) ([]byte, error) {
	clause := "package " + pkg + "\n"
	if first {
		clause = ""
	}
	content, err := format.Source([]byte(clause+part), format.Options{
		LangVersion: goVersion,
		ModulePath:  modulePath,
		Extra:       format.Extra{GroupParams: true, ClotheReturns: true, BalanceCalls: true},
	})
	if err != nil {
		return nil, fmt.Errorf("golang: the output does not parse: %w\n%s", err, numbered(clause+part))
	}
	return bytes.TrimSpace(bytes.TrimPrefix(content, []byte(clause))), nil
}

func numbered(source string) string {
	var b strings.Builder
	for i, line := range strings.Split(source, "\n") {
		fmt.Fprintf(&b, "%5d\t%s\n", i+1, line)
	}
	return b.String()
}

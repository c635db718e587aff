// Package gen makes the outputs of a machine: Go code and its tests, pages, diagrams, tables, and data for other tools.
//
// [Files] is a pure function from a machine to files in memory, and [Text] gives one output as text. Only
// [Write] changes files, and only those that differ. [Diff] shows what Write would change. Diff, [Conflicts], [Outside],
// [Leftovers] and [OtherPackage] read files and directories.
package gen

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fsmgen/fsmgen/gen/internal/docs"
	"github.com/fsmgen/fsmgen/gen/internal/dot"
	"github.com/fsmgen/fsmgen/gen/internal/explain"
	"github.com/fsmgen/fsmgen/gen/internal/golang"
	"github.com/fsmgen/fsmgen/gen/internal/graph"
	"github.com/fsmgen/fsmgen/gen/internal/highlight"
	"github.com/fsmgen/fsmgen/gen/internal/mermaid"
	"github.com/fsmgen/fsmgen/gen/internal/plantuml"
	"github.com/fsmgen/fsmgen/gen/internal/svg"
	"github.com/fsmgen/fsmgen/gen/internal/table"
	"github.com/fsmgen/fsmgen/gen/internal/xstate"
	"github.com/fsmgen/fsmgen/spec"
)

// File is a generated file.
type File struct {
	Path    string // as the machine's own path: relative to the same directory, or absolute
	Content []byte
}

// Kind is a kind of output, as the command line names it.
type Kind string

// The kinds of output.
const (
	Go       Kind = "go"       // the code: NAME.fsm.go with the machine's logic, and NAME_support.fsm.go
	Tests    Kind = "tests"    // what drives every transition of the code, NAME_fsm_test.go
	Markdown Kind = "md"       // the page with the diagram, NAME.fsm.md
	Mermaid  Kind = "mermaid"  // the diagram, NAME.fsm.mmd
	DOT      Kind = "dot"      // the diagram for Graphviz, NAME.fsm.dot
	PlantUML Kind = "plantuml" // the diagram for PlantUML, NAME.fsm.puml
	SVG      Kind = "svg"      // the diagram drawn, NAME.fsm.svg
	XState   Kind = "xstate"   // the machine for XState, NAME.fsm.xstate.json
	Graph    Kind = "graph"    // the machine as data, NAME.fsm.graph.json
	Table    Kind = "table"    // states by events, NAME.fsm.txt
)

// Options say what is generated, and where to. The zero value is the code and its page, to where the spec says.
type Options struct {
	// Only are the kinds that are wanted; none means Go and Markdown.
	Only []Kind
	// Tests adds the kind of this name to those that are wanted.
	Tests bool
	// Dir takes the files instead of the directory that the spec names.
	Dir string
}

// output makes one kind of output: as files, which have names without a directory, or as one text.
type output struct {
	kind      Kind
	files     func(*spec.Machine) ([]File, error)
	extension string // of the file with the text
	text      func(*spec.Machine) string
	highlight func(text string, states []*spec.State) string // nil: the kind cannot mark states
}

func outputs() []output {
	return []output{
		{kind: Go, files: code},
		{kind: Tests, files: tests},
		{kind: Markdown, extension: ".md", text: docs.Page},
		{kind: Mermaid, extension: ".mmd", text: mermaid.Text, highlight: highlight.Mermaid},
		{kind: DOT, extension: ".dot", text: dot.Text, highlight: highlight.DOT},
		{kind: PlantUML, extension: ".puml", text: plantuml.Text, highlight: highlight.PlantUML},
		{kind: SVG, extension: ".svg", text: svg.Text, highlight: highlight.SVG},
		{kind: XState, extension: ".xstate.json", text: xstate.JSON},
		{kind: Graph, extension: ".graph.json", text: graph.JSON},
		{kind: Table, extension: ".txt", text: table.Text},
	}
}

func code(m *spec.Machine) ([]File, error) {
	var files []File
	made, err := golang.Files(m)
	for _, f := range made {
		files = append(files, File{f.Name, f.Content})
	}
	return files, err
}

func tests(m *spec.Machine) ([]File, error) {
	name, content, err := golang.Tests(m)
	return []File{{name, content}}, err
}

// make returns the files of the output. A text becomes a file that is called like the spec, with another extension.
func (o output) make(m *spec.Machine) ([]File, error) {
	if o.files != nil {
		return o.files(m)
	}
	base := filepath.Base(m.Path)
	return []File{{strings.TrimSuffix(base, filepath.Ext(base)) + o.extension, []byte(o.text(m))}}, nil
}

// ErrNoText is the error of [Text] for a kind that is more than one text: [Go] and [Tests].
var ErrNoText = errors.New("gen: text: the kind has files, not one text: use Files")

// ErrNoHighlight is the error of [Text] for states that a kind cannot mark.
var ErrNoHighlight = errors.New("gen: text: the kind cannot highlight states: want mermaid, dot, plantuml or svg")

// Text returns what the file of a kind says about a machine without errors. The diagrams mark the states that are given;
// a history cannot be marked.
func Text(m *spec.Machine, k Kind, highlighted ...*spec.State) (string, error) {
	if err := (Options{Only: []Kind{k}}).validate(); err != nil {
		return "", err
	}
	all := outputs()
	out := all[slices.IndexFunc(all, func(o output) bool { return o.kind == k })]
	switch {
	case out.text == nil:
		return "", ErrNoText
	case len(highlighted) == 0:
		return out.text(m), nil
	case out.highlight == nil:
		return "", ErrNoHighlight
	default:
		return out.highlight(out.text(m), highlighted), nil
	}
}

// Files are the files that m becomes, in a fixed order. The machine must be without errors, as [spec.Load] finds them.
// Nothing is read or written. The same machine gives the same bytes.
func Files(m *spec.Machine, opt Options) ([]File, error) {
	if err := opt.validate(); err != nil {
		return nil, err
	}
	var files []File
	for _, out := range outputs() {
		if !opt.wants(out.kind) {
			continue
		}
		made, err := out.make(m)
		if err != nil {
			return nil, err
		}
		for _, f := range made {
			files = append(files, File{filepath.Join(opt.dir(m), f.Path), f.Content})
		}
	}
	return files, nil
}

// Kinds are all kinds of output, in the order in which [Files] makes them.
func Kinds() []Kind {
	var kinds []Kind
	for _, out := range outputs() {
		kinds = append(kinds, out.kind)
	}
	return kinds
}

func (o Options) validate() error {
	for _, k := range o.Only {
		if !slices.Contains(Kinds(), k) {
			return fmt.Errorf("gen: output %q: must be one of %q", k, Kinds())
		}
	}
	return nil
}

func (o Options) wants(k Kind) bool {
	if len(o.Only) == 0 && (k == Go || k == Markdown) || k == Tests && o.Tests {
		return true
	}
	return slices.Contains(o.Only, k)
}

func (o Options) dir(m *spec.Machine) string {
	if o.Dir != "" {
		return o.Dir
	}
	return filepath.Join(filepath.Dir(m.Path), filepath.FromSlash(m.Go.Out.Value))
}

// Product is a machine with its generated files. The files may have been moved since [Files] made them.
type Product struct {
	Machine *spec.Machine
	Files   []File
}

// dirs are the directories that files with a suffix go to, each once.
func (p Product) dirs(suffix string) []string {
	var dirs []string
	for _, f := range p.Files {
		if dir := filepath.Dir(f.Path); strings.HasSuffix(f.Path, suffix) && !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
	}
	return dirs
}

// Transition describes a transition of the generated code.
type Transition = golang.Transition

// Transitions returns the transitions of a machine without errors. The index of each is its number in the generated code,
// in the steps that observers see, and in records of coverage.
func Transitions(m *spec.Machine) ([]Transition, error) { return golang.Transitions(m) }

// Names returns everything of a machine that [Explain] knows: its states, its events, and its properties that have a name.
func Names(m *spec.Machine) []string { return explain.Names(m) }

// Explain describes what a name of a machine without errors stands for. It reports whether the machine has the name.
func Explain(m *spec.Machine, name string) (text string, ok bool) { return explain.Name(m, name) }

package gen

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fsmgen/fsmgen/gen/docs"
	"github.com/fsmgen/fsmgen/gen/dot"
	"github.com/fsmgen/fsmgen/gen/golang"
	"github.com/fsmgen/fsmgen/gen/graph"
	"github.com/fsmgen/fsmgen/gen/mermaid"
	"github.com/fsmgen/fsmgen/gen/plantuml"
	"github.com/fsmgen/fsmgen/gen/svg"
	"github.com/fsmgen/fsmgen/gen/table"
	"github.com/fsmgen/fsmgen/gen/xstate"
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
	Go       Kind = "go"       // the code: NAME.fsm.go, which people read, and NAME_support.fsm.go
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

// output makes the files of one kind. Their paths are their names beside others.
type output struct {
	kind  Kind
	files func(*spec.Machine) ([]File, error)
}

func outputs() []output {
	return []output{
		{Go, code},
		{Tests, tests},
		{Markdown, text(".md", docs.Page)},
		{Mermaid, text(".mmd", mermaid.Text)},
		{DOT, text(".dot", dot.Text)},
		{PlantUML, text(".puml", plantuml.Text)},
		{SVG, text(".svg", svg.Text)},
		{XState, text(".xstate.json", xstate.JSON)},
		{Graph, text(".graph.json", graph.JSON)},
		{Table, text(".txt", table.Text)},
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

// text makes what writes a machine as text an output: a file that is called like the spec, with another extension.
func text(extension string, write func(*spec.Machine) string) func(*spec.Machine) ([]File, error) {
	return func(m *spec.Machine) ([]File, error) {
		base := filepath.Base(m.Path)
		return []File{{strings.TrimSuffix(base, filepath.Ext(base)) + extension, []byte(write(m))}}, nil
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
		made, err := out.files(m)
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

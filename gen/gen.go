package gen

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fsmgen/fsmgen/gen/docs"
	"github.com/fsmgen/fsmgen/gen/golang"
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
	Go       Kind = "go" // the code, NAME.fsm.go
	Markdown Kind = "md" // the page with the diagram, NAME.fsm.md
)

// Options say what is generated, and where to. The zero value is everything, to where the spec says.
type Options struct {
	// Only are the kinds that are wanted; none means all.
	Only []Kind
	// Dir takes the files instead of the directory that the spec names.
	Dir string
}

// output makes one file of a machine: its name beside others, and what is in it.
type output struct {
	kind Kind
	file func(*spec.Machine) (name string, content []byte, err error)
}

func outputs() []output {
	return []output{
		{Go, golang.File},
		{Markdown, page},
	}
}

func page(m *spec.Machine) (name string, content []byte, err error) {
	base := filepath.Base(m.Path)
	return strings.TrimSuffix(base, filepath.Ext(base)) + ".md", []byte(docs.Page(m)), nil
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
		name, content, err := out.file(m)
		if err != nil {
			return nil, err
		}
		files = append(files, File{filepath.Join(opt.dir(m), name), content})
	}
	return files, nil
}

func (o Options) validate() error {
	var kinds []Kind
	for _, out := range outputs() {
		kinds = append(kinds, out.kind)
	}
	for _, k := range o.Only {
		if !slices.Contains(kinds, k) {
			return fmt.Errorf("gen: output %q: must be one of %q", k, kinds)
		}
	}
	return nil
}

func (o Options) wants(k Kind) bool { return len(o.Only) == 0 || slices.Contains(o.Only, k) }

func (o Options) dir(m *spec.Machine) string {
	if o.Dir != "" {
		return o.Dir
	}
	return filepath.Join(filepath.Dir(m.Path), filepath.FromSlash(m.Go.Out.Value))
}

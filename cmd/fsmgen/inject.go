package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"

	"github.com/fsmgen/fsmgen/cmd/fsmgen/internal/inject"
	"github.com/fsmgen/fsmgen/gen"
	"github.com/fsmgen/fsmgen/spec"
)

// maxPage is the largest size of a Markdown file with markers, in bytes.
const maxPage = 16 << 20

// inject brings the diagrams between the markers of Markdown files up to date. It looks at every marker of every file, and
// writes nothing if one has a mistake. With check it prints what it would change instead.
func (t *tool) inject(files []string, check bool) error {
	pages, err := realPaths(files)
	if err != nil {
		return unusable(err)
	}
	in := injection{tool: t, specs: map[string]*input{}}
	for _, page := range pages {
		if err := in.page(page); err != nil {
			return err
		}
	}
	switch {
	case in.wrong:
		return wrong(errSaid)
	case in.markers == 0:
		return usageError("diagram: no file has a marker: want a line <!-- fsmgen: NAME.fsm.yaml --> and a line <!-- /fsmgen -->")
	case check:
		return t.compareInjected(in.outputs)
	default:
		return t.write(in.outputs)
	}
}

// compareInjected prints what inject would change.
func (t *tool) compareInjected(outputs []output) error {
	diff, err := gen.Diff(contents(outputs))
	if err != nil {
		return unusable(err)
	}
	if diff == "" {
		return nil
	}
	if err := t.progress(diff); err != nil {
		return err
	}
	return stale(errors.New("diagrams are not what the specs say: run fsmgen diagram --inject"))
}

// realPaths returns files without symbolic links, each once, so that a link is not replaced by a file.
func realPaths(files []string) ([]string, error) {
	var paths []string
	for _, file := range files {
		path, err := filepath.EvalSymlinks(file)
		if err != nil {
			return nil, err
		}
		same := func(other string) bool { return absolute(other) == absolute(path) }
		if !slices.ContainsFunc(paths, same) {
			paths = append(paths, path)
		}
	}
	return paths, nil
}

// injection is one run of inject.
type injection struct {
	tool    *tool
	specs   map[string]*input // by path, each of one machine; its findings are printed once
	markers int
	outputs []output
	wrong   bool // a marker or a spec has a mistake, which is printed
}

// page plans what a Markdown file is to be. It fails only if the file cannot be read.
func (in *injection) page(path string) error {
	text, err := readMarkdown(path)
	if err != nil {
		return unusable(err)
	}
	markers, mistakes := inject.Markers(text)
	in.markers += len(markers)
	var machines []*spec.Machine
	var diagrams []string
	for _, m := range markers {
		machine, diagram, err := in.diagram(path, m)
		if err != nil {
			mistakes = append(mistakes, &inject.Error{Place: m.Place, What: err.Error()})
			continue
		}
		if !slices.Contains(machines, machine) {
			machines = append(machines, machine)
		}
		diagrams = append(diagrams, diagram)
	}
	slices.SortStableFunc(mistakes, func(a, b *inject.Error) int { return cmp.Or(a.Line-b.Line, a.Column-b.Column) })
	for _, mistake := range mistakes {
		in.tool.say("fsmgen: %s:%v", path, mistake)
	}
	in.wrong = in.wrong || len(mistakes) > 0
	if in.wrong || len(markers) == 0 {
		return nil
	}
	filled := inject.Fill(text, markers, diagrams)
	in.outputs = append(in.outputs, output{gen.File{Path: path, Content: []byte(filled)}, paths(machines)})
	return nil
}

// diagram returns the machine of a marker, and its diagram.
func (in *injection) diagram(page string, m inject.Marker) (*spec.Machine, string, error) {
	path := filepath.Join(filepath.Dir(page), filepath.FromSlash(m.Spec))
	if filepath.IsAbs(m.Spec) {
		path = filepath.Clean(m.Spec)
	}
	machine, err := in.load(path)
	if err != nil {
		return nil, "", err
	}
	in.tool.subject = path
	states, err := statesOf(machine, m.Highlighted)
	if err != nil {
		return nil, "", err
	}
	text, err := gen.Text(machine, m.Kind, states...)
	return machine, text, err
}

// load reads the spec of a marker, and prints its findings the first time.
func (in *injection) load(path string) (*spec.Machine, error) {
	if in.specs[path] == nil {
		src, err := readSpec(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("there is no spec %.200s: the path is relative to the directory of this file", path)
		}
		if err != nil {
			return nil, err
		}
		one := &input{}
		one.add(path, src)
		in.specs[path] = one
		if err := in.tool.report(in.tool.stderr, one); err != nil && !errors.Is(err, errSaid) {
			return nil, err
		}
	}
	if in.specs[path].found.HasErrors() {
		return nil, fmt.Errorf("%s has errors, which fsmgen check reports", path)
	}
	return in.specs[path].machines[0], nil
}

// readMarkdown reads a Markdown file.
func readMarkdown(path string) (string, error) {
	file, err := openRegular(path, "a Markdown file")
	if err != nil {
		return "", err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxPage+1))
	if err == nil && len(text) > maxPage {
		err = fmt.Errorf("%s: is larger than %d bytes, the most that is read", path, maxPage)
	}
	return string(text), err
}

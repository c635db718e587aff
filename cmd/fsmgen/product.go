package main

import (
	"path/filepath"
	"slices"

	"github.com/fsmgen/fsmgen/gen"
	"github.com/fsmgen/fsmgen/spec"
)

// product is what one machine becomes.
type product struct {
	of    *spec.Machine
	files []gen.File
}

// produce makes the files of machines that have no errors, and prints what Go has no names for.
func (t *tool) produce(machines []*spec.Machine) ([]product, error) {
	var products []product
	var found spec.Findings
	for _, m := range machines {
		t.subject = m.Path
		files, err := t.files(m, gen.Options{})
		clashes := clashes(err)
		if err != nil && len(clashes) == 0 {
			return nil, t.bug(err)
		}
		for _, c := range clashes {
			found = append(found, clashFinding(m, c))
		}
		for i := range files {
			files[i].Path = fromHere(files[i].Path)
		}
		products = append(products, product{m, files})
	}
	found.Sort()
	return products, t.report(machines, found)
}

// dirs are the directories that the files go to, each once.
func (p product) dirs() []string {
	var dirs []string
	for _, f := range p.files {
		if dir := filepath.Dir(f.Path); !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
	}
	return dirs
}

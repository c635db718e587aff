package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/fsmgen/fsmgen/gen"
)

// output is a file to write, and what it is made of.
type output struct {
	gen.File
	from string
}

func flatten(products []product) []output {
	var outputs []output
	for _, p := range products {
		for _, f := range p.files {
			outputs = append(outputs, output{f, p.of.Path})
		}
	}
	return outputs
}

func contents(outputs []output) []gen.File {
	var files []gen.File
	for _, o := range outputs {
		files = append(files, o.File)
	}
	return files
}

// write brings outputs to disk and prints a line for each that changed, also if it cannot finish.
func (t *tool) write(outputs []output) error {
	changed, err := gen.Write(contents(outputs))
	var lines strings.Builder
	for _, o := range outputs {
		switch {
		case slices.Contains(changed, o.Path):
			fmt.Fprintf(&lines, "%s -> %s\n", o.from, o.Path)
		case err == nil:
			t.note("%s -> %s: unchanged", o.from, o.Path)
		}
	}
	if err != nil {
		err = unusable(err)
	}
	return errors.Join(err, t.progress(lines.String()))
}

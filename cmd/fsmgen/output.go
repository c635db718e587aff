package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/fsmgen/fsmgen/gen"
)

// output is a file to write, and what it is made of.
type output struct {
	gen.File
	from string
}

func flatten(products []gen.Product) []output {
	var outputs []output
	for _, p := range products {
		for _, f := range p.Files {
			outputs = append(outputs, output{f, p.Machine.Path})
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

// create writes files that must not be there yet, and prints a line for each. If one is, none is written.
func (t *tool) create(files []gen.File) error {
	for _, f := range files {
		if _, err := os.Lstat(f.Path); !errors.Is(err, fs.ErrNotExist) {
			return unusable(fmt.Errorf("%s is there already: it is not overwritten", f.Path))
		}
	}
	written, err := gen.Write(files)
	if err != nil {
		err = unusable(err)
	}
	var lines strings.Builder
	for _, path := range written {
		fmt.Fprintln(&lines, path)
	}
	return errors.Join(err, t.progress(lines.String()))
}

// deliver writes a text to a file, or to standard output where there is no name.
func (t *tool) deliver(to, text, from string) error {
	if to == "" {
		return t.print(text)
	}
	return t.write([]output{{gen.File{Path: to, Content: []byte(text)}, from}})
}

// remove removes files and prints a line for each.
func (t *tool) remove(left []gen.File) error {
	var errs []error
	for _, l := range left {
		if err := os.Remove(l.Path); err != nil {
			errs = append(errs, unusable(err))
			continue
		}
		errs = append(errs, t.progressf("removed %s\n", l.Path))
	}
	return errors.Join(errs...)
}

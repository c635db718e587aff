package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/fsmgen/fsmgen/gen"
	"github.com/fsmgen/fsmgen/spec"
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

// flags are those of every command.
type flags struct {
	format  choice
	color   choice
	dir     string
	quiet   bool
	verbose bool
}

func (f *flags) register(root *cobra.Command) {
	f.format = choice{allowed: []string{"text", "short", "json", "github", "sarif"}}
	f.color = choice{value: "auto", allowed: []string{"auto", "always", "never"}}
	set := root.PersistentFlags()
	set.Var(&f.format, "format", "how findings are printed (default text on a terminal, short elsewhere)")
	set.Var(&f.color, "color", "colours in text; auto is on a terminal, unless NO_COLOR is set")
	set.StringVarP(&f.dir, "directory", "C", "", "go to `DIR` first")
	set.BoolVarP(&f.quiet, "quiet", "q", false, "print errors only")
	set.BoolVarP(&f.verbose, "verbose", "v", false, "also name the specs and files that are fine")
	complete(root, "format", f.format.allowed)
	complete(root, "color", f.color.allowed)
}

// printer prints findings to w as the flags ask for it.
func (f *flags) printer(w io.Writer) (p spec.Printer, err error) {
	name := f.format.value
	if name == "" {
		name = "short"
		if isTerminal(w) {
			name = "text"
		}
	}
	p.Color = f.color.value == "always" ||
		f.color.value == "auto" && isTerminal(w) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	return p, p.Format.UnmarshalText([]byte(name))
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// choice is a flag with a fixed set of values.
type choice struct {
	value   string
	allowed []string
}

func (c *choice) String() string { return c.value }

// Type returns the word behind the name of the flag in the help.
func (c *choice) Type() string { return strings.Join(c.allowed, "|") }

// Set refuses a value that is not allowed.
func (c *choice) Set(value string) error {
	if !slices.Contains(c.allowed, value) {
		last := len(c.allowed) - 1
		return fmt.Errorf("must be %s or %s", strings.Join(c.allowed[:last], ", "), c.allowed[last])
	}
	c.value = value
	return nil
}

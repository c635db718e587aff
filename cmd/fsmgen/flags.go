package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/fsmgen/fsmgen/spec"
)

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

package main

import (
	"errors"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/fsmgen/fsmgen/gen"
	"github.com/fsmgen/fsmgen/spec"
)

const aboutFormat = `Fmt puts specs in canonical form: words in one order, short things on one line. What a spec means stays as it is, and so
do comments, empty lines and the order of what is named. Wrong specs are formatted, too, unless they are no YAML.

Without a flag it prints the canonical form. The spec - is standard input.`

// formatting says what fmt does with what it has made.
type formatting struct{ write, diff, check bool }

func (t *tool) format() *cobra.Command {
	var f formatting
	cmd := &cobra.Command{
		Use:               "fmt [SPEC|DIR|DIR/...]...",
		Short:             "Put specs in canonical form",
		Long:              aboutFormat,
		GroupID:           everyday,
		ValidArgsFunction: completeSpecs,
		RunE: func(_ *cobra.Command, args []string) error {
			if f != (formatting{}) && slices.Contains(args, standardInput) {
				return usageError("fmt: standard input is only printed: it takes no flag")
			}
			files, err := t.canonical(args)
			if err != nil {
				return err
			}
			return t.formatted(files, f)
		},
	}
	cmd.Flags().BoolVarP(&f.write, "write", "w", false, "write specs that are not in canonical form, and print their names")
	cmd.Flags().BoolVarP(&f.diff, "diff", "d", false, "print what would change as a diff")
	cmd.Flags().BoolVar(&f.check, "check", false, "print what would change as a diff, and exit 3 if that is anything")
	cmd.MarkFlagsMutuallyExclusive("write", "check")
	return cmd
}

const standardInput = "-"

// canonical formats specs. It looks at every one, prints what is wrong, and fails if any cannot be formatted.
func (t *tool) canonical(args []string) ([]gen.File, error) {
	paths := args
	var err error
	if len(args) != 1 || args[0] != standardInput {
		if paths, err = specPaths(args); err != nil {
			return nil, err
		}
	}
	in := &input{sources: map[string]string{}}
	var files []gen.File
	for _, path := range paths {
		t.subject = path
		src, err := t.slurp(path)
		if err != nil {
			return nil, unusable(err)
		}
		in.sources[path] = string(src)
		content, err := spec.Canonical(src)
		if wrong, ok := errors.AsType[*spec.FormatError](err); ok {
			in.found = append(in.found, at(path, wrong.Findings)...)
			continue
		}
		if err != nil {
			return nil, t.bug(err)
		}
		files = append(files, gen.File{Path: path, Content: content})
	}
	return files, t.also(in, nil)
}

// slurp reads a spec, or as much of standard input as one may have and a byte more.
func (t *tool) slurp(path string) ([]byte, error) {
	if path == standardInput {
		return io.ReadAll(io.LimitReader(t.stdin, spec.MaxSize+1))
	}
	return readSpec(path)
}

// at puts findings into a file.
func at(path string, found spec.Findings) spec.Findings {
	for i := range found {
		found[i].Path = path
	}
	return found
}

func (t *tool) formatted(files []gen.File, f formatting) error {
	if f == (formatting{}) {
		for _, file := range files {
			if err := t.print(string(file.Content)); err != nil {
				return err
			}
		}
		return nil
	}
	diff, err := gen.Diff(files)
	if err != nil {
		return unusable(err)
	}
	if f.diff || f.check {
		if err := t.progress(diff); err != nil {
			return err
		}
	}
	switch {
	case f.check && diff != "":
		return stale(errors.New("specs are not in canonical form: run fsmgen fmt -w"))
	case f.write:
		return t.rewrite(files)
	}
	return nil
}

// rewrite writes files and prints the names of those that change.
func (t *tool) rewrite(files []gen.File) error {
	changed, err := gen.Write(files)
	if err != nil {
		err = unusable(err)
	}
	for _, path := range changed {
		err = errors.Join(err, t.progressf("%s\n", path))
	}
	return err
}

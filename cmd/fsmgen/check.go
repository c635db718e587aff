package main

import (
	"io"

	"github.com/spf13/cobra"

	"github.com/fsmgen/fsmgen/gen"
	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/spec/verify"
)

const aboutCheck = `Check reports everything that is wrong with specs: what is written wrongly, what generate could not write, what the
machine cannot do whatever its guards say, and the properties that do not hold. It prints nothing about a spec that is
fine, and writes no file but with --fix.

A finding has a place, a code and what to do about it; explain CODE says more. An error makes the exit code 1, a warning
only with --strict. With --format json, github or sarif findings go to standard output.`

func (t *tool) check() *cobra.Command {
	var strict, fix bool
	cmd := &cobra.Command{
		Use:               "check [SPEC|DIR|DIR/...]...",
		Aliases:           []string{"vet"},
		Short:             "Report what is wrong with specs",
		Long:              aboutCheck,
		GroupID:           everyday,
		ValidArgsFunction: completeSpecs,
		RunE: func(_ *cobra.Command, args []string) error {
			if fix {
				if err := t.fix(args); err != nil {
					return err
				}
			}
			in, err := t.examine(args)
			if err := t.verdict(in, err, strict); err != nil {
				return err
			}
			for _, m := range in.machines {
				t.note("%s: fine", m.Path)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&strict, "strict", false, "warnings are exit code 1, too")
	cmd.Flags().BoolVar(&fix, "fix", false, "first make the fixes that are certain")
	return cmd
}

// examine finds everything that can be found without running anything. The input is never nil.
func (t *tool) examine(args []string) (*input, error) {
	in, err := t.read(args)
	if err != nil {
		return in, err
	}
	for _, m := range in.fine() {
		t.subject = m.Path
		found, report := verify.Machine(m)
		in.found = append(in.found, found...)
		for _, r := range report.Results {
			t.note("%s: %s", m.Path, r)
		}
	}
	generated := &input{machines: in.fine()}
	if len(generated.machines) < len(in.machines) {
		return in, nil
	}
	_, err = t.produce(generated, gen.Options{Only: []gen.Kind{gen.Go}})
	in.found = append(in.found, generated.found...)
	return in, err
}

// verdict prints what was found, and fails with err, with an error that was found, or with a warning where strict.
func (t *tool) verdict(in *input, err error, strict bool) error {
	reported := t.report(t.findings(), in)
	switch {
	case err != nil:
		return err
	case reported != nil:
		return reported
	case strict && in.found.Count(spec.Warning) > 0:
		return wrong(errSaid)
	}
	return nil
}

// findings returns the writer for findings that are the result of a command: standard output for those that programs read.
func (t *tool) findings() io.Writer {
	switch t.flags.format.value {
	case "json", "github", "sarif":
		return t.stdout
	}
	return t.stderr
}

// fix makes the fixes of specs, and prints a line for each spec that it changes.
func (t *tool) fix(args []string) error {
	paths, err := specPaths(args)
	if err != nil {
		return err
	}
	for _, path := range paths {
		t.subject = path
		src, err := readSpec(path)
		if err != nil {
			return unusable(err)
		}
		fixed, made, _ := spec.Fix(path, src)
		if made == 0 {
			continue
		}
		if _, err := gen.Write([]gen.File{{Path: path, Content: fixed}}); err != nil {
			return unusable(err)
		}
		if err := t.progressf("%s: %s\n", path, plural(made, "fix", "fixes")); err != nil {
			return err
		}
	}
	return nil
}

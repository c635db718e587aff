package main

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fsmgen/fsmgen/gen"
	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/spec/importer"
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

const aboutExplain = `Explain says more about a CODE of a finding: the rule, a spec that breaks it and one that does not.

Of a STATE it says how a machine gets there, as a script that simulate replays; of an EVENT what becomes of it in each
state; of a PROPERTY whether it holds, with a script that shows why not.`

func (t *tool) explain() *cobra.Command {
	return &cobra.Command{
		Use:               "explain CODE | STATE|EVENT|PROPERTY [SPEC|DIR|DIR/...]...",
		Short:             "Say more about a finding, or how to get to a state",
		Long:              aboutExplain,
		GroupID:           understanding,
		Args:              cobra.MinimumNArgs(1),
		ValidArgsFunction: completeNames,
		RunE: func(_ *cobra.Command, args []string) error {
			if page := pageOf(args[0]); page != "" && len(args) == 1 {
				return t.print(page)
			}
			if isCode(args[0]) {
				return usageError(fmt.Sprintf("explain: there is no code %s", args[0]))
			}
			machines, err := t.load(args[1:])
			if err != nil {
				return err
			}
			return t.explainName(machines, args[0])
		},
	}
}

func (t *tool) explainName(machines []*spec.Machine, name string) error {
	var texts []string
	for _, m := range machines {
		t.subject = m.Path
		if text, ok := gen.Explain(m, name); ok {
			texts = append(texts, text)
		}
	}
	if len(texts) == 0 {
		return usageError(fmt.Sprintf("explain: %s: there is no state, event or property %s", paths(machines), name))
	}
	return t.print(strings.Join(texts, "\n"))
}

// pageOf returns the page about a code of a spec, of its analysis or of an import.
func pageOf(code string) string {
	code = strings.ToUpper(code)
	return cmp.Or(spec.Explain(code), verify.Explain(code), importer.Explain(code))
}

func isCode(name string) bool {
	digits, ok := strings.CutPrefix(strings.ToUpper(name), "FSM")
	return ok && digits != "" && strings.Trim(digits, "0123456789") == ""
}

// allRules are the rules of every finding, in the order of their codes.
func allRules() []spec.Rule {
	return append(append(spec.Rules(), verify.Rules()...), importer.Rules()...)
}

const aboutSchema = `Schema prints the JSON Schema of specs. An editor with a YAML language server completes and explains a spec whose first line
names a copy:

  # yaml-language-server: $schema=fsm.schema.json`

func (t *tool) schema() *cobra.Command {
	return &cobra.Command{
		Use:     "schema",
		Short:   "Print the JSON Schema of specs",
		Long:    aboutSchema,
		GroupID: plumbing,
		Args:    cobra.NoArgs,
		RunE:    func(*cobra.Command, []string) error { return t.print(string(spec.Schema())) },
	}
}

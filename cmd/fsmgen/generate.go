package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fsmgen/fsmgen/cmd/fsmgen/internal/scaffold"
	"github.com/fsmgen/fsmgen/gen"
)

const aboutGenerate = `Generate writes a Go package and a Markdown page for each spec: beside it, or where its go: {out: DIR} says.

It prints a line for each file that changes; what is as it should be is not touched. If any spec has an error, nothing
is written. A generated file in one of these directories whose spec is gone is removed. A test that --tests has written
before is kept up to date without it; remove the file to have none.`

func (t *tool) generate() *cobra.Command {
	var check bool
	var opt gen.Options
	cmd := &cobra.Command{
		Use:               "generate [SPEC|DIR|DIR/...]...",
		Short:             "Write Go and Markdown for specs",
		Long:              aboutGenerate,
		GroupID:           everyday,
		ValidArgsFunction: completeSpecs,
		RunE: func(_ *cobra.Command, args []string) error {
			products, err := t.plan(args, opt)
			if err != nil {
				return err
			}
			if check {
				return t.compare(products)
			}
			return t.carryOut(products)
		},
	}
	cmd.Flags().BoolVar(&check, "check", false, "write nothing; print what would change as a diff, and exit 3 if that is anything")
	whatToWrite(cmd, &opt)
	return cmd
}

// whatToWrite are the flags of commands that write outputs.
func whatToWrite(cmd *cobra.Command, opt *gen.Options) {
	cmd.Flags().Var((*kinds)(&opt.Only), "only", "what to write instead of go,md: "+kindNames())
	cmd.Flags().BoolVar(&opt.Tests, "tests", false, "also write a test that takes every transition")
	cmd.Flags().StringVarP(&opt.Dir, "output", "o", "", "write to `DIR` instead of where the specs say")
	complete(cmd, "only", kinds(gen.Kinds()).names())
}

// carryOut brings products to disk, and prints a line for each file that changes.
func (t *tool) carryOut(products []gen.Product) error {
	left, err := gen.Leftovers(products)
	if err != nil {
		return unusable(err)
	}
	if err := t.write(flatten(products)); err != nil {
		return err
	}
	return t.remove(left)
}

// compare prints what generate would change.
func (t *tool) compare(products []gen.Product) error {
	left, err := gen.Leftovers(products)
	if err != nil {
		return unusable(err)
	}
	diff, err := gen.Diff(contents(flatten(products)))
	if err != nil {
		return unusable(err)
	}
	for _, l := range left {
		diff += gen.Removal(l)
	}
	if diff == "" {
		return nil
	}
	if err := t.progress(diff); err != nil {
		return err
	}
	return stale(errors.New("generated files are not what the specs say: run fsmgen generate"))
}

// kinds is a flag that lists kinds of output.
type kinds []gen.Kind

func (k *kinds) String() string { return strings.Join(k.names(), ",") }

// Type returns the word behind the name of the flag in the help.
func (k *kinds) Type() string { return "KIND,..." }

// Set adds the kinds of a list with commas.
func (k *kinds) Set(list string) error {
	for name := range strings.SplitSeq(list, ",") {
		if !slices.Contains(gen.Kinds(), gen.Kind(name)) {
			return fmt.Errorf("there is no kind %q; the kinds are %s", name, kindNames())
		}
		*k = append(*k, gen.Kind(name))
	}
	return nil
}

func (k kinds) names() []string {
	var names []string
	for _, kind := range k {
		names = append(names, string(kind))
	}
	return names
}

func kindNames() string { return strings.Join(kinds(gen.Kinds()).names(), ", ") }

// plan makes, in memory, what is to be on disk, and prints what is wrong.
func (t *tool) plan(args []string, opt gen.Options) ([]gen.Product, error) {
	in, err := t.read(args)
	if err != nil {
		return nil, t.also(in, err)
	}
	products, err := t.produce(in, opt)
	return products, t.also(in, err)
}

// produce makes the files of specs, if none has an error. What Go has no names or no place for becomes a finding.
func (t *tool) produce(in *input, opt gen.Options) ([]gen.Product, error) {
	if in.found.HasErrors() {
		return nil, nil
	}
	var products []gen.Product
	for _, m := range in.machines {
		t.subject = m.Path
		own := opt
		own.Tests = own.Tests || gen.HasTests(m, opt)
		files, err := t.files(m, own)
		clashes := gen.Clashes(m, err)
		if err != nil && len(clashes) == 0 {
			return nil, t.bug(err)
		}
		for i := range files {
			files[i].Path = fromHere(files[i].Path)
		}
		in.found = append(in.found, clashes...)
		products = append(products, gen.Product{Machine: m, Files: files})
	}
	if opt.Dir == "" {
		in.found = append(in.found, gen.Outside(products)...)
	}
	in.found = append(in.found, gen.Conflicts(products)...)
	return products, nil
}

// also prints what was found, and fails with err, or if a finding is an error.
func (t *tool) also(in *input, err error) error {
	if wrong := t.report(t.stderr, in); err == nil {
		return wrong
	}
	return err
}

const aboutNew = `New writes a spec to begin with, NAME.fsm.yaml, and gen.go with the go:generate line that turns it into code. They go to
a directory of their own, as a machine is a Go package. What is there already is never overwritten.`

func (t *tool) newMachine() *cobra.Command {
	var dir, packageName string
	cmd := &cobra.Command{
		Use:               "new NAME",
		Short:             "Write a commented spec and a gen.go with go:generate",
		Long:              aboutNew,
		GroupID:           everyday,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(_ *cobra.Command, args []string) error {
			files, err := scaffold.Files(dir, args[0], packageName)
			if _, ok := errors.AsType[*scaffold.NameError](err); ok {
				return err
			}
			if err != nil {
				return t.bug(err)
			}
			where := filepath.Dir(files[0].Path)
			if name, pkg := gen.OtherPackage(where, scaffold.Package(args[0], packageName)); pkg != "" {
				return unusable(fmt.Errorf("%s is package %s: say --package %s, or another directory with --output", filepath.Join(where, name), pkg, pkg))
			}
			return t.create(files)
		},
	}
	cmd.Flags().StringVarP(&dir, "output", "o", "", "write to `DIR` instead of one that is called like the package")
	cmd.Flags().StringVar(&packageName, "package", "", "the `NAME` of the Go package, instead of the machine's with fsm behind")
	return cmd
}

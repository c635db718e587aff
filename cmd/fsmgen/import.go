package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fsmgen/fsmgen/gen"
	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/spec/importer"
)

const aboutImport = `Import turns the JSON of an XState machine, or an SCXML document, into a spec. What it cannot take as it is is said with the
place in the source: a warning about what is left out, or what became a hook to be written.

The kind is told by the name of the file, NAME.json or NAME.scxml.`

// importers read a kind of source.
var importers = map[string]func([]byte, importer.Options) (importer.Result, error){
	"scxml":  importer.SCXML,
	"xstate": importer.XState,
}

func (t *tool) importMachine() *cobra.Command {
	from := choice{allowed: []string{"scxml", "xstate"}}
	var to, name string
	cmd := &cobra.Command{
		Use:     "import FILE",
		Short:   "Turn XState JSON or SCXML into a spec",
		Long:    aboutImport,
		GroupID: plumbing,
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			kind, err := kindOf(args[0], from.value)
			if err != nil {
				return err
			}
			src, err := t.readImport(args[0])
			if err != nil {
				return unusable(err)
			}
			t.subject = args[0]
			result, err := importers[kind](src, importer.Options{Path: args[0], Name: name})
			if _, ok := errors.AsType[*importer.SyntaxError](err); ok {
				return wrong(err)
			}
			if err != nil {
				return t.bug(err)
			}
			return t.imported(args[0], result, to)
		},
	}
	cmd.Flags().Var(&from, "from", "what the file is, where its name does not say it")
	cmd.Flags().StringVar(&name, "name", "", "the machine's `NAME`, where the source has none")
	cmd.Flags().StringVarP(&to, "output", "o", "", "write to `FILE`, which must not be there yet, instead of standard output")
	complete(cmd, "from", from.allowed)
	return cmd
}

func kindOf(path, given string) (string, error) {
	if given != "" {
		return given, nil
	}
	switch strings.ToLower(filepath.Ext(path)) {
	case ".scxml", ".xml":
		return "scxml", nil
	case ".json":
		return "xstate", nil
	}
	return "", usageError(fmt.Sprintf("%s: say what it is with --from scxml or --from xstate", path))
}

// imported prints the spec, what was not taken of the source, and what is wrong with the spec now.
func (t *tool) imported(path string, result importer.Result, to string) error {
	in := &input{found: result.Found, sources: map[string]string{path: result.Source}}
	if result.Spec == nil {
		return t.report(t.stderr, in)
	}
	if result.Wrong.HasErrors() {
		name := to
		if name == "" {
			name = "spec"
		}
		in.sources[name] = string(result.Spec)
		in.found = append(in.found, at(name, onlyErrors(result.Wrong))...)
	}
	reported := t.report(t.stderr, in)
	var err error
	if to == "" {
		err = t.print(string(result.Spec))
	} else {
		err = t.create([]gen.File{{Path: to, Content: result.Spec}})
	}
	if err != nil {
		return err
	}
	return reported
}

func onlyErrors(found spec.Findings) spec.Findings {
	var errs spec.Findings
	for _, f := range found {
		if f.Severity == spec.Error {
			errs = append(errs, f)
		}
	}
	return errs
}

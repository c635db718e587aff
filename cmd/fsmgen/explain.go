package main

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fsmgen/fsmgen/gen"
	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/spec/importer"
	"github.com/fsmgen/fsmgen/spec/verify"
)

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

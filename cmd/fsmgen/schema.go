package main

import (
	"github.com/spf13/cobra"

	"github.com/fsmgen/fsmgen/spec"
)

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

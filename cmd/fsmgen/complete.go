package main

import (
	"encoding/json"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fsmgen/fsmgen/gen"
	"github.com/fsmgen/fsmgen/spec"
)

// complete offers the values of a flag.
func complete(cmd *cobra.Command, flag string, values []string) {
	if err := cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)); err != nil {
		panic(err) // there is no such flag, or it has completions
	}
}

// completeSpecs offers specs and directories.
func completeSpecs(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return []cobra.Completion{"fsm.yaml"}, cobra.ShellCompDirectiveFilterFileExt
}

// completeDrawn offers what diagram draws: specs, or Markdown files with markers.
func completeDrawn(cmd *cobra.Command, args []string, word string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if inject, err := cmd.Flags().GetBool("inject"); err == nil && inject {
		return []cobra.Completion{"md"}, cobra.ShellCompDirectiveFilterFileExt
	}
	return completeSpecs(cmd, args, word)
}

// completeSpecsBehindOne offers any file, then specs.
func completeSpecsBehindOne(cmd *cobra.Command, args []string, word string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) == 0 {
		return nil, cobra.ShellCompDirectiveDefault
	}
	return completeSpecs(cmd, args, word)
}

// completeStates offers the states of the specs on the command line, behind those that are there already.
func completeStates(_ *cobra.Command, args []string, word string) ([]cobra.Completion, cobra.ShellCompDirective) {
	before := word[:strings.LastIndexByte(word, ',')+1]
	var names []cobra.Completion
	for _, m := range quietly(args) {
		for s := range m.All() {
			names = append(names, before+s.Name)
		}
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// completeNames offers codes and everything that explain knows about, then specs.
func completeNames(cmd *cobra.Command, args []string, word string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return completeSpecs(cmd, args, word)
	}
	var names []cobra.Completion
	for _, m := range quietly(nil) {
		names = append(names, gen.Names(m)...)
	}
	for _, r := range allRules() {
		names = append(names, cobra.CompletionWithDesc(r.Code, r.Summary))
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// quietly reads specs as far as they can be read: a shell that asks wants no messages.
func quietly(args []string) []*spec.Machine {
	paths, err := specPaths(args)
	if err != nil {
		return nil
	}
	var in input
	for _, path := range paths {
		if src, err := readSpec(path); err == nil {
			in.add(path, src)
		}
	}
	return in.machines
}

const aboutCompletion = `Completion prints a script that makes a shell complete commands, flags and specs.

  bash         source <(fsmgen completion bash)
  zsh          fsmgen completion zsh > "${fpath[1]}/_fsmgen"
  fish         fsmgen completion fish | source
  powershell   fsmgen completion powershell | Out-String | Invoke-Expression`

func (t *tool) completion() *cobra.Command {
	shells := []cobra.Completion{"bash", "zsh", "fish", "powershell"}
	return &cobra.Command{
		Use:       "completion " + strings.Join(shells, "|"),
		Short:     "Print a completion script for a shell",
		Long:      aboutCompletion,
		GroupID:   plumbing,
		ValidArgs: shells,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 || !slices.Contains(shells, args[0]) {
				return fmt.Errorf("completion %s: the shells are %s", strings.Join(args, " "), strings.Join(shells, ", "))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			root := cmd.Root()
			var err error
			switch args[0] {
			case "bash":
				err = root.GenBashCompletionV2(t.stdout, true)
			case "zsh":
				err = root.GenZshCompletion(t.stdout)
			case "fish":
				err = root.GenFishCompletion(t.stdout, true)
			case "powershell":
				err = root.GenPowerShellCompletionWithDesc(t.stdout)
			}
			if err != nil {
				return unusable(err)
			}
			return nil
		},
	}
}

func (t *tool) version() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "version",
		Short:   "Say which fsmgen this is",
		GroupID: plumbing,
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			b := readBuild()
			if !asJSON {
				return t.print(b.String() + "\n")
			}
			line, err := json.Marshal(b)
			if err != nil {
				return t.bug(err)
			}
			return t.print(string(line) + "\n")
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "one JSON object")
	return cmd
}

// build says where this binary comes from. What the go command did not record is empty.
type build struct {
	Version  string `json:"version"` // (devel) where the go command knew no better
	Revision string `json:"revision,omitempty"`
	Time     string `json:"time,omitempty"` // of the revision
	Modified bool   `json:"modified"`       // whether there was more than the revision
	Go       string `json:"go"`
}

func readBuild() build {
	b := build{Version: "(devel)"}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	b.Go = info.GoVersion
	if info.Main.Version != "" {
		b.Version = info.Main.Version
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Revision = s.Value
		case "vcs.time":
			b.Time = s.Value
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
	return b
}

// String is one line: fsmgen v0.3.0 00a4d1b go1.26.8.
func (b build) String() string {
	words := []string{"fsmgen", b.Version}
	if b.Revision != "" {
		words = append(words, b.Revision)
	}
	if b.Modified {
		words = append(words, "modified")
	}
	return strings.Join(append(words, b.Go), " ")
}

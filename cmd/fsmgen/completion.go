package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

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

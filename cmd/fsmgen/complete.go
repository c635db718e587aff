package main

import (
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

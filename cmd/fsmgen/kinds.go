package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fsmgen/fsmgen/gen"
)

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

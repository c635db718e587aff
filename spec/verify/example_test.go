package verify_test

import (
	"fmt"

	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/spec/verify"
)

// A state that is renamed strands the machines that are stored in it, unless the new version names the old one.
func ExampleDiff() {
	old, _ := spec.Load("lamp.fsm.yaml", []byte(`
fsm: 1
machine: lamp
events: {press: {}}
initial: dark
states:
  dark: {on: {press: lit}}
  lit: {on: {press: dark}}
`))
	now, _ := spec.Load("lamp.fsm.yaml", []byte(`
fsm: 1
machine: lamp
events: {press: {}}
initial: dark
states:
  dark: {on: {press: bright}}
  bright: {on: {press: dark}}
`))
	for _, change := range verify.Diff(old, now) {
		if change.Affected == verify.Snapshots {
			fmt.Println(change.Level, change)
		}
	}
	// Output:
	// major ~ state lit: snapshots restored -> refused
}

package gen_test

import (
	"fmt"

	"github.com/fsmgen/fsmgen/gen"
	"github.com/fsmgen/fsmgen/spec"
)

// A program that documents a machine draws it itself.
func ExampleText() {
	const door = `
fsm: 1
machine: door
events: {push: {}, lock: {}}
initial: closed
states:
  closed: {on: {push: open, lock: locked}}
  open: {after: {10s: closed}, postpone: lock}
  locked: {type: final}
`
	m, found := spec.Load("door.fsm.yaml", []byte(door))
	if found.HasErrors() {
		panic(found)
	}
	diagram, err := gen.Text(m, gen.Mermaid)
	if err != nil {
		panic(err)
	}
	fmt.Print(diagram)
	// Output:
	// stateDiagram-v2
	//   accTitle: door
	//   [*] --> s_closed
	//   state "closed" as s_closed
	//   state "open" as s_open
	//   s_open : postpone lock
	//   state "locked" as s_locked
	//   s_locked --> [*]
	//
	//   s_closed --> s_open : push
	//   s_closed --> s_locked : lock
	//   s_open --> s_closed : after 10s
}

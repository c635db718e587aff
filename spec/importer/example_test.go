package importer_test

import (
	"fmt"

	"github.com/fsmgen/fsmgen/spec/importer"
)

func ExampleXState() {
	const config = `{
  "id": "lamp", "initial": "dark",
  "states": {
    "dark": {"on": {"PRESS": "lit"}},
    "lit": {"on": {"PRESS": "dark"}, "after": {"60000": "dark"}}
  }
}`
	r, err := importer.XState([]byte(config), importer.Options{Path: "lamp.json"})
	if err != nil {
		panic(err)
	}
	fmt.Print(string(r.Spec))
	// Output:
	// fsm: 1
	// machine: lamp
	//
	// events:
	//   press: {}
	//
	// initial: dark
	//
	// states:
	//   dark:
	//     on:
	//       press: lit
	//   lit:
	//     after:
	//       1m: dark
	//     on:
	//       press: dark
}

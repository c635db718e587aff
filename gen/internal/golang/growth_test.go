package golang_test

import (
	"fmt"
	"strings"
	"testing"
)

// flat is a spec with n states inside one that handles n events. One word more of an inner state can differ.
func flat(n int, inner string) []byte {
	var events, on, states strings.Builder
	for i := range n {
		fmt.Fprintf(&events, ", e%d: {}", i)
		fmt.Fprintf(&on, "e%d: s%d, ", i, i)
		fmt.Fprintf(&states, "      s%d: {%son: {next: s%d}}\n", i, inner, (i+1)%n)
	}
	return []byte("fsm: 1\nmachine: flat\nevents: {next: {}" + events.String() + "}\nactions: {a: {}}\ninitial: p\nstates:\n" +
		"  p:\n    initial: s0\n    on: {" + strings.TrimSuffix(on.String(), ", ") + "}\n    states:\n" + states.String())
}

func TestFile_GrowsWithTheLinesOfTheSpec(t *testing.T) {
	for name, inner := range map[string]string{"plain": "", "with an exit": "exit: a, ", "ignoring one": "ignore: e0, "} {
		t.Run(name, func(t *testing.T) {
			size := func(n int) int {
				bytes := 0
				for _, f := range generate(t, "flat.fsm.yaml", flat(n, inner))[:2] {
					bytes += len(f.Data)
				}
				return bytes
			}
			if small, large := size(40), size(80); large > small*5/2 {
				t.Errorf("40 states and events are %d bytes of Go, 80 are %d; want about twice as many", small, large)
			}
		})
	}
}

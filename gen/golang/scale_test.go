package golang_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/fsmgen/fsmgen/gen/golang"
	"github.com/fsmgen/fsmgen/spec"
)

// bigSpec is a machine with this many states and five times as many transitions.
func bigSpec(states int) []byte {
	var b strings.Builder
	b.WriteString("fsm: 1\nmachine: big\nevents: {e0: {}, e1: {}, e2: {}, e3: {}, e4: {}}\nactions: {a: {}}\ninitial: s0\nstates:\n")
	for i := range states {
		fmt.Fprintf(&b, "  s%d: {entry: a, on: {", i)
		for e := range 5 {
			fmt.Fprintf(&b, "e%d: s%d, ", e, (i*7+e+1)%states)
		}
		b.WriteString("}}\n")
	}
	return []byte(b.String())
}

func BenchmarkCheckAndGenerate(b *testing.B) {
	for _, states := range []int{10, 100, 1000, 10000} {
		b.Run(fmt.Sprint(states), func(b *testing.B) {
			source := bigSpec(states)
			b.ReportAllocs()
			for b.Loop() {
				m, found := spec.Load("big.fsm.yaml", source)
				if found.HasErrors() {
					b.Fatal(found)
				}
				_, code, err := golang.File(m)
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(len(code)), "B-code")
			}
		})
	}
}

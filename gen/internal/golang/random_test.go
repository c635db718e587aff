package golang_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/fsmgen/fsmgen/gen/internal/golang"
	"github.com/fsmgen/fsmgen/internal/spectest"
	"github.com/fsmgen/fsmgen/spec"
)

// random returns the specs of seeds that have no errors, with every word of the language.
func random(count int) []string {
	var sources []string
	for seed := uint64(1); len(sources) < count; seed++ {
		source := spectest.Source(seed, spectest.All, fmt.Sprintf("random%d", len(sources)))
		if _, found := spec.Load("m.fsm.yaml", []byte(source)); !found.HasErrors() {
			sources = append(sources, source)
		}
	}
	return sources
}

// someParts returns the parts of which the bit is set in n. Consecutive numbers give every combination.
func someParts(n int) []spec.Text {
	parts := []spec.Text{}
	for i, p := range spec.Parts() {
		if n>>i&1 == 0 {
			parts = append(parts, spec.Text{Value: string(p)})
		}
	}
	return parts
}

func TestTests_RandomMachinesCompileAndPass(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles machines")
	}
	c := newCompiler()
	for i, source := range random(25) {
		m, _ := spec.Load("m.fsm.yaml", []byte(source))
		m.Go.Emit = someParts(i)
		err := c.compile(m)
		if _, clash := errors.AsType[*golang.ClashError](err); err != nil && !clash {
			t.Fatalf("%v\nof the spec:\n%s", err, source)
		}
	}
}

package golang

import (
	"testing"

	"github.com/fsmgen/fsmgen/spec"
)

func TestGoType_CopyOfSlicesMapsAndPointers(t *testing.T) {
	field := func(typ string) []*spec.Field { return []*spec.Field{{Name: "f", Type: spec.Text{Value: typ}}} }
	p := &plan{spec: &spec.Machine{Types: []*spec.Type{
		{Name: "Flat", Fields: field("int")},
		{Name: "Long", Fields: field("[]int")},
		{Name: "Nested", Fields: field("Long")},
	}}}
	for typ, want := range map[string]bool{
		"int": false, "string": false, "time.Time": false, "[2]int": false, "Flat": false, "[2]Flat": false,
		"[]int": true, "*int": true, "map[string]int": true, "[2]*int": true, "Long": true, "Nested": true, "[2]Nested": true,
	} {
		if got := p.leadsOn(typ); got != want {
			t.Errorf("leadsOn(%q) = %t", typ, got)
		}
	}
}

package spectest_test

import (
	"testing"

	"github.com/fsmgen/fsmgen/internal/spectest"
	"github.com/fsmgen/fsmgen/spec"
)

func TestSource_SameSeedSameSpec(t *testing.T) {
	for seed := range uint64(20) {
		if a, b := spectest.Source(seed, spectest.All, "m"), spectest.Source(seed, spectest.All, "m"); a != b {
			t.Fatalf("seed %d gives\n%s\nand then\n%s", seed, a, b)
		}
	}
}

// A `*` of a state whose children decide every event is the one mistake that is possible.
func TestSource_FewSpecsHaveErrors(t *testing.T) {
	const specs = 400
	wrong := 0
	for seed := range uint64(specs) {
		source := spectest.Source(seed, spectest.All, "m")
		_, found := spec.Load("m.fsm.yaml", []byte(source))
		if !found.HasErrors() {
			continue
		}
		wrong++
		for _, f := range found {
			if f.Severity == spec.Error && f.Code != "FSM053" {
				t.Fatalf("seed %d: %d:%d: %s [%s]\n%s", seed, f.Pos.Line, f.Pos.Column, f.Message, f.Code, source)
			}
		}
	}
	if wrong > specs/10 {
		t.Errorf("%d of %d specs have errors; want at most a tenth", wrong, specs)
	}
}

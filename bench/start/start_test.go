package start

import (
	"errors"
	"testing"

	"github.com/fsmgen/fsmgen/internal/proc"
)

func TestCandidates_DoTheirWork(t *testing.T) {
	b, err := NewBench(t.Context())
	if _, missing := errors.AsType[*proc.InterpreterError](err); missing {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range b.Groups(t.Context(), 2) {
		for _, c := range append(g.Others, g.Limit) {
			if values, err := c.Measure(); err != nil || len(values) != len(g.Figures) || values[0] <= 0 {
				t.Errorf("%s: %s: %v, %v", g.Title, c.Name, values, err)
			}
		}
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
}

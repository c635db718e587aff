package lease_test

import (
	"testing"

	"github.com/fsmgen/fsmgen/bench/lease"
)

// TestMeasure_Everything does each piece of work a few times.
func TestMeasure_Everything(t *testing.T) {
	b, err := lease.NewBench(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, loops := range b.Loops() {
		for _, l := range append(loops.Others, loops.Limit) {
			if err := l.Run(100); err != nil {
				t.Errorf("%s, %s: %v", loops.Title, l.Name, err)
			}
		}
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
}

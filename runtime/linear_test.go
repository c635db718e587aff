package runtime_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/fsmgen/fsmgen/runtime/internal/lineartest"
)

// TestServer_LinearizesToCore has several goroutines use one live machine at once, with operations that rapid chooses: calls
// that are given up at random, panics, a stop in the middle. A core that gets the same events in the order in which the
// machine handled them must end with the same records.
//
// Rows: S7.
func TestServer_LinearizesToCore(t *testing.T) {
	for _, implementation := range lineartest.Implementations() {
		t.Run(implementation.Name, func(t *testing.T) { rapid.Check(t, implementation.Check) })
	}
}

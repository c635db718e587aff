package statem_test

import (
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/fsmgen/fsmgen/runtime/internal/lineartest"
	"github.com/fsmgen/fsmgen/runtime/internal/modeltest"
)

// FuzzCore lets bytes choose how a machine reacts to its events and which events it gets, and compares it with a model of
// gen_statem: see [modeltest.Play].
func FuzzCore(f *testing.F) {
	for seed := range uint64(20) {
		f.Add(randomBytes(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 2000 {
			t.Skip("longer sequences find nothing new")
		}
		modeltest.Play(t, data)
	})
}

// TestCore_AgreesWithModel is FuzzCore on random bytes.
func TestCore_AgreesWithModel(t *testing.T) {
	for seed := range uint64(3000) {
		modeltest.Play(t, randomBytes(seed))
		if t.Failed() {
			t.Fatalf("with the bytes of seed %d", seed)
		}
	}
}

func randomBytes(seed uint64) []byte {
	random := rand.New(rand.NewPCG(seed, 0))
	data := make([]byte, 200+random.IntN(400))
	for i := range data {
		data[i] = byte(random.Uint32())
	}
	return data
}

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

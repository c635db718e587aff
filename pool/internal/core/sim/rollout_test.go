package sim

import "testing"

// Rows: I3.
func TestRollout_EndsAsTheVersionDeserves(t *testing.T) {
	for seed := uint64(1); seed <= 240; seed++ {
		if fault, err := Rollout(seed); err != nil {
			t.Errorf("seed %d, a version that is %s: %v", seed, fault, err)
		}
	}
}

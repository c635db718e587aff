package tiny

import "testing"

func TestSmaller(t *testing.T) {
	if got := Smaller(1, 2); got != 1 {
		t.Errorf("Smaller(1, 2) = %d; want 1", got)
	}
}

package pool

import "testing"

func TestTrust_TheMapOfUserNumbers(t *testing.T) {
	for text, want := range map[string]bool{
		"         0          0 4294967295\n": true,
		"0 1000 1\n":                         false,
		"0 0 65536\n65536 1 2\n":             false,
		"":                                   false,
	} {
		if got := isWholeMap(text); got != want {
			t.Errorf("isWholeMap(%q) = %v; want %v", text, got, want)
		}
	}
}

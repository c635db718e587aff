package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestRun_WithoutPythonSaysSoInOneLine(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	var out bytes.Buffer
	err := run(t.Context(), nil, &out, &out)
	if err == nil || !strings.Contains(err.Error(), "python3") || strings.Contains(err.Error(), "\n") || out.Len() > 0 {
		t.Errorf("run = %v after %q; want one line that names python3", err, &out)
	}
}

func TestRun_FlagsThatMakeNoSense(t *testing.T) {
	for _, args := range [][]string{{"-rounds", "0"}, {"-faults", "0"}, {"-workers", "0"}, {"more"}, {"-nonsense"}} {
		var out bytes.Buffer
		if err := run(t.Context(), args, &out, &out); err == nil || strings.Contains(out.String(), "comparison: costs") {
			t.Errorf("run %q = %v after %q; want an error before anything is measured", args, err, &out)
		}
	}
}

package impl_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestInline_GeneratedCodeCallsNoShortMethod compiles a generated machine: the methods of the engine on
// its direct path must be inlined, also though the machine does not import the engine.
func TestInline_GeneratedCodeCallsNoShortMethod(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles a package")
	}
	for _, dir := range []string{".", "../internal/doorfsm", "../internal/engine"} { // so that a result is not remembered when they change
		if _, err := os.ReadDir(dir); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), "go", "build", "-gcflags=-m", "../internal/doorfsm")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, out)
	}
	for _, method := range []string{
		"(*Engine).Direct", "(*Engine).State", "(*Engine).Commit", "(*Server).Enter", "(*Server).Release", "(*Server).StateID",
	} {
		if !strings.Contains(string(out), "inlining call to engine."+method) {
			t.Errorf("%s is not inlined: package impl has to call it", method)
		}
	}
}

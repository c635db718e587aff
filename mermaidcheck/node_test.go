package mermaidcheck

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/lockedfile"
)

// answer is what Mermaid understood of one diagram, or why it did not.
type answer struct {
	Error       string
	Title       string
	Description string
	Nodes       []node
	Edges       []edge
}

type node struct {
	ID     string
	Parent string // empty at the top
	Shape  string
	Label  []string
	Inside []string
}

type edge struct {
	From, To string
	Label    []string
}

// understand asks Mermaid about diagrams, by name.
func understand(t *testing.T, diagrams map[string]string) map[string]answer {
	t.Helper()
	install(t)
	questions, err := json.Marshal(diagrams)
	if err != nil {
		t.Fatal(err)
	}
	var answers map[string]answer
	if err := json.Unmarshal(run(t, questions, "node", "understand.mjs"), &answers); err != nil {
		t.Fatal(err)
	}
	return answers
}

// install makes node_modules what package-lock.json says, unless it is already. A stamp inside node_modules says so;
// the lock lets several test processes ask at once.
func install(t *testing.T) {
	t.Helper()
	for _, tool := range []string{"node", "npm"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("diagrams are not held against the real Mermaid: %v", err)
		}
	}
	unlock, err := lockedfile.MutexAt(".install.lock").Lock()
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()

	stamp := filepath.Join("node_modules", ".installed-from")
	sum := sha256.Sum256(read(t, "package-lock.json"))
	want := hex.AppendEncode(nil, sum[:])
	if got, err := os.ReadFile(stamp); err == nil && bytes.Equal(got, want) {
		return
	}
	run(t, nil, "npm", "ci")
	if err := os.WriteFile(stamp, want, 0o644); err != nil {
		t.Fatal(err)
	}
}

// run is what a command prints.
func run(t *testing.T, stdin []byte, name string, args ...string) []byte {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(stdin), &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s%s", cmd, err, &stdout, &stderr)
	}
	return stdout.Bytes()
}

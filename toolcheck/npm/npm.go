// Package npm brings packages of npm to tests that hold the project's outputs against the real tools. It is for tests;
// where npm is not installed they are skipped.
package npm

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/lockedfile"
)

// Install makes the node_modules of a directory what its package-lock.json says, unless it is already. A stamp inside
// node_modules says so; a lock lets several test processes ask at once. Without npm the test is skipped.
func Install(t *testing.T, dir string) {
	t.Helper()
	need(t, "node", "npm")
	defer lock(t, dir)()
	content, err := os.ReadFile(filepath.Join(dir, "package-lock.json"))
	if err != nil {
		t.Fatal(err)
	}
	stamp := filepath.Join(dir, "node_modules", ".installed-from")
	sum := sha256.Sum256(content)
	want := hex.AppendEncode(nil, sum[:])
	if got, err := os.ReadFile(stamp); err == nil && bytes.Equal(got, want) {
		return
	}
	Run(t, dir, nil, "npm", "ci")
	if err := os.WriteFile(stamp, want, 0o644); err != nil {
		t.Fatal(err)
	}
}

// Unpack fetches one package, without what it depends on, and returns the directory with its files, somewhere inside a
// directory. Integrity is its checksum as npm writes it, "sha512-...". Without npm the test is skipped.
func Unpack(t *testing.T, dir, pkg, integrity string) string {
	t.Helper()
	need(t, "npm", "tar")
	home, err := filepath.Abs(filepath.Join(dir, "unpacked", "node_modules")) // not beside what `npm ci` empties
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(home, 0o755); err != nil {
		t.Fatal(err)
	}
	defer lock(t, home)()
	place := filepath.Join(home, strings.NewReplacer("@", "", "/", "-").Replace(pkg))
	if _, err := os.Stat(place); err == nil {
		return filepath.Join(place, "package")
	}
	tmp := t.TempDir()
	printed := strings.Fields(string(Run(t, dir, nil, "npm", "pack", "--pack-destination", tmp, pkg)))
	archive := filepath.Join(tmp, printed[len(printed)-1])
	content, err := os.ReadFile(archive)
	if err != nil {
		t.Fatal(err)
	}
	if sum := sha512.Sum512(content); "sha512-"+base64.StdEncoding.EncodeToString(sum[:]) != integrity {
		t.Fatalf("%s is not the package that it was: its checksum differs", pkg)
	}
	files := filepath.Join(tmp, "files")
	if err := os.Mkdir(files, 0o755); err != nil {
		t.Fatal(err)
	}
	Run(t, dir, nil, "tar", "-xzf", archive, "-C", files)
	Run(t, dir, nil, "cp", "-r", files, place+".new")
	if err := os.Rename(place+".new", place); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(place, "package")
}

func need(t *testing.T, tools ...string) {
	t.Helper()
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("not held against the real tools: %v", err)
		}
	}
}

func lock(t *testing.T, dir string) (unlock func()) {
	t.Helper()
	unlock, err := lockedfile.MutexAt(filepath.Join(dir, ".install.lock")).Lock()
	if err != nil {
		t.Fatal(err)
	}
	return unlock
}

// Run runs a command and returns its output. The test fails if the command does.
func Run(t *testing.T, dir string, stdin []byte, name string, args ...string) []byte {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir, cmd.Stdin, cmd.Stdout, cmd.Stderr = dir, bytes.NewReader(stdin), &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s%s", cmd, err, &stdout, &stderr)
	}
	return stdout.Bytes()
}

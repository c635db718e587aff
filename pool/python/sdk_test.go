package python_test

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fsmgen/fsmgen/pool/python"
)

// interpreters returns python3, and the oldest and the newest of the versions that are found beside it, by version.
func interpreters(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, path := range append(candidates(), interpreter(t)) {
		if version := versionOf(path); strings.HasPrefix(version, "3.") && version >= "3.09" {
			found[version] = path
		}
	}
	versions := slices.Sorted(maps.Keys(found))
	for _, version := range versions[min(1, len(versions)):max(1, len(versions)-1)] {
		if found[version] != interpreter(t) {
			delete(found, version)
		}
	}
	return found
}

// candidates are what an interpreter may be called, and where a version manager keeps its own.
func candidates() []string {
	var paths []string
	for minor := 9; minor < 20; minor++ {
		if path, err := exec.LookPath(fmt.Sprintf("python3.%d", minor)); err == nil {
			paths = append(paths, path)
		}
	}
	if home, err := os.UserHomeDir(); err == nil {
		managed, _ := filepath.Glob(filepath.Join(home, ".pyenv", "versions", "*", "bin", "python3"))
		paths = append(paths, managed...)
	}
	return paths
}

// versionOf returns something like 3.09, which sorts well, and nothing if path does not run: a shim may stand for nothing.
func versionOf(path string) string {
	out, err := exec.Command(path, "-c", "import sys; print('%d.%02d' % sys.version_info[:2])").Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}

// Rows: U2, U3.
func TestSDK_ItsOwnTestsPass(t *testing.T) {
	for version, path := range interpreters(t) {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			tests := "test_[fghrw]*.py" // where versions differ
			if path == interpreter(t) {
				tests = "test_*.py"
			}
			cmd := exec.Command(path, "-W", "error", "-B", "-m", "unittest", "discover", "-s", "tests", "-p", tests)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v: %v\n%s", cmd, err, out)
			}
		})
	}
}

// The types of the SDK, for the mypy that is installed.
func TestSDK_TypesAreStrict(t *testing.T) {
	mypy, err := exec.LookPath("mypy")
	if err != nil {
		t.Skipf("the types of the SDK are not checked: %v", err)
	}
	if out, err := exec.Command(mypy, "--cache-dir", t.TempDir(), python.Package).CombinedOutput(); err != nil {
		t.Errorf("mypy: %v\n%s", err, out)
	}
}

func TestInstall_OnceAndOverAnOlderOne(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, python.Package, "frame.py")
	installed(t, dir, path)
	if err := os.WriteFile(path, []byte("older"), 0o600); err != nil {
		t.Fatal(err)
	}
	first := installed(t, dir, path)
	if second := installed(t, dir, path); !os.SameFile(first, second) {
		t.Error("the second Install replaced a file that was the same")
	}
	ours, err := os.ReadFile("fsmpool/frame.py")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != string(ours) {
		t.Errorf("the file holds %d bytes, %v; want the source", len(got), err)
	}
	if left, err := filepath.Glob(filepath.Join(dir, python.Package, "*.py.*")); err != nil || len(left) > 0 {
		t.Errorf("Install left %v, %v behind", left, err)
	}
}

func installed(t *testing.T, dir, path string) os.FileInfo {
	t.Helper()
	if err := python.Install(dir); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info
}

func TestInstall_FilesOfThePackage(t *testing.T) {
	dir := t.TempDir()
	if err := python.Install(dir); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(interpreter(t), "-B", "-c", "import fsmpool; print(fsmpool.__file__)")
	cmd.Dir, cmd.Env = t.TempDir(), append(os.Environ(), "PYTHONPATH="+dir)
	out, err := cmd.CombinedOutput()
	if want := filepath.Join(dir, python.Package, "__init__.py"); err != nil || strings.TrimSpace(string(out)) != want {
		t.Errorf("python imports %s, %v; want %s", out, err, want)
	}
	if _, err := os.Stat(filepath.Join(dir, python.Package, "py.typed")); err != nil {
		t.Error(err)
	}
}

func TestInstall_NoDirectory(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := python.Install(file); err == nil {
		t.Error("Install into a file = nil")
	}
}

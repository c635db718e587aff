package python_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/fsmgen/fsmgen/pool/python"
)

func TestTheTestsOfTheSDKPass(t *testing.T) {
	cmd := exec.Command(interpreter(t), "-W", "error", "-B", "-m", "unittest", "test_fsmpool")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v: %v\n%s", cmd, err, out)
	}
}

func TestInstallWritesTheSDKOnceAndReplacesAnOlderOne(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, python.FileName)
	if err := os.WriteFile(path, []byte("older"), 0o600); err != nil {
		t.Fatal(err)
	}
	first := installed(t, dir)
	second := installed(t, dir)
	if !os.SameFile(first, second) {
		t.Error("the second Install replaced a file that was the same")
	}
	if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, python.Source()) {
		t.Errorf("the file holds %d bytes, %v; want the source", len(got), err)
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 1 {
		t.Errorf("the directory holds %v, %v; want one file", files, err)
	}
}

func installed(t *testing.T, dir string) os.FileInfo {
	t.Helper()
	if err := python.Install(dir); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(dir, python.FileName))
	if err != nil {
		t.Fatal(err)
	}
	return info
}

func TestInstallIntoNowhereIsAnError(t *testing.T) {
	if err := python.Install(filepath.Join(t.TempDir(), "missing")); err == nil {
		t.Error("Install into a directory that does not exist = nil")
	}
}

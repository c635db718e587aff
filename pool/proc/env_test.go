package proc_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fsmgen/fsmgen/pool/proc"
)

func TestBaseEnvTakesNamesFromItsListOnly(t *testing.T) {
	got := proc.BaseEnv([]string{
		"PATH=/bin", "AWS_SECRET_ACCESS_KEY=x", "LC_TIME=C", "LC=x", "LANG=en", "HTTPS_PROXY=http://me:secret@proxy",
		"VIRTUAL_ENV=/v", "PATHS=x", "HOME", "TZ=", "",
	})
	if diff := cmp.Diff([]string{"PATH=/bin", "LC_TIME=C", "LANG=en", "VIRTUAL_ENV=/v", "TZ="}, got); diff != "" {
		t.Errorf("BaseEnv (-want +got):\n%s", diff)
	}
}

func TestLookPathSearchesTheGivenEnvironment(t *testing.T) {
	dir := t.TempDir()
	first, second := filepath.Join(dir, "first"), filepath.Join(dir, "second")
	for path, mode := range map[string]os.FileMode{
		filepath.Join(first, "plain"):       0o644,
		filepath.Join(first, "both"):        0o755,
		filepath.Join(first, "folder/x"):    0o755,
		filepath.Join(second, "plain"):      0o755,
		filepath.Join(second, "both"):       0o755,
		filepath.Join(second, "folder"):     0o755,
		filepath.Join(dir, "only-relative"): 0o755,
	} {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, mode); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	env := []string{"A=1", "PATH=:.:" + first + ":" + second, "PATH=/later"}
	for name, want := range map[string]string{
		"both":            filepath.Join(first, "both"),
		"plain":           filepath.Join(second, "plain"),
		"folder":          filepath.Join(second, "folder"),
		"./first/both":    filepath.Join(first, "both"),
		"./first/plain":   "",
		"only-relative":   "",
		"no-such-program": "",
		"":                "",
	} {
		got, err := proc.LookPath(name, env)
		if got != want || (want == "") != errors.Is(err, exec.ErrNotFound) {
			t.Errorf("LookPath(%q) = %q, %v; want %q", name, got, err, want)
		}
	}
}

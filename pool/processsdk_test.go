package pool

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fsmgen/fsmgen/internal/proc"
	"github.com/fsmgen/fsmgen/pool/python"
)

// sdkCopy is a directory that holds the SDK, as an image may have it.
func sdkCopy(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := python.Install(dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestProcessSource_TheSDKOfTheSource(t *testing.T) {
	needPython(t)
	dir := placed(t, map[string]string{"w.py": seer, "empty/x": ""})
	copied := sdkCopy(t)
	p := startPython(t, Config{Source: &ProcessSource{Script: dir + "/w.py", SDK: copied}})
	if got := asked(t, p, "sdk", "null"); got != `"`+copied+`"` {
		t.Errorf("the SDK comes from %s; want %s", got, copied)
	}
	relative := startPython(t, Config{Source: &ProcessSource{Script: dir + "/w.py", Dir: filepath.Dir(copied), SDK: filepath.Base(copied)}})
	if got := asked(t, relative, "sdk", "null"); got != `"`+copied+`"` {
		t.Errorf("the SDK comes from %s; want %s", got, copied)
	}
	if err := os.WriteFile(filepath.Join(copied, python.Package, "frame.py"), []byte("# old"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, sdk := range []string{copied, dir + "/empty", "/no/such/directory"} {
		_, err := Start(t.Context(), Config{Source: &ProcessSource{Script: dir + "/w.py", SDK: sdk}})
		if !is[*SDKError](err) || !strings.Contains(err.Error(), sdk) {
			t.Errorf("SDK %s: Start = %v; want an *SDKError that names it", sdk, err)
		}
	}
}

func TestFindSDK_OneThatTheInterpreterHasNeedsNoDirectory(t *testing.T) {
	needPython(t)
	t.Setenv("HOME", "/proc")
	t.Setenv("XDG_CACHE_HOME", "")
	env := []string{"PATH=" + os.Getenv("PATH"), "PYTHONPATH=" + sdkCopy(t)}
	found, err := proc.FindPython(t.Context(), "python3", "", env)
	if err != nil {
		t.Fatal(err)
	}
	old := sdkCopy(t)
	if err := os.WriteFile(filepath.Join(old, python.Package, "py.typed"), []byte("older"), 0o644); err != nil { // it can be imported
		t.Fatal(err)
	}
	nowhere := sdkIn("/proc/cache", "/proc")
	for name, tt := range map[string]struct {
		env []string
		ok  bool
	}{"installed": {env, true}, "not installed": {env[:1], false}, "another version": {[]string{env[0], "PYTHONPATH=" + old}, false}} {
		l := &processLauncher{spec: proc.Spec{Env: tt.env}}
		err := l.installSDK(t.Context(), nowhere, "", found)
		if tt.ok && (err != nil || l.sdk != nil) || !tt.ok && !is[*SDKError](err) {
			t.Errorf("%s: %v", name, err)
		}
		if !tt.ok && !strings.Contains(err.Error(), found.Path) {
			t.Errorf("%s: %v; want the interpreter named", name, err)
		}
	}
}

func TestProcessSource_AnSDKThatIsRemovedIsInstalledAgain(t *testing.T) {
	home := room(t)
	t.Setenv("HOME", home)
	t.Setenv("XDG_CACHE_HOME", "")
	dir := placed(t, map[string]string{"w.py": seer})
	for _, fork := range []bool{false, true} {
		p := startPython(t, Config{Source: &ProcessSource{Script: dir + "/w.py", Fork: fork}})
		for range 2 {
			if got := asked(t, p, "sdk", "null"); !strings.HasPrefix(got, `"`+home) {
				t.Errorf("the SDK comes from %s; want it below %s", got, home)
			}
			if err := os.RemoveAll(filepath.Join(home, ".cache")); err != nil {
				t.Fatal(err)
			}
			old := p.Workers()[0].ID
			p.Recycle(old)
			eventually(t, "another worker", func() bool {
				workers := p.Workers()
				return len(workers) == 1 && workers[0].ID != old
			})
		}
		asked(t, p, "about", "null")
	}
}

func TestWithPythonPath_TheSDKComesFirst(t *testing.T) {
	for _, tt := range []struct{ env, want string }{
		{"A=1", "A=1 PYTHONPATH=/sdk"},
		{"PYTHONPATH=", "PYTHONPATH=/sdk"},
		{"PYTHONPATH=/mine:/other A=1", "A=1 PYTHONPATH=/sdk:/mine:/other"},
	} {
		if got := strings.Join(withPythonPath(strings.Fields(tt.env), "/sdk"), " "); got != tt.want {
			t.Errorf("withPythonPath(%s) = %s; want %s", tt.env, got, tt.want)
		}
	}
}

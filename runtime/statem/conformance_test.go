package statem_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fsmgen/fsmgen/runtime/internal/conformancetest"
)

// TestConformance replays what the gen_statem of Erlang/OTP did: every *.jsonl.gz in testdata/conformance, and in the folder
// that FSM_CONFORMANCE names, if it names one.
func TestConformance(t *testing.T) {
	folders := []string{filepath.Join("testdata", "conformance")}
	if more := os.Getenv("FSM_CONFORMANCE"); more != "" {
		folders = append(folders, more)
	}
	var files []string
	for _, folder := range folders {
		found, err := filepath.Glob(filepath.Join(folder, "*.jsonl.gz"))
		if err != nil {
			t.Fatal(err)
		}
		if len(found) == 0 {
			t.Errorf("no *.jsonl.gz in %s", folder)
		}
		files = append(files, found...)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) { conform(t, file) })
	}
}

const shownFailures = 10 // of one file

func conform(t *testing.T, file string) {
	passed, all := 0, 0
	err := conformancetest.Read(file, func(s *conformancetest.Scenario) {
		all++
		difference := conformancetest.Compare(s.Expect, conformancetest.Replay(s, func() { t.Fatalf("%s: the trace does not end", s.Name) }))
		if difference == "" {
			passed++
			return
		}
		if all-passed <= shownFailures {
			t.Errorf("%s: %s", s.Name, difference)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("conformance: %s: %d of %d scenarios", filepath.Base(file), passed, all)
	if passed < all || all == 0 {
		t.Errorf("%d of %d scenarios differ", all-passed, all)
	}
}

// TestConformance_FolderOfTheEnvironment runs the tests of this package again, for one file of that folder.
func TestConformance_FolderOfTheEnvironment(t *testing.T) {
	scenarios := unzip(t, filepath.Join("testdata", "conformance", "named.jsonl.gz"))
	first, _, _ := bytes.Cut(scenarios, []byte("\n"))
	tests := []struct {
		name   string
		lines  []byte
		passes bool
		says   string
	}{
		{"what Erlang did", append(first, '\n'), true, "conformance: more.jsonl.gz: 1 of 1 scenarios"},
		{
			"what Erlang did not do", append(bytes.Replace(first, []byte(`"start":"ok"`), []byte(`"start":"ignore"`), 1), '\n'),
			false, "conformance: more.jsonl.gz: 0 of 1 scenarios",
		},
		{"no scenario", nil, false, "conformance: more.jsonl.gz: 0 of 0 scenarios"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			folder := t.TempDir()
			zip(t, filepath.Join(folder, "more.jsonl.gz"), tt.lines)
			run := exec.CommandContext(t.Context(), os.Args[0], "-test.v", "-test.run=^TestConformance$/^more")
			run.Env = append(os.Environ(), "FSM_CONFORMANCE="+folder)
			out, err := run.CombinedOutput()
			if passes := err == nil; passes != tt.passes || !strings.Contains(string(out), tt.says) {
				t.Errorf("%v; want success: %v, and that it says %q:\n%s", err, tt.passes, tt.says, out)
			}
		})
	}
}

func unzip(t *testing.T, path string) []byte {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	r, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func zip(t *testing.T, path string, text []byte) {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, _ = w.Write(text) // to memory: neither fails
	_ = w.Close()
	if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

package runtime_test

import (
	"os"
	"path/filepath"
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

package fsmgen_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/fsmgen/fsmgen/pool"
)

func TestTheRecoveryTableIsInTheDocs(t *testing.T) {
	page, err := os.ReadFile("docs/pool.md")
	if err != nil {
		t.Fatal(err)
	}
	if want := strings.TrimSpace(pool.RecoveryTable().String()); !strings.Contains(string(page), want) {
		t.Errorf("docs/pool.md does not have this table:\n%s", want)
	}
}

// TestEverySymptomIsProvoked keeps docs/troubleshooting.md to what tests show.
func TestEverySymptomIsProvoked(t *testing.T) {
	page, err := os.ReadFile("docs/troubleshooting.md")
	if err != nil {
		t.Fatal(err)
	}
	tests := declaredTests(t)
	for entry := range strings.Lines(string(page)) {
		if !strings.HasPrefix(entry, "| ") || strings.HasPrefix(entry, "| you see") {
			continue
		}
		named := regexp.MustCompile("`(Test\\w+)`").FindAllStringSubmatch(entry, -1)
		if len(named) == 0 {
			t.Errorf("no test provokes this: %s", entry)
		}
		for _, m := range named {
			if !tests[m[1]] {
				t.Errorf("there is no %s", m[1])
			}
		}
	}
}

package fsmgen_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestRequirementsNameTestsThatExist keeps docs/requirements.md honest.
func TestRequirementsNameTestsThatExist(t *testing.T) {
	page, err := os.ReadFile("docs/requirements.md")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile("`((?:Test|Fuzz)\\w+)` (\\S+\\.go)").FindAllSubmatch(page, -1)
	if len(named) == 0 {
		t.Fatal("docs/requirements.md names no test")
	}
	for _, match := range named {
		test, file := string(match[1]), string(match[2])
		source, err := os.ReadFile(file)
		if err != nil {
			t.Errorf("%s: %v", test, err)
		} else if !strings.Contains(string(source), "func "+test+"(") {
			t.Errorf("%s has no %s", file, test)
		}
	}
}

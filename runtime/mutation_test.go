package runtime_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

var mutationTitle = regexp.MustCompile(`^.+ \((R\d{3}(?:, R\d{3})*)\)$`)

// TestMutations_NameTheirRules reads the titles of the mistakes that make mutations puts into the engine.
func TestMutations_NameTheirRules(t *testing.T) {
	text, err := os.ReadFile("testdata/mutations.txtar")
	if err != nil {
		t.Fatal(err)
	}
	all := txtar.Parse(text).Files
	if len(all) < 40 {
		t.Errorf("the list has %d mistakes; want at least 40", len(all))
	}
	for _, section := range all {
		parts := mutationTitle.FindStringSubmatch(section.Name)
		if parts == nil {
			t.Errorf("%q does not end in rules, as in (R021, R022)", section.Name)
			continue
		}
		for rule := range strings.SplitSeq(parts[1], ", ") {
			if rule < "R001" || rule > "R109" {
				t.Errorf("%q breaks %s; want a rule from R001 to R109", section.Name, rule)
			}
		}
	}
}

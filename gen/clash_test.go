package gen

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/fsmgen/fsmgen/gen/internal/golang"
	"github.com/fsmgen/fsmgen/spec"
)

func TestClashes_WrappedErrors(t *testing.T) {
	a, b, c := &golang.ClashError{Name: "A"}, &golang.ClashError{Name: "B"}, &golang.ClashError{Name: "C"}
	err := fmt.Errorf("gen: %w", errors.Join(a, errors.New("else"), fmt.Errorf("golang: %w", errors.Join(b, c))))
	var names []string
	for _, c := range clashes(err) {
		names = append(names, c.Name)
	}
	if got := strings.Join(names, " "); got != "A B C" {
		t.Errorf("clashes found: %s; want A B C", got)
	}
	if got := clashes(errors.New("else")); got != nil {
		t.Errorf("clashes of another error: %v; want none", got)
	}
}

// The rules are named by code, so a finding of the command has to mean what its rule says.
func TestClashes_FindingsHaveRules(t *testing.T) {
	for code, about := range map[string]string{codeCollision: "Go names", codePackage: "directory"} {
		ok := false
		for _, r := range spec.Rules() {
			ok = ok || r.Code == code && r.Severity == spec.Error && strings.Contains(r.Summary, about)
		}
		if !ok {
			t.Errorf("no rule %s about %q", code, about)
		}
	}
}

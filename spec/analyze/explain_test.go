package analyze_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/spec/analyze"
)

func TestEveryRuleHasAPageWhoseExamplesAreRightAndWrong(t *testing.T) {
	for _, rule := range analyze.Rules() {
		page := analyze.Explain(rule.Code)
		if !strings.HasPrefix(page, "# "+rule.Code+": ") {
			t.Errorf("the page of %s begins %.60q", rule.Code, page)
		}
		examples := blocks(page)
		if len(examples) == 0 && rule.Code == "FSM079" { // it would take a spec of hundreds of lines
			continue
		}
		if len(examples) != 2 {
			t.Errorf("the page of %s has %d examples; want 2", rule.Code, len(examples))
			continue
		}
		for i, example := range examples {
			found, _ := analyze.Machine(load(t, rule.Code, []byte(example)))
			has := slices.ContainsFunc(found, func(f spec.Finding) bool { return f.Code == rule.Code })
			if wrong := i == 0; has != wrong {
				t.Errorf("%s, example %d: the finding is there: %t; want %t. Found: %v", rule.Code, i+1, has, wrong, found)
			}
		}
	}
}

// blocks returns the fenced examples of a page.
func blocks(page string) []string {
	var all []string
	for i, part := range strings.Split(page, "```") {
		if i%2 == 1 {
			all = append(all, strings.TrimPrefix(part, "yaml\n"))
		}
	}
	return all
}

func TestAnUnknownCodeHasNoPage(t *testing.T) {
	if page := analyze.Explain("FSM001"); page != "" {
		t.Errorf("FSM001 has a page: %.40q; want none, it is of package spec", page)
	}
}

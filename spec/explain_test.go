package spec_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/fsmgen/fsmgen/spec"
)

var yamlBlock = regexp.MustCompile("(?ms)^```yaml\n(.*?)^```$")

func TestEveryRuleIsExplained(t *testing.T) {
	for _, rule := range spec.Rules() {
		page := spec.Explain(rule.Code)
		if !strings.HasPrefix(page, "# "+rule.Code+": ") {
			t.Errorf("%s: the page begins with %.40q", rule.Code, page)
		}
		examples := yamlBlock.FindAllStringSubmatch(page, -1)
		if rule.Code == "FSM001" { // its example would be large: TestFilesHaveALimit
			continue
		}
		if len(examples) != 2 {
			t.Errorf("%s has %d examples; want a wrong one and a right one", rule.Code, len(examples))
			continue
		}
		_, found := spec.Load("door.fsm.yaml", []byte(examples[0][1]))
		if len(found) == 0 {
			t.Errorf("%s: nothing is wrong with the wrong example", rule.Code)
		}
		for _, f := range found {
			if f.Code != rule.Code || f.Severity != rule.Severity {
				t.Errorf("%s: the wrong example has %v", rule.Code, f)
			}
		}
		if _, found = spec.Load("door.fsm.yaml", []byte(examples[1][1])); len(found) > 0 {
			t.Errorf("%s: the right example has %v", rule.Code, found)
		}
	}
}

func TestOnlyCodesAreExplained(t *testing.T) {
	for _, code := range []string{"", "FSM000", "../doc", "fsm024"} {
		if page := spec.Explain(code); page != "" {
			t.Errorf("Explain(%q) = %.40q; want nothing", code, page)
		}
	}
}

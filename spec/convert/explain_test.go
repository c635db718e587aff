package convert_test

import (
	"strings"
	"testing"

	"github.com/fsmgen/fsmgen/spec/convert"
)

func TestEveryRuleIsExplained(t *testing.T) {
	for _, rule := range convert.Rules() {
		if page := convert.Explain(rule.Code); !strings.HasPrefix(page, "# "+rule.Code+": ") {
			t.Errorf("%s: the page begins with %.40q", rule.Code, page)
		}
	}
	if page := convert.Explain("FSM024"); page != "" {
		t.Errorf("the page of another package's rule begins with %.40q; want nothing", page)
	}
}

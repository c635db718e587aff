package golang_test

import (
	"regexp"
	"testing"
)

// leftBehind matches text that only a template may have: an action, or the name of its machine.
var leftBehind = regexp.MustCompile(`\{\{|\}\}\*/|\bthing\b`)

func TestFiles_NothingOfATemplateIsLeft(t *testing.T) {
	for _, g := range goldens(t) {
		support := g.archive.Files[2]
		if found := leftBehind.Find(support.Data); found != nil {
			t.Errorf("%s has %q in %s", g.path, found, support.Name)
		}
	}
}

package main

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/fsmgen/fsmgen/spec"
)

func readPage(t *testing.T) string {
	t.Helper()
	page, err := os.ReadFile("../../docs/fsmgen.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(page)
}

func TestThePageHasEveryRule(t *testing.T) {
	var rows strings.Builder
	for _, r := range spec.Rules() {
		if r.Severity == spec.Warning {
			r.Summary += " (a warning)"
		}
		fmt.Fprintf(&rows, "| %s | %s |\n", r.Code, r.Summary)
	}
	if !strings.Contains(readPage(t)+"\n", "| --- | --- |\n"+rows.String()+"\n") {
		t.Errorf("the table of findings in docs/fsmgen.md should be\n%s", rows.String())
	}
}

func TestThePageHasEveryCommand(t *testing.T) {
	page := readPage(t)
	for _, cmd := range new(tool).root().Commands() {
		if !strings.Contains(page, "| `"+cmd.CommandPath()) {
			t.Errorf("the table of commands in docs/fsmgen.md has no %s", cmd.CommandPath())
		}
	}
}

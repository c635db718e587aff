package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
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

func TestPage_EveryRule(t *testing.T) {
	var rows strings.Builder
	for _, r := range allRules() {
		switch r.Severity {
		case spec.Warning:
			r.Summary += " (a warning)"
		case spec.Info:
			r.Summary += " (an information)"
		}
		fmt.Fprintf(&rows, "| %s | %s |\n", r.Code, r.Summary)
	}
	if !strings.Contains(readPage(t)+"\n", "| --- | --- |\n"+rows.String()+"\n") {
		t.Errorf("the table of findings in docs/fsmgen.md should be\n%s", rows.String())
	}
}

func TestScripts_OneForEveryRule(t *testing.T) {
	for _, r := range allRules() {
		scripts, err := filepath.Glob("../../testscripts/*_" + strings.ToLower(r.Code) + ".txtar")
		if err != nil || len(scripts) != 1 {
			t.Errorf("%s has %d scripts (%v); want one that shows it", r.Code, len(scripts), err)
		}
	}
}

func TestPage_EveryCommand(t *testing.T) {
	page := readPage(t)
	for _, cmd := range new(tool).root().Commands() {
		if !strings.Contains(page, "| `"+cmd.CommandPath()) {
			t.Errorf("the table of commands in docs/fsmgen.md has no %s", cmd.CommandPath())
		}
	}
}

var flagNames = regexp.MustCompile(`(?m)^ +(?:(-\w), )?(--\S+)`)

func TestPage_EveryFlag(t *testing.T) {
	page := readPage(t)
	for _, cmd := range new(tool).root().Commands() {
		for _, flag := range flagNames.FindAllStringSubmatch(cmd.LocalNonPersistentFlags().FlagUsages(), -1) {
			if short, long := flag[1], flag[2]; !strings.Contains(page, long) && (short == "" || !strings.Contains(page, "`"+short)) {
				t.Errorf("docs/fsmgen.md has no %s of %s", long, cmd.CommandPath())
			}
		}
	}
}

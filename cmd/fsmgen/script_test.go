package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/gotooltest"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/fsmgen/fsmgen/spec"
)

var update = flag.Bool("update", false, "rewrite the expectations in testscripts/")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"fsmgen": main})
}

func TestFsmgen_Scripts(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	modules := moduleCache(t)
	p := testscript.Params{
		Dir:                 filepath.Join(root, "testscripts"),
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds:                map[string]func(*testscript.TestScript, bool, []string){"exits": exits, "block": block},
		Setup: func(env *testscript.Env) error {
			env.Setenv("REPO", root)
			env.Setenv("GOPROXY", "off")
			env.Setenv("GOMODCACHE", modules) // what fsmgen is built of is there already
			env.Setenv("GOFLAGS", "-mod=mod")
			env.Setenv("GORACE", "atexit_sleep_ms=0") // with -race each fsmgen would stay for a second
			return nil
		},
	}
	if err := gotooltest.Setup(&p); err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, p)
}

func moduleCache(t *testing.T) string {
	out, err := exec.CommandContext(t.Context(), "go", "env", "GOMODCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// exits is a command for scripts: "exits 3 fsmgen generate --check" is exec with the exit code that is wanted.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		failed, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("%s: %v", args[1], err)
		}
		got = failed.ExitCode()
	}
	if got != want {
		ts.Fatalf("%s exits %d; want %d", args[1], got, want)
	}
}

// block is a command for scripts: "block README.md yaml 2 door.fsm.yaml" writes the second block of a language to a file.
func block(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 4 {
		ts.Fatalf("usage: block FILE LANGUAGE N NAME")
	}
	n, err := strconv.Atoi(args[2])
	ts.Check(err)
	fence := regexp.MustCompile("(?s)```" + regexp.QuoteMeta(args[1]) + "\n(.*?)```")
	blocks := fence.FindAllStringSubmatch(ts.ReadFile(args[0]), -1)
	if n < 1 || n > len(blocks) {
		ts.Fatalf("%s has %d blocks of %s", args[0], len(blocks), args[1])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[3]), []byte(blocks[n-1][1]), 0o644))
}

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

package fsmgen_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"io/fs"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/fsmgen/fsmgen"

// rule says what the packages of a room may import beside the standard library and, for a room that ends in /..., each
// other. An entry that ends in /... stands for a path and all below it.
type rule struct {
	room    string
	ours    []string
	modules []string // of others
}

// The rules, of which the first that fits a package counts. No rule of another room names cmd, examples, bench or
// internal/spectest, so only tests can import them.
var rules = []rule{
	{"spec/internal/syntax", nil, []string{yaml}},
	{"spec/internal/wording", below("syntax"), nil},
	{"spec/internal/finding", below("syntax", "wording"), nil},
	{"spec/internal/rule", below("syntax", "wording", "finding"), nil},
	{"spec/internal/decl", below("syntax", "wording"), nil},
	{"spec/expr", below("syntax", "wording", "finding", "decl"), nil},
	{"spec/internal/model", append(below("syntax", "decl"), "spec/expr"), nil},
	{"spec/internal/parse", append(below("syntax", "wording", "finding", "rule", "decl", "model"), "spec/expr"), []string{yaml}},
	{"spec/internal/check", append(below("syntax", "wording", "finding", "rule", "decl", "model"), "spec/expr"), nil},
	{"spec/internal/format", below("syntax", "finding", "rule", "parse"), []string{yaml}},
	{"spec", []string{"spec/internal/...", "spec/expr"}, nil},
	{"spec/simulate", []string{"spec", "spec/expr", "runtime", "runtime/statem", "runtime/impl"}, nil},
	{"spec/verify", []string{"spec", "spec/expr", "spec/simulate", "spec/internal/finding"}, nil},
	{"spec/importer", []string{"spec", "spec/internal/finding"}, nil},
	{"internal/spectest/stored", []string{"spec", "runtime", "internal/spectest"}, nil},
	{"internal/spectest/...", generated, nil},
	{"internal/second", []string{"spec", "spec/simulate", "runtime"}, []string{"github.com/qmuntal/stateless"}},
	{"gen/internal/golang/doorfsm", generated, nil},
	{"gen/internal/golang/kitchenfsm", generated, nil},
	{"gen/internal/golang/linkfsm", generated, nil},
	{"gen/internal/golang/fixed", generated, nil},
	{"gen/...", []string{"spec", "spec/expr", "spec/verify"}, []string{
		"github.com/dave/jennifer", "mvdan.cc/gofumpt", "github.com/rogpeppe/go-internal",
	}},
	{"runtime/otelfsm", []string{"runtime"}, otel},
	{"runtime/internal/timing", nil, nil},
	{"runtime/internal/reply", nil, nil},
	{"runtime/internal/record", nil, nil},
	{"runtime", []string{"runtime/internal/timing", "runtime/internal/reply", "runtime/internal/record"}, nil},
	{"runtime/internal/engine", []string{"runtime", "runtime/internal/timing", "runtime/internal/reply", "runtime/internal/record"}, nil},
	{"runtime/statem", []string{"runtime", "runtime/internal/engine", "runtime/internal/timing", "runtime/internal/reply"}, nil},
	{"runtime/impl", []string{"runtime", "runtime/internal/engine", "runtime/internal/record", "runtime/internal/reply"}, nil},
	{"runtime/internal/doorfsm", generated, nil},
	{"runtime/internal/...", []string{"runtime", "runtime/statem"}, []string{"github.com/google/go-cmp", "pgregory.net/rapid"}},
	{"generated/...", generated, nil},
	{"pool/otelpool", []string{"runtime", "pool"}, otel},
	{"internal/proc", nil, processes},
	{"pool/wire", []string{"pool/internal/printable"}, nil},
	{"pool/internal/printable", nil, nil},
	{"pool/internal/queue", nil, nil},
	{"pool/internal/interrupt", []string{"pool/wire"}, nil},
	{"pool/internal/frame", []string{"pool/wire"}, processes},
	{"pool/internal/stdio", []string{"pool/wire"}, nil},
	{"pool/internal/jsonrpc", links("stdio"), nil},
	{"pool/internal/packet4", links("stdio"), nil},
	{"pool/fsm1", links("frame"), processes},
	{"pool/...", []string{"runtime", "generated/...", "internal/proc"}, processes},
	{"cmd/fsmgen/internal/console", []string{"spec", "spec/simulate"}, nil},
	{"cmd/fsmgen/internal/...", []string{"spec", "gen"}, nil},
	{"cmd/fsmgen", []string{"spec/...", "gen", "cmd/fsmgen/internal/...", "internal/second"}, commandLine},
	{"examples/...", []string{"runtime/...", "generated/...", "pool/..."}, nil},
	{"internal/mutation", nil, []string{"github.com/rogpeppe/go-internal"}},
	{"internal/mutation/cmd/...", []string{"internal/mutation"}, nil},
	{"internal/validation", nil, nil},
	{"internal/validation/cmd/...", []string{"internal/validation"}, nil},
	{".", nil, nil},
	{"toolcheck/...", []string{"spec", "gen"}, []string{"github.com/rogpeppe/go-internal"}},
}

const yaml = "go.yaml.in/yaml/v4"

// generated are the packages of the runtime that generated code imports.
var generated = []string{"runtime", "runtime/impl"}

// below are the packages of spec/internal that one above them may import.
func below(names ...string) []string {
	for i, name := range names {
		names[i] = "spec/internal/" + name
	}
	return names
}

// links are the packages that a protocol may import, and one of its own.
func links(own string) []string {
	return []string{
		"pool/wire", "pool/internal/printable", "pool/internal/queue", "pool/internal/interrupt", "pool/internal/" + own,
	}
}

var (
	otel = []string{
		"go.opentelemetry.io/otel", "go.opentelemetry.io/otel/log",
		"go.opentelemetry.io/otel/metric", "go.opentelemetry.io/otel/trace",
	}
	processes   = []string{"github.com/prometheus/procfs", "golang.org/x/sys"}
	commandLine = []string{"github.com/rogpeppe/go-internal", "github.com/spf13/cobra", "golang.org/x/term"}
)

func TestImportsPointOneWay(t *testing.T) {
	packages := list(t)
	used := map[int]bool{}
	for _, p := range packages {
		if !p.ours() {
			continue
		}
		i := slices.IndexFunc(rules, func(r rule) bool { return within(p.name(), r.room) })
		if i < 0 {
			t.Errorf("%s has no rule: say in this test what it may import", p.name())
			continue
		}
		used[i] = true
		for _, imported := range p.Imports {
			if !rules[i].allows(packages[imported]) {
				t.Errorf("%s imports %s; it may import only the standard library, %q and the modules %q",
					p.name(), imported, rules[i].ours, rules[i].modules)
			}
		}
	}
	for i, r := range rules {
		if !used[i] {
			t.Errorf("the rule of %s fits no package", r.room)
		}
	}
}

// The table "Packages and imports" of ARCHITECTURE.md has each rule in one row, the most special one that fits. The row
// allows what its rules allow together, without the packages of the row itself.
func TestImportTable_SaysWhatTheRulesSay(t *testing.T) {
	rows := importTable(t)
	want := map[string][]string{}
	for _, r := range rules {
		row := ""
		for pattern := range rows {
			if within(strings.TrimSuffix(r.room, "/..."), pattern) && len(pattern) > len(row) {
				row = pattern
			}
		}
		if row == "" && r.room != "." {
			t.Errorf("ARCHITECTURE.md has no row for %s", r.room)
		}
		want[row] = append(want[row], r.ours...)
	}
	for row, got := range rows {
		all := want[row]
		covered := func(path string) bool {
			inside := strings.TrimSuffix(path, "/...")
			return within(inside, row) || slices.ContainsFunc(all, func(other string) bool {
				return other != path && strings.HasSuffix(other, "/...") && within(inside, other)
			})
		}
		rest := slices.DeleteFunc(slices.Clone(all), covered)
		slices.Sort(rest)
		slices.Sort(got)
		if rest = slices.Compact(rest); !slices.Equal(got, rest) {
			t.Errorf("ARCHITECTURE.md says that %s may import %q; the rules of this file say %q", row, got, rest)
		}
	}
}

// importTable is the third column of the table by the first one.
func importTable(t *testing.T) map[string][]string {
	t.Helper()
	_, table, ok := strings.Cut(readFile(t, "ARCHITECTURE.md"), "| package | what it contains | may import |\n|---|---|---|\n")
	if !ok {
		t.Fatal("ARCHITECTURE.md has no table of packages")
	}
	rows := map[string][]string{}
	quoted := regexp.MustCompile("`([^`]*)`")
	for line := range strings.Lines(table) {
		cells := strings.Split(line, "|")
		if len(cells) < 5 {
			break
		}
		pattern := strings.Trim(cells[1], " `")
		rows[pattern] = nil
		for _, path := range quoted.FindAllStringSubmatch(cells[3], -1) {
			rows[pattern] = append(rows[pattern], path[1])
		}
	}
	return rows
}

// What a user of a package compiles: every module that it reaches, however far away.
func TestPackagesBringLittleWithThem(t *testing.T) {
	tests := []struct {
		room    string
		modules []string
	}{
		{"runtime", nil},
		{"runtime/statem", nil},
		{"runtime/impl", nil},
		{"generated/...", nil},
		{"spec", []string{yaml}},
		{"pool", append([]string{"golang.org/x/sync"}, processes...)},
	}
	packages := list(t)
	for _, tt := range tests {
		for _, p := range packages {
			if !p.ours() || !within(p.name(), tt.room) {
				continue
			}
			for _, dep := range p.Deps {
				d := packages[dep]
				if !d.Standard && !d.ours() && !slices.Contains(tt.modules, d.Module.Path) {
					t.Errorf("%s reaches %s; only the modules %q are allowed", p.name(), dep, tt.modules)
				}
			}
		}
	}
}

func (r rule) allows(imported listed) bool {
	switch {
	case imported.Standard:
		return true
	case imported.ours():
		fits := func(pattern string) bool { return within(imported.name(), pattern) }
		return strings.HasSuffix(r.room, "/...") && fits(r.room) || slices.ContainsFunc(r.ours, fits)
	default:
		return slices.Contains(r.modules, imported.Module.Path)
	}
}

// within reports whether path is the pattern, or below it where the pattern ends in /...
func within(path, pattern string) bool {
	root, below := strings.CutSuffix(pattern, "/...")
	return path == root || below && strings.HasPrefix(path, root+"/")
}

// listed is what the go command says of a package.
type listed struct {
	ImportPath string
	Standard   bool
	Module     struct{ Path string }
	Imports    []string
	Deps       []string
}

func (p listed) ours() bool { return within(p.ImportPath, module+"/...") }

// name is the path of one of our packages inside the module.
func (p listed) name() string {
	return cmp.Or(strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/"), ".")
}

// lookAround opens every directory of the module. The go command remembers the result of a test for as long as what the
// test opened stays the same, and does not see what `go list` opens for it.
func lookAround(t *testing.T) {
	t.Helper()
	err := filepath.WalkDir(".", func(_ string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() && (entry.Name() == "node_modules" || entry.Name() == ".git") {
			return fs.SkipDir
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// list is every package of the module and every package that one of them reaches, by import path. Packages that do not
// build are for other tests to find, hence -e.
func list(t *testing.T) map[string]listed {
	t.Helper()
	lookAround(t)
	cmd := exec.CommandContext(t.Context(), "go", "list", "-e", "-deps", "-json=ImportPath,Standard,Module,Imports,Deps", "./...")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, &stderr)
	}
	packages := map[string]listed{}
	for dec := json.NewDecoder(bytes.NewReader(out)); dec.More(); {
		var p listed
		if err := dec.Decode(&p); err != nil {
			t.Fatal(err)
		}
		packages[p.ImportPath] = p
	}
	return packages
}

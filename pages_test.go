package fsmgen_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// surroundings are, for each page, the parameters of the functions that its fragments of Go become.
var surroundings = map[string]string{
	"docs/deploy.md": "source *pool.ProcessSource, p *pool.Pool, reader sdk.Reader",
	"docs/go.md": "ids []string, orders map[string]*orderfsm.Server, cards Cards, o *order, m *orderfsm.Machine, timer *time.Timer, " +
		"logger *slog.Logger, provider metric.MeterProvider",
	"docs/upgrade.md": "ctx context.Context, p *pool.Pool",
}

// besides are tests that are run with the Go of a page and are not shown in it.
var besides = map[string]string{
	"docs/go.md": `package shop

import (
	"context"
	"errors"
	"strings"
	"testing"

	"example/orderfsm"

	fsm "github.com/fsmgen/fsmgen/runtime"
)

type memory map[string]string

func (r memory) Read(_ context.Context, id string) ([]byte, error) { return []byte(r[id]), nil }

func (r memory) Write(_ context.Context, id string, snapshot []byte) error {
	r[id] = string(snapshot)
	return nil
}

const openOrder = ` + "`" + `{"version": 1, "revision": 1, "state": "open", "data": {"Items": 3}}` + "`" + `

// brokenCards panic.
type brokenCards struct{ freeCards }

func (brokenCards) Charge(context.Context, string, int) error { panic("no cards") }

func state(t *testing.T, rows memory, o *order) (s orderfsm.State) {
	t.Helper()
	if err := change(t.Context(), rows, o, func(m *orderfsm.Machine) error { s = m.State(); return nil }); err != nil && !errors.Is(err, fsm.ErrStopped) {
		t.Error(err)
	}
	return s
}

func TestMachinePerRequest_PostponedEventIsKept(t *testing.T) {
	for range 2 {
		rows, o := memory{"o": openOrder}, &order{id: "o", cards: freeCards{}}
		if err := pay(t.Context(), rows, o); err != nil {
			t.Fatal(err)
		}
		if err := change(t.Context(), rows, o, (*orderfsm.Machine).Cancel); !errors.Is(err, fsm.ErrPending) {
			t.Fatalf("cancel during the charge: %v; want ErrPending", err)
		}
		for _, want := range []orderfsm.State{orderfsm.StateRefunding, orderfsm.StateCancelled, orderfsm.StateCancelled} {
			if err := work(t.Context(), rows, o); err != nil {
				t.Error(err)
			}
			if got := state(t, rows, o); got != want {
				t.Errorf("after its work the order is %v; want %v", got, want)
			}
		}
	}
}

func TestMachinePerRequest_TimeoutIsKeptWhenTheEventIsRejected(t *testing.T) {
	const failed = ` + "`" + `{"version": 1, "revision": 1, "state": "refund_failed", "data": {"Items": 3},
		"timers": [{"name": "refund_failed after 1m", "deadline": "2020-01-01T00:00:00Z"}]}` + "`" + `
	rows, o := memory{"o": failed}, &order{id: "o", cards: freeCards{}}
	if err := pay(t.Context(), rows, o); !errors.As(err, new(*fsm.UnhandledError)) {
		t.Errorf("pay: %v; want a rejection", err)
	}
	if !strings.Contains(rows["o"], "\"refunding\"") {
		t.Errorf("stored: %s; want the order to be refunding", rows["o"])
	}
}

func TestMachinePerRequest_PanicIsNotStored(t *testing.T) {
	rows, o := memory{"o": openOrder}, &order{id: "o", cards: freeCards{}}
	err := change(t.Context(), rows, o, func(*orderfsm.Machine) error { panic("half written") })
	if !errors.As(err, new(*fsm.PanicError)) || rows["o"] != openOrder {
		t.Errorf("%v, stored %s; want the order as it was", err, rows["o"])
	}
	if err := pay(t.Context(), rows, o); err != nil {
		t.Errorf("pay after the panic: %v", err)
	}
	o.cards = brokenCards{}
	if err := work(t.Context(), rows, o); err != nil || state(t, rows, o) != orderfsm.StateOpen {
		t.Errorf("work that panics: %v, %s; want the order to be open again", err, rows["o"])
	}
}
`,
	"docs/stateless.md": `package phone

import "testing"

func TestCall_AllFourAreAcceptedAndEnded(t *testing.T) {
	if err := generated(t.Context()); err != nil {
		t.Error(err)
	}
	if err := withStateless(t.Context()); err != nil {
		t.Error(err)
	}
	if err := withLooplab(t.Context()); err != nil {
		t.Error(err)
	}
	c := newByHand()
	for _, event := range []string{"accept", "hang_up"} {
		if err := c.Fire(event); err != nil {
			t.Error(err)
		}
	}
}
`,
}

// importOf is the import path of each package name that fragments may use.
var importOf = map[string]string{
	"context": "context", "errors": "errors", "exec": "os/exec", "filepath": "path/filepath", "fmt": "fmt", "http": "net/http", "json": "encoding/json", "log": "log",
	"os": "os", "signal": "os/signal", "slog": "log/slog", "syscall": "syscall", "time": "time",
	"fsm": module + "/runtime", "otelfsm": module + "/runtime/otelfsm", "statem": module + "/runtime/statem",
	"pool": module + "/pool", "otelpool": module + "/pool/otelpool", "proc": module + "/internal/proc", "wire": module + "/pool/wire",
	"sdk": "go.opentelemetry.io/otel/sdk/metric", "metric": "go.opentelemetry.io/otel/metric", "trace": "go.opentelemetry.io/otel/trace",
	"orderfsm": "example/orderfsm",
}

// TestPages_GoBlocksCompile builds the Go of all pages in an empty module, and runs the tests in it. A block that begins with a
// package clause is a file of that package; others are statements or declarations. The machines are generated from the specs
// of the pages.
func TestPages_GoBlocksCompile(t *testing.T) {
	if testing.Short() {
		t.Skip("builds many packages")
	}
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	writeModule(t, root, dir, "example")
	for _, page := range userGuides(t) {
		text := []byte(readFile(t, page))
		if page != "README.md" { // which has a test of its own
			writeSpecs(t, dir, blocks(text, "yaml"))
			writePage(t, dir, page, blocks(text, "go"))
		}
	}
	writePage(t, dir, "package-pool.md", []string{programOf(t, "pool/doc.go")})
	download := exec.Command("go", "mod", "download", looplabModule) // the only one that this module does not need itself
	download.Dir = "bench"
	if out, err := download.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", download, err, out)
	}
	run(t, root, "go", "run", "./cmd/fsmgen", "-C", dir, "check", "--strict", "./...")
	run(t, root, "go", "run", "./cmd/fsmgen", "-C", dir, "generate", "--tests", "./...")
	run(t, dir, "go", "vet", "-mod=mod", "./...")
	run(t, dir, "go", "test", "-mod=mod", "./...")
}

// programOf returns the program in the comment of a package.
func programOf(t *testing.T, path string) string {
	t.Helper()
	comment := regexp.MustCompile(`(?m)^//\tfunc main\(\) \{\n(//\t.*\n)*`).FindString(readFile(t, path))
	if comment == "" {
		t.Fatalf("%s has no program", path)
	}
	return regexp.MustCompile(`(?m)^//\t`).ReplaceAllString(comment, "")
}

// looplab is a library that a page compares with, in the version of bench/go.mod.
const (
	looplabModule = "github.com/looplab/fsm"
	looplab       = looplabModule + " v1.0.3"
)

// writeModule writes a module that has this one, and what the tests of this one need, in the versions of its go.mod.
func writeModule(t *testing.T, root, dir, name string) {
	t.Helper()
	mod := readFile(t, filepath.Join(root, "go.mod"))
	_, requirements, _ := strings.Cut(mod, "\ngo ")
	requirements = regexp.MustCompile(`(?s)\ntool (\([^)]*\)|[^\n]*)`).ReplaceAllString("\ngo "+requirements, "")
	write(t, dir, "go.mod", "module "+name+"\n"+requirements+
		"\nrequire "+module+" v0.0.0\n\nrequire "+looplab+"\n\nreplace "+module+" => "+root+"\n")
	write(t, dir, "go.sum", readFile(t, filepath.Join(root, "go.sum"))+readFile(t, filepath.Join(root, "bench/go.sum")))
}

// writeSpecs writes the specs among blocks: those that begin as one. Others are parts of specs.
func writeSpecs(t *testing.T, dir string, blocks []string) {
	t.Helper()
	for _, block := range blocks {
		if m := regexp.MustCompile(`^fsm: 1\nmachine: (\w+)\n`).FindStringSubmatch(block); m != nil {
			write(t, dir, m[1]+"fsm/"+m[1]+".fsm.yaml", block)
		}
	}
}

func writePage(t *testing.T, dir, page string, blocks []string) {
	t.Helper()
	dir = filepath.Join(dir, strings.TrimSuffix(filepath.Base(page), ".md"))
	home := "fragments"
	for i, block := range blocks {
		name, ok := packageOf(block)
		if !ok {
			continue
		}
		suffix := ""
		if strings.Contains(block, "\nfunc Test") {
			suffix = "_test"
		}
		place := name
		if name == "main" {
			place = fmt.Sprintf("main%d", i)
		} else {
			home = name
		}
		write(t, dir, fmt.Sprintf("%s/block%d%s.go", place, i, suffix), block)
	}
	if test, ok := besides[page]; ok {
		write(t, dir, home+"/besides_test.go", test)
	}
	for i, block := range blocks {
		if _, ok := packageOf(block); !ok {
			write(t, dir, fmt.Sprintf("%s/fragment%d.go", home, i), fragment(home, surroundings[page], block))
		}
	}
}

func packageOf(block string) (name string, ok bool) {
	m := regexp.MustCompile(`(?m)^package (\w+)$`).FindStringSubmatch(block)
	if m == nil {
		return "", false
	}
	return m[1], true
}

// fragment makes a file of statements, or of declarations.
func fragment(name, params, block string) string {
	body := "func _(" + params + ") error {\n{\n" + block + "\n" + uses(block) + "}\nreturn nil\n}\n"
	if regexp.MustCompile(`^(//[^\n]*\n)*(func|type|var|const) `).MatchString(block) {
		body = block
	}
	imports := map[string]bool{}
	for _, m := range regexp.MustCompile(`\b([a-z]+)\.[A-Z]`).FindAllStringSubmatch(body, -1) {
		if path, ok := importOf[m[1]]; ok {
			imports[fmt.Sprintf("import %s %q\n", m[1], path)] = true
		}
	}
	return "package " + name + "\n\n" + strings.Join(slices.Sorted(maps.Keys(imports)), "") + body
}

// uses uses the variables that statements declare, as a program would that goes on.
func uses(block string) string {
	var text strings.Builder
	file, err := parser.ParseFile(token.NewFileSet(), "", "package p\nfunc _() {\n"+block+"\n}\n", 0)
	if err != nil {
		return "" // the compiler says it better
	}
	for _, statement := range file.Decls[0].(*ast.FuncDecl).Body.List {
		assign, ok := statement.(*ast.AssignStmt)
		if !ok || assign.Tok != token.DEFINE {
			continue
		}
		for _, left := range assign.Lhs {
			if name := left.(*ast.Ident).Name; name != "_" {
				text.WriteString("_ = " + name + "\n")
			}
		}
	}
	return text.String()
}

// TestPages_PythonBlocksRun compiles the Python of all pages, and runs the programs in it by hand, without a request.
func TestPages_PythonBlocksRun(t *testing.T) {
	if testing.Short() {
		t.Skip("starts Python")
	}
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("there is no python3")
	}
	sdk, err := filepath.Abs("pool/python")
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("PYTHONPATH", sdk)
	t.Setenv("PYTHONDONTWRITEBYTECODE", "1")
	dir := t.TempDir()
	for _, page := range userGuides(t) {
		for i, block := range blocks([]byte(readFile(t, page)), "python") {
			name := fmt.Sprintf("%s_%d.py", strings.TrimSuffix(filepath.Base(page), ".md"), i)
			write(t, dir, name, block)
			run(t, dir, "python3", "-c", "import sys; compile(open(sys.argv[1]).read(), sys.argv[1], 'exec')", name)
			if strings.Contains(block, "worker.run()") {
				run(t, dir, "python3", name, "--fsm-stdio")
			}
		}
	}
}

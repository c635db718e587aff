package golang_test

import (
	"bytes"
	"go/ast"
	gobuild "go/build"
	"go/parser"
	"go/token"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/fsmgen/fsmgen/gen/internal/golang"
	"github.com/fsmgen/fsmgen/spec"
)

// documentedSpec has DOC everywhere a text may stand.
const documentedSpec = `fsm: 1
machine: gate
doc: DOC
go: {package: gatefsm}
params: {limit: {type: int, default: 3, doc: DOC}}
data: {note: {type: string, default: DOC, doc: DOC}, rest: {type: int}}
types:
  Ticket: {number: int}
events:
  push: {doc: DOC, payload: {force: int}, call: Ticket}
  shut: {doc: DOC}
guards: {strong: {doc: DOC, payload: [force]}}
actions: {ring: {doc: DOC}}
replies: {ticket: {doc: DOC}}
invokes: {check: {doc: DOC, result: {ok: bool}}}
choices: {pick: {doc: DOC, outcomes: [up, down]}}
initial: closed
states:
  closed:
    doc: DOC
    on:
      push: [{guard: strong, target: open, reply: ticket}, {guard: "data.note == DOC", reply: ticket}]
  open:
    doc: DOC
    entry: ring
    invoke: {src: check, onDone: {choose: {src: pick, outcomes: {up: closed, down: open}}}, onError: closed}
    on: {shut: closed}
`

// hostileTexts are texts that would change the code if they were not quoted.
var hostileTexts = []string{
	"+build ignore", "A gate.\n\n+build ignore", "  +build !linux", "\t+build ignore", "- a list\n+build ignore", "+build",
	strings.Repeat("words ", 18) + "+build ignore", "A gate.\n//go:build ignore", "//go:build ignore", "//go:generate touch hacked",
	"//export Gate", "//line other.go:1", "/*line other.go:1*/", "//go:embed secret", "#cgo LDFLAGS: -lhacked",
	"*/ func init() { panic(0) } /*", "a\n*/\nfunc init() {}\n/*", "a\r\nfunc init() {}", "a\vfunc init() {}",
	"x //fsmgen:part func init() {}", "//fsmgen:part", "a\n//fsmgen:part\nfunc init() {}",
	"a\u2028func init() {}", "a\u0085func init() {}", "nul \x00 here", "mark \ufeff here", "\x1b[31mred",
	"\u202e} ;)(kcehc\u202c fi", "\u2066turned\u2069", "soft\u00adhyphen", "\u200bzero width", "\u061cletter mark", "`quoted` \"text\" 'x' \\",
}

func TestDocs_StayTextInGo(t *testing.T) {
	load := func(doc string) []ast.Decl {
		t.Helper()
		source := strings.ReplaceAll(documentedSpec, "\"data.note == DOC\"", strconv.Quote("data.note == "+asYAML(doc)))
		source = strings.ReplaceAll(source, "DOC", asYAML(doc))
		m, found := spec.Load("gate.fsm.yaml", []byte(source))
		if found.HasErrors() {
			t.Fatalf("the doc %q: %v", doc, found)
		}
		var declarations []ast.Decl
		made, err := files(m)
		if err != nil {
			t.Fatalf("the doc %q: %v", doc, err)
		}
		for _, f := range made {
			declarations = append(declarations, checkText(t, doc, f.Name, f.Content)...)
		}
		return declarations
	}
	want := names(load("A gate."))
	for _, doc := range hostileTexts {
		if diff := cmp.Diff(want, names(load(doc))); diff != "" {
			t.Errorf("with the doc %q other things are declared (-want +got):\n%s", doc, diff)
		}
	}
}

// asYAML writes a text as a scalar on one line.
func asYAML(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			b.WriteString("\\" + string(r))
		case unicode.IsPrint(r):
			b.WriteRune(r)
		case r < 0x100:
			b.WriteString("\\x" + strconv.FormatInt(int64(r)+0x100, 16)[1:])
		default:
			b.WriteString("\\u" + strconv.FormatInt(int64(r)+0x10000, 16)[1:])
		}
	}
	return `"` + b.String() + `"`
}

// checkText reports what a doc has done to a file that is not text, and returns the declarations of the file.
func checkText(t *testing.T, doc, name string, code []byte) []ast.Decl {
	t.Helper()
	context := gobuild.Default
	context.OpenFile = func(string) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(code)), nil }
	if matches, err := context.MatchFile(".", name); err != nil || !matches {
		t.Errorf("the doc %q takes %s out of the build: %v", doc, name, err)
	}
	for i, r := range string(code) {
		if r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) {
			t.Errorf("the doc %q puts %U into %s, byte %d", doc, r, name, i)
		}
	}
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, name, code, parser.ParseComments)
	if err != nil {
		t.Fatalf("the doc %q: %v", doc, err)
	}
	for _, group := range file.Comments {
		for _, c := range group.List {
			if !strings.HasPrefix(c.Text, "// ") && !strings.HasPrefix(c.Text, "//\t") && c.Text != "//" {
				t.Errorf("the doc %q becomes the comment %q of %s", doc, c.Text, name)
			}
			if at := files.Position(c.Pos()); at.Filename != name {
				t.Errorf("the doc %q makes a line of %s one of %s", doc, name, at.Filename)
			}
		}
	}
	return file.Decls
}

func names(declarations []ast.Decl) []string {
	var names []string
	for _, d := range declarations {
		ast.Inspect(d, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok {
				names = append(names, id.Name)
			}
			return true
		})
	}
	return names
}

func TestFile_NameOfTheSpecIsText(t *testing.T) {
	for _, path := range []string{"a\nfunc init() {}.fsm.yaml", "gate\u202e.fsm.yaml", "+build ignore.fsm.yaml"} {
		m, found := spec.Load(filepath.Join("specs", path), []byte("fsm: 1\nmachine: gate\ninitial: a\nstates: {a: {}}\n"))
		if found.HasErrors() {
			t.Fatal(found)
		}
		made, err := golang.Files(m)
		if err != nil {
			t.Fatal(err)
		}
		var declarations []ast.Decl
		for _, f := range made {
			declarations = append(declarations, checkText(t, path, "gate.fsm.go", f.Content)...)
		}
		if slices.ContainsFunc(declarations, func(d ast.Decl) bool {
			f, ok := d.(*ast.FuncDecl)
			return ok && f.Recv == nil && f.Name.Name == "init"
		}) {
			t.Errorf("the name %q of a spec declares a function", path)
		}
	}
}

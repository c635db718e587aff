package golang_test

import (
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/fsmgen/fsmgen/gen/internal/golang"
	"github.com/fsmgen/fsmgen/spec"
)

// compiler type-checks generated code with the real runtime and standard library.
type compiler struct {
	files   *token.FileSet
	imports types.Importer
}

func newCompiler() compiler {
	files := token.NewFileSet()
	return compiler{files, importer.ForCompiler(files, "gc", exportData)}
}

// exportData opens what the go command knows of a package.
func exportData(path string) (io.ReadCloser, error) {
	name, err := exec.Command("go", "list", "-export", "-f", "{{.Export}}", path).Output()
	if err != nil {
		return nil, fmt.Errorf("go list -export %s: %w", path, err)
	}
	return os.Open(strings.TrimSpace(string(name)))
}

// compile generates a machine and its test, and type-checks both.
func (c compiler) compile(m *spec.Machine) error {
	made, err := files(m)
	if err != nil {
		return err
	}
	var parsed []*ast.File
	var source strings.Builder
	for _, f := range made {
		file, err := parser.ParseFile(c.files, f.Name, f.Content, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		parsed = append(parsed, file)
		source.Write(f.Content)
	}
	config := types.Config{Importer: c.imports}
	if _, err := config.Check("machinefsm", c.files, parsed, nil); err != nil {
		return fmt.Errorf("%w\n%s", err, &source)
	}
	return nil
}

// FuzzWhatChecksAlsoCompiles compiles every spec that has no errors, unless two of its names clash.
func FuzzWhatChecksAlsoCompiles(f *testing.F) {
	for _, g := range goldens(f) {
		f.Add(g.spec().Data)
	}
	for _, c := range allCommitted(f) {
		f.Add(read(f, c.spec))
	}
	if testing.Short() {
		f.Skip("compiles machines")
	}
	c := newCompiler()
	f.Fuzz(func(t *testing.T, source []byte) {
		m, found := spec.Load("fuzz.fsm.yaml", source)
		if found.HasErrors() || slices.ContainsFunc(m.Go.Imports, isUnknown) {
			return
		}
		err := c.compile(m)
		if _, clash := errors.AsType[*golang.ClashError](err); err != nil && !clash && !namesNoType(err, source) {
			t.Fatalf("%v\nof the spec:\n%s", err, source)
		}
	})
}

// namesNoType reports whether the spec itself names something that a package of the standard library does not have: fsmgen reads
// no packages, so the compiler is the first to know.
func namesNoType(err error, source []byte) bool {
	m := regexp.MustCompile(`undefined: ((?:time|url|rand)\.\w+)`).FindStringSubmatch(err.Error())
	return m != nil && strings.Contains(string(source), m[1])
}

// isUnknown reports whether an import may be of a package that there is not.
func isUnknown(path spec.Text) bool {
	return !slices.Contains([]string{"time", "net/url", "math/rand/v2"}, path.Value)
}

func TestFiles_RandomShapesCompile(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles machines")
	}
	c := newCompiler()
	shapes := rapid.Custom(drawSpec)
	for seed := range 32 {
		source := shapes.Example(seed)
		m, found := spec.Load("drawn.fsm.yaml", []byte(source))
		m.Go.Emit = someParts(seed)
		if found.HasErrors() {
			t.Fatalf("the spec has errors: %v\n%s", found, source)
		}
		if err := c.compile(m); err != nil {
			t.Fatalf("%v\nof the spec:\n%s", err, source)
		}
	}
}

// drawer draws a spec with three events, e0 to e2, and a hook of each kind with and without payload.
type drawer struct {
	t      *rapid.T
	out    strings.Builder
	states []string
	calls  bool // e0 is a call
}

func drawSpec(t *rapid.T) string {
	d := &drawer{t: t}
	d.out.WriteString("fsm: 1\nmachine: drawn\ngo: {package: drawnfsm, imports: [time]}\n" +
		"params:\n  wait: {type: duration, default: 1s}\n")
	d.maybe("data:\n  count: {type: int, default: 3}\n")
	d.out.WriteString("events:\n")
	for i := range 3 {
		reply := rapid.SampledFrom([]string{"", ", call: int", ", call: time.Time", ", call: any"}).Draw(t, "reply")
		if i > 0 { // the reply hook answers calls of one type
			reply = ""
		}
		d.calls = d.calls || reply != ""
		record := rapid.SampledFrom([]string{"", ", record: [who]"}).Draw(t, "record")
		fmt.Fprintf(&d.out, "  e%d: {payload: {who: string, at: time.Time}%s%s}\n", i, reply, record)
	}
	d.out.WriteString("guards: {g: {}, gp: {group: other, payload: [who]}}\n" +
		"actions: {a: {}, ap: {payload: [at, who]}}\nreplies: {r: {payload: [who]}}\n")
	tree := d.tree("", 2, rapid.IntRange(1, 3).Draw(t, "states"))
	d.out.WriteString("initial: " + d.states[0] + "\nstates:\n")
	for _, draw := range tree {
		draw("  ")
	}
	return d.out.String()
}

func (d *drawer) maybe(text string) {
	if rapid.Bool().Draw(d.t, "maybe") {
		d.out.WriteString(text)
	}
}

// tree names count states and those inside them, and returns what writes them once all names are known.
func (d *drawer) tree(parent string, depth, count int) []func(indent string) {
	var states []func(string)
	for i := range count {
		name := fmt.Sprintf("%ss%d", parent, i)
		d.states = append(d.states, name)
		inside := 0
		if depth > 0 {
			inside = rapid.IntRange(0, 2).Draw(d.t, "inside")
		}
		children := d.tree(name, depth-1, inside)
		states = append(states, func(indent string) { d.state(indent, name, children) })
	}
	return states
}

func (d *drawer) state(indent, name string, children []func(string)) {
	if len(children) == 0 && rapid.IntRange(0, 4).Draw(d.t, "final") == 0 {
		fmt.Fprintf(&d.out, "%s%s: {type: final, entry: a}\n", indent, name)
		return
	}
	fmt.Fprintf(&d.out, "%s%s:\n%s  doc: state %s\n", indent, name, indent, name)
	d.maybe(indent + "  entry: a\n")
	d.maybe(indent + "  exit: [a, a]\n")
	d.maybe(indent + "  after: {wait: {target: " + d.target() + ", actions: a}, 2s: [{guard: g}, {actions: a}]}\n")
	d.on(indent)
	if len(children) > 0 {
		fmt.Fprintf(&d.out, "%s  initial: %ss0\n%s  states:\n", indent, name, indent)
	}
	for _, child := range children {
		child(indent + "    ")
	}
}

// on gives each event transitions, or postpones or ignores it, or says nothing.
func (d *drawer) on(indent string) {
	var handled, postponed, ignored []string
	for i := range 3 {
		event := fmt.Sprintf("e%d", i)
		switch rapid.IntRange(0, 5).Draw(d.t, "fate") {
		case 0:
			postponed = append(postponed, event)
		case 1:
			ignored = append(ignored, event)
		case 2, 3:
			handled = append(handled, fmt.Sprintf("%s: [%s, %s]", event, d.transition("gp", i), d.transition("", i)))
		case 4:
			handled = append(handled, event+": "+d.transition("g", i))
		}
	}
	fmt.Fprintf(&d.out, "%s  on: {%s}\n", indent, strings.Join(handled, ", "))
	fmt.Fprintf(&d.out, "%s  postpone: [%s]\n", indent, strings.Join(postponed, ", "))
	fmt.Fprintf(&d.out, "%s  ignore: [%s]\n", indent, strings.Join(ignored, ", "))
}

func (d *drawer) transition(guard string, event int) string {
	words := []string{"actions: " + rapid.SampledFrom([]string{"a", "[ap, a]"}).Draw(d.t, "actions")}
	if guard != "" {
		words = append(words, "guard: "+guard)
	}
	if rapid.Bool().Draw(d.t, "leaves") {
		words = append(words, "target: "+d.target())
		if rapid.Bool().Draw(d.t, "reenters") {
			words = append(words, "reenter: true")
		}
	}
	if d.calls && event == 0 && rapid.Bool().Draw(d.t, "replies") {
		words = append(words, "reply: r")
	}
	return "{" + strings.Join(words, ", ") + "}"
}

func (d *drawer) target() string { return rapid.SampledFrom(d.states).Draw(d.t, "target") }

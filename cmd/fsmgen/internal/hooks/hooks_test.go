package hooks_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fsmgen/fsmgen/cmd/fsmgen/internal/hooks"
	"github.com/fsmgen/fsmgen/gen"
	"github.com/fsmgen/fsmgen/spec"
)

const door = `fsm: 1
machine: door
go: {package: house}
events: {push: {}}
invokes: {ring: {}}
initial: shut
states:
  shut: {on: {push: open}}
  open: {invoke: {src: ring, onDone: shut, onError: shut}}
`

// code generates the door into a directory with one other file.
func code(t *testing.T, name, text string) []gen.File {
	t.Helper()
	dir := t.TempDir()
	m, found := spec.Load(filepath.Join(dir, "door.fsm.yaml"), []byte(door))
	if found.HasErrors() {
		t.Fatal(found)
	}
	files, err := gen.Files(m, gen.Options{Only: []gen.Kind{gen.Go}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return files
}

const (
	has   = "type hooks struct{}\n\nfunc (hooks) Terminated(*Ctx, error) {}\n"
	added = "\nfunc (hooks) Ring(ctx context.Context) error {\n\tpanic(\"hooks.Ring: not written yet\")\n}\n"
)

func TestPlan_ImportOfAnExistingFile(t *testing.T) {
	tests := map[string]struct{ before, after string }{
		"no imports":       {"package house\n\n", "package house\n\nimport \"context\"\n\n"},
		"comment behind":   {"package house // here\n\n", "package house // here\n\nimport \"context\"\n\n"},
		"already there":    {"package house\n\nimport \"context\"\n", "package house\n\nimport \"context\"\n"},
		"one":              {"package house\n\nimport \"fmt\"\n", "package house\n\nimport \"fmt\"\nimport \"context\"\n"},
		"list":             {"package house\n\nimport (\n\t\"bytes\"\n\t\"fmt\"\n)\n", "package house\n\nimport (\n\t\"bytes\"\n\t\"context\"\n\t\"fmt\"\n)\n"},
		"end of the block": {"package house\n\nimport (\n\t\"bytes\"\n\n\t\"x.org/y\"\n)\n", "package house\n\nimport (\n\t\"bytes\"\n\t\"context\"\n\n\t\"x.org/y\"\n)\n"},
		"only modules":     {"package house\n\nimport (\n\t\"x.org/y\"\n)\n", "package house\n\nimport (\n\t\"context\"\n\n\t\"x.org/y\"\n)\n"},
		"list of none":     {"package house\n\nimport ()\n", "package house\n\nimport \"context\"\n\nimport ()\n"},
		"list on a line":   {"package house\n\nimport (\"fmt\")\n", "package house\n\nimport (\"fmt\"; \"context\")\n"},
		"another name":     {"package house\n\nimport c \"context\"\n", "package house\n\nimport c \"context\"\nimport \"context\"\n"},
		"C":                {"package house\n\n// #include <x.h>\nimport \"C\"\n", "package house\n\nimport \"context\"\n\n// #include <x.h>\nimport \"C\"\n"},
		"carriage returns": {"package house\r\n\r\n", "package house\r\n\r\nimport \"context\"\r\n\r\n"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			files := code(t, "mine.go", tt.before+has)
			missing, changed, err := hooks.Plan(files, "", "hooks")
			if err != nil || len(missing) != 1 || len(changed) != 1 {
				t.Fatalf("Plan = %v, %d files, %v; want one method for one file", missing, len(changed), err)
			}
			want := added
			if strings.Contains(tt.before, "\r") {
				want = strings.ReplaceAll(added, "\n", "\r\n")
			}
			if diff := cmp.Diff(tt.after+has+want, string(changed[0].Content)); diff != "" {
				t.Fatalf("mine.go (-want +got):\n%s", diff)
			}
			if _, err := gen.Write(changed); err != nil {
				t.Fatal(err)
			}
			if missing, _, err := hooks.Plan(files, "", "hooks"); err != nil || len(missing) > 0 {
				t.Errorf("the second time Plan = %v, %v; want nothing", missing, err)
			}
		})
	}
}

func TestPlan_TypeThatHasAll(t *testing.T) {
	tests := map[string]string{
		"on the pointer":    "type hooks struct{}\nfunc (h *hooks) Ring() {}\nfunc (h *hooks) Terminated() {}\n",
		"embedded":          "type hooks struct{ *rest }\ntype rest struct{ last }\ntype last int\nfunc (rest) Ring() {}\nfunc (last) Terminated() {}\n",
		"of the interface":  "type hooks struct{ DoorHooks }\n",
		"another name":      "type hooks = bells\ntype bells struct{}\nfunc (hooks) Ring() {}\nfunc (bells) Terminated() {}\n",
		"embedded generic":  "type hooks struct{ bells[int] }\ntype bells[T any] struct{}\nfunc (bells[T]) Ring() {}\nfunc (*bells[T]) Terminated() {}\n",
		"embeds itself":     "type hooks struct{ *hooks }\nfunc (hooks) Ring() {}\nfunc (hooks) Terminated() {}\n",
		"in parts of types": "type (\n\tbell int\n\thooks struct{}\n)\nfunc ((hooks)) Ring() {}\nfunc (hooks) Terminated() {}\n",
	}
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			missing, changed, err := hooks.Plan(code(t, "mine.go", "package house\n"+text), "", "hooks")
			if err != nil || len(missing) > 0 || len(changed) > 0 {
				t.Errorf("Plan = %v, %d files, %v; want nothing", missing, len(changed), err)
			}
		})
	}
}

func TestPlan_NoPlaceForMethods(t *testing.T) {
	tests := map[string]struct{ text, want string }{
		"function":        {"func hooks() {}\n", "mine.go:2:6: hooks is no type: name another one with --type"},
		"variable":        {"var a, hooks int\n", "mine.go:2:8: hooks is no type: name another one with --type"},
		"interface":       {"type hooks interface{}\n", "mine.go:2:6: hooks is an interface: name another type with --type"},
		"generic":         {"type hooks[T any] struct{}\n", "mine.go:2:6: hooks has type parameters: name another type with --type"},
		"int":             {"type hooks = int\n", "mine.go:2:6: hooks is another name of a type that gets no methods here: name another type with --type"},
		"generated":       {"type hooks = Machine\n", "door.fsm.go:"},
		"no Go":           {"type\n", "mine.go:2:6: is no Go: expected 'IDENT', found 'EOF': correct it first"},
		"another context": {"import context \"x.org/y\"\n" + has, "mine.go:2:8: context is another package than that of the hooks: name another file with --output"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, changed, err := hooks.Plan(code(t, "mine.go", "package house\n"+tt.text), "", "hooks")
			wrong, ok := errors.AsType[*hooks.Error](err)
			if !ok || len(changed) > 0 {
				t.Fatalf("Plan = %d files, %v; want an Error", len(changed), err)
			}
			if got := filepath.Base(wrong.Error()); !strings.HasPrefix(got, tt.want) {
				t.Errorf("the error is %q; want %q", got, tt.want)
			}
		})
	}
}

// Package hooks writes the first version of what a machine wants to be written by hand: a type with the methods of the
// generated interfaces. Where there is such a type, it adds only the methods that the type lacks.
package hooks

import (
	"errors"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fsmgen/fsmgen/gen"
)

// Error says what of the package makes it impossible to add hooks, and where.
type Error struct {
	Place string // hooks.go:3:6, or only a path
	What  string // one line
}

func (e *Error) Error() string { return e.Place + ": " + e.What }

// Missing is a method that a type lacks.
type Missing struct {
	Path         string // the file that gets it
	Type, Method string
}

// Plan returns the methods that are missing in the package of generated code, and the files with them added. Nothing is
// written. The code that is given counts instead of what is on disk under its paths.
//
// All groups are implemented by the type with the name that is given; one that has a method of an earlier group has a type of
// its own, with the name of the group behind. A type that is missing is added, too. Methods go to the file out, or, if it is
// empty, to the file of their type; where the type is missing, that is hooks.go. What cannot be done is an [*Error].
func Plan(code []gen.File, out, typ string) ([]Missing, []gen.File, error) {
	w, err := readWanted(code)
	if err != nil {
		return nil, nil, fmt.Errorf("hooks: %w", err)
	}
	dir := filepath.Dir(code[0].Path)
	s, err := readSource(dir, w, strings.HasSuffix(out, "_test.go"))
	if err != nil {
		return nil, nil, err
	}
	p := planner{wanted: w, source: s}
	for _, t := range assign(w.groups, typ) {
		if err := p.add(t, out, filepath.Join(dir, "hooks.go")); err != nil {
			return nil, nil, err
		}
	}
	var files []gen.File
	for _, a := range p.additions {
		text, err := p.extended(a)
		if err != nil {
			return nil, nil, err
		}
		files = append(files, gen.File{Path: a.path, Content: text})
	}
	return p.missing, files, nil
}

// implementation is a type and the groups that it implements.
type implementation struct {
	name   string
	groups []group
}

// assign gives each group a type. One type cannot have two methods of one name.
func assign(groups []group, name string) []implementation {
	all := []implementation{{name: name}}
	taken := map[string]bool{}
	for _, g := range groups {
		if slices.ContainsFunc(g.methods, func(m method) bool { return taken[m.name] }) {
			all = append(all, implementation{name + g.field, []group{g}})
			continue
		}
		all[0].groups = append(all[0].groups, g)
		for _, m := range g.methods {
			taken[m.name] = true
		}
	}
	return all
}

type planner struct {
	*wanted
	*source
	missing   []Missing
	additions []*addition
}

// addition is what a file gets.
type addition struct {
	path     string
	code     strings.Builder // not formatted
	packages []string        // that the code imports, by the names in the generated code
}

// addition returns what a file gets so far.
func (p *planner) addition(path string) *addition {
	for _, a := range p.additions {
		if a.path == path {
			return a
		}
	}
	a := &addition{path: path}
	p.additions = append(p.additions, a)
	return a
}

// add plans the methods that a type lacks.
func (p *planner) add(t implementation, out, usual string) error {
	typ, err := p.resolve(t.name)
	if err != nil {
		return err
	}
	path, name, has := usual, t.name, map[string]bool{}
	var receivers []*ast.Field
	if typ != nil {
		path, name = typ.path, typ.Name.Name
		receivers = p.source.methods(name, has, map[string]bool{})
	}
	if out != "" {
		path = out
	}
	var lacks []method
	for _, g := range t.groups {
		for _, m := range g.methods {
			if !has[m.name] {
				lacks = append(lacks, m)
				p.missing = append(p.missing, Missing{path, name, m.name})
			}
		}
	}
	if len(lacks) == 0 {
		return nil
	}
	a := p.addition(path)
	if typ == nil {
		a.code.WriteString(declaration(t))
	}
	for _, m := range lacks {
		a.code.WriteString(skeleton(name, receivers, m))
		a.packages = append(a.packages, m.packages...)
	}
	return nil
}

// declaration is the code of a new type. The compiler reports at its second part what the type lacks later.
func declaration(t implementation) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n// %s is the part of the machine that is written by hand.\ntype %[1]s struct{}\n\nvar (\n", t.name)
	for _, g := range t.groups {
		fmt.Fprintf(&b, "_ %s = %s{}\n", g.iface, t.name)
	}
	b.WriteString(")\n")
	if len(t.groups) == 1 {
		return strings.NewReplacer("var (\n", "var ", "{}\n)\n", "{}\n").Replace(b.String())
	}
	return b.String()
}

// skeleton is the code of a method. It panics, but for the method that runs after a panic. Its receiver is a pointer if those
// of all other methods are: a method on the value can be called on both.
func skeleton(typ string, receivers []*ast.Field, m method) string {
	pointer := ""
	isPointer := func(r *ast.Field) bool { _, ok := r.Type.(*ast.StarExpr); return ok }
	if len(receivers) > 0 && !slices.ContainsFunc(receivers, func(r *ast.Field) bool { return !isPointer(r) }) {
		pointer = "*"
	}
	if m.name == "Terminated" && m.signature == "(x *Ctx, reason error)" {
		return fmt.Sprintf("\nfunc (%s%s) %s%s {}\n", pointer, typ, m.name, m.signature)
	}
	return fmt.Sprintf("\nfunc (%s%s) %s%s {\npanic(%q)\n}\n", pointer, typ, m.name, m.signature, typ+"."+m.name+": not written yet")
}

// extended returns the text of a file with an addition: the code behind all else, what it imports among the imports.
func (p *planner) extended(a *addition) ([]byte, error) {
	slices.Sort(a.packages)
	a.packages = slices.Compact(a.packages)
	text, err := os.ReadFile(a.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return p.newFile(a)
	case err != nil:
		return nil, err
	case p.source.files[a.path] == nil: // what is added to it would be missing still
		return nil, &Error{a.path, "is not compiled as a part of package " + p.pkg + " on this system: name another file with --output"}
	case !p.own[a.path]:
		return nil, &Error{a.path, "is generated: name another file with --output"}
	}
	formatted, err := format.Source([]byte(a.code.String()))
	if err != nil {
		return nil, fmt.Errorf("hooks: %s: %w", a.path, err)
	}
	code, ending := "\n"+strings.TrimLeft(string(formatted), "\n"), "\n"
	if !strings.HasSuffix(string(text), "\n") {
		code = "\n" + code
	}
	if strings.Contains(string(text), "\r\n") {
		ending = "\r\n"
	}
	text = append(text, strings.ReplaceAll(code, "\n", ending)...)
	for _, name := range a.packages {
		if text, err = withImport(a.path, text, p.imports[name], ending); err != nil {
			return nil, err
		}
	}
	if _, err := parser.ParseFile(token.NewFileSet(), a.path, text, parser.SkipObjectResolution); err != nil {
		return nil, fmt.Errorf("hooks: %w", err)
	}
	return text, nil
}

// newFile is the text of a file that has only an addition.
func (p *planner) newFile(a *addition) ([]byte, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "package %s\n", p.pkg)
	switch len(a.packages) {
	case 0:
	case 1:
		fmt.Fprintf(&b, "\nimport %s\n", p.imports[a.packages[0]])
	default:
		b.WriteString("\nimport (\n")
		for _, name := range a.packages {
			fmt.Fprintf(&b, "%s\n", p.imports[name])
		}
		b.WriteString(")\n")
	}
	text, err := format.Source([]byte(b.String() + a.code.String()))
	if err != nil {
		return nil, fmt.Errorf("hooks: %s: %w", a.path, err)
	}
	return text, nil
}

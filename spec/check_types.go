package spec

import (
	"go/ast"
	"go/token"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// badTypes: a type expression is a Go type of what the spec declares and imports.
func badTypes(m *Machine, report func(Finding)) {
	s := newScope(m)
	for use := range m.typeUses() {
		if use.text.Value == "" {
			continue
		}
		expr, err := parseGoType(use.text.Value)
		if err != nil {
			report(Finding{
				Pos: use.text.Pos, Message: quote(use.text.Value) + " is not a Go type",
				Help: "write it like `string`, `[]int` or `time.Time`",
			})
		} else if p := s.problem(expr); p != nil {
			report(Finding{Pos: use.text.Pos, Message: p.message, Help: p.help})
		}
	}
}

// recursiveTypes: a type that contains itself has no size.
func recursiveTypes(m *Machine, report func(Finding)) {
	search := circles{types: newScope(m).types, depth: map[string]int{}, report: report}
	for _, t := range m.Types {
		search.visit(t)
	}
}

// circles looks for types that contain themselves, depth first and into each type once.
type circles struct {
	types  map[string]*Type
	way    []string
	depth  map[string]int // of the types on the way, from 1 on; -1 for those that are done
	report func(Finding)
}

func (c *circles) visit(t *Type) {
	if at := c.depth[t.Name]; at > 0 {
		c.reportCircle(c.way[at-1:])
	} else if at == 0 {
		c.way = append(c.way, t.Name)
		c.depth[t.Name] = len(c.way)
		for _, f := range t.Fields {
			if expr, err := parseGoType(f.Type.Value); err == nil && c.types[heldBy(expr)] != nil {
				c.visit(c.types[heldBy(expr)])
			}
		}
		c.way = c.way[:len(c.way)-1]
		c.depth[t.Name] = -1
	}
}

func (c *circles) reportCircle(way []string) {
	t := c.types[way[0]]
	c.report(Finding{
		Pos: t.Pos, Message: "type " + quote(t.Name) + " contains itself", Label: strings.Join(append(way, t.Name), " has "),
		Help: "use a pointer or a slice: `*" + t.Name + "`",
	})
}

// heldBy is the type whose values a value of the type holds in itself.
func heldBy(expr ast.Expr) string {
	switch t := expr.(type) {
	case *ast.Ident:
		return t.Name
	case *ast.ArrayType:
		if t.Len != nil {
			return heldBy(t.Elt)
		}
	}
	return ""
}

// badPackage: the package is a Go identifier and the directory is relative, so that the spec means the same everywhere.
func badPackage(m *Machine, report func(Finding)) {
	if name := m.Go.Package; name.Value != "" && (!token.IsIdentifier(name.Value) || name.Value == "_") {
		report(Finding{
			Pos: name.Pos, Message: quote(name.Value) + " cannot be the name of a Go package",
			Help: "package names are short lower-case words: `doorfsm`",
		})
	}
	if out := m.Go.Out; strings.HasPrefix(out.Value, "/") || strings.ContainsAny(out.Value, `\:`) ||
		strings.ContainsFunc(out.Value, func(r rune) bool { return !unicode.IsPrint(r) }) {
		report(Finding{
			Pos: out.Pos, Message: quote(out.Value) + " is not a relative directory",
			Help: "write it from the spec on, with `/`: `../doorfsm`",
		})
	}
}

var standardPath = regexp.MustCompile(`^[a-z][a-z0-9]*(/[a-z][a-z0-9]*)*$`)

// badImports: generated code depends on nothing but the standard library.
func badImports(m *Machine, report func(Finding)) {
	first := map[string]Text{}
	for _, t := range m.Go.Imports {
		name := importName(t.Value)
		before, taken := first[name]
		switch {
		case !standardPath.MatchString(t.Value) || slices.Contains(strings.Split(t.Value, "/"), "internal"):
			report(Finding{
				Pos: t.Pos, Message: quote(t.Value) + " is not a package of the standard library",
				Help: "declare what you need of it under `types`",
			})
		case taken && before.Value != t.Value:
			report(Finding{
				Pos: t.Pos, Message: "two imports are called " + quote(name), Help: "keep one",
				Related: related(before.Pos, "the other one"),
			})
		default:
			first[name] = t
		}
	}
}

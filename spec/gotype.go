package spec

import (
	"errors"
	"go/ast"
	goparser "go/parser"
	"go/types"
	"iter"
	"path"
	"regexp"
	"strings"
)

// typeUse is a Go type expression of the spec.
type typeUse struct {
	text  Text
	owner string // the type whose field it is, or empty
}

// typeUses yields every Go type expression of the machine; those of params are no Go types.
func (m *Machine) typeUses() iter.Seq[typeUse] {
	return func(yield func(typeUse) bool) {
		for _, t := range m.Types {
			for _, f := range t.Fields {
				if !yield(typeUse{f.Type, t.Name}) {
					return
				}
			}
		}
		for _, f := range m.Data {
			if !yield(typeUse{f.Type, ""}) {
				return
			}
		}
		for _, ev := range m.Events {
			for _, f := range ev.Payload {
				if !yield(typeUse{f.Type, ""}) {
					return
				}
			}
			if ev.Call.Value != "" && !yield(typeUse{ev.Call, ""}) {
				return
			}
		}
		for _, h := range m.Invokes {
			for _, f := range h.Result {
				if !yield(typeUse{f.Type, ""}) {
					return
				}
			}
		}
	}
}

// parseGoType parses a Go type expression of one line without comments, so that it can stand anywhere in Go code.
func parseGoType(text string) (ast.Expr, error) {
	const longest = 200
	hasComment := strings.Contains(text, "//") || strings.Contains(text, "/*")
	if len(text) > longest || hasComment || strings.ContainsAny(text, "\n\r;") {
		return nil, errors.New("not a Go type on one line")
	}
	return goparser.ParseExpr(text)
}

// sameType reports whether two type expressions differ only in spaces.
func sameType(a, b string) bool { return typeText(a) == typeText(b) }

func typeText(text string) string {
	expr, err := parseGoType(text)
	if err != nil {
		return text
	}
	return types.ExprString(expr)
}

// namedIn are the names in a type expression that are not in a package.
func namedIn(expr ast.Expr) []string {
	var names []string
	ast.Inspect(expr, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			return false
		case *ast.Ident:
			names = append(names, n.Name)
		}
		return true
	})
	return names
}

// importNames are the package names of the machine's imports.
func importNames(m *Machine) []string {
	names := make([]string, 0, len(m.Go.Imports))
	for _, t := range m.Go.Imports {
		names = append(names, importName(t.Value))
	}
	return names
}

var majorVersion = regexp.MustCompile(`^v[0-9]+$`)

// importName is the package name of a standard-library path; `math/rand/v2` is rand.
func importName(importPath string) string {
	dir, base := path.Split(importPath)
	if majorVersion.MatchString(base) && dir != "" {
		return path.Base(path.Clean(dir))
	}
	return base
}

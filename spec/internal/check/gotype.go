package check

import (
	"errors"
	"go/ast"
	goparser "go/parser"
	"go/token"
	"go/types"
	"iter"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/fsmgen/fsmgen/spec/internal/decl"
	"github.com/fsmgen/fsmgen/spec/internal/model"
	"github.com/fsmgen/fsmgen/spec/internal/syntax"
	"github.com/fsmgen/fsmgen/spec/internal/wording"
)

// typeUse is a Go type expression of the spec.
type typeUse struct {
	text  syntax.Text
	owner string // the type whose field it is, or empty
}

// typeUses yields every Go type expression of the machine; those of params are no Go types.
func typeUses(m *model.Machine) iter.Seq[typeUse] {
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
func importNames(m *model.Machine) []string {
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

// scope is the set of names that a type expression may use.
type scope struct {
	types   map[string]*decl.Type
	names   iter.Seq[string] // of the types, for suggestions
	imports []string
}

func newScope(m *model.Machine) scope { return scope{newIndex(m).types, typeNames(m), importNames(m)} }

func isBuiltinType(name string) bool {
	t, ok := types.Universe.Lookup(name).(*types.TypeName)
	return ok && t.Name() != "comparable"
}

// typeProblem is a mistake in a type expression.
type typeProblem struct {
	message, help string
}

// problem returns the first thing that is wrong with a type, or nil.
func (s scope) problem(expr ast.Expr) *typeProblem {
	switch t := expr.(type) {
	case *ast.Ident:
		return s.nameProblem(t.Name)
	case *ast.SelectorExpr:
		return s.qualifiedProblem(t)
	case *ast.StarExpr:
		return s.problem(t.X)
	case *ast.ArrayType:
		if t.Len != nil && !isLength(t.Len) {
			return &typeProblem{"the length of an array is a number, and not a huge one", "write it like `[4]int`"}
		}
		return s.problem(t.Elt)
	case *ast.MapType:
		if p := s.problem(t.Key); p != nil {
			return p
		}
		if !s.comparable(t.Key, map[string]bool{}) {
			return &typeProblem{
				wording.Quote(types.ExprString(t.Key)) + " cannot be the key of a map",
				"a key has no slices, maps or functions in it",
			}
		}
		return s.problem(t.Value)
	case *ast.ChanType:
		return s.problem(t.Value)
	default:
		return &typeProblem{
			wording.Quote(types.ExprString(expr)) + " is not a type that can be used here",
			"use a built-in type, one of `types`, one of `go.imports`, or a pointer, slice, array, map or channel of these",
		}
	}
}

func (s scope) nameProblem(name string) *typeProblem {
	switch {
	case s.types[name] != nil || isBuiltinType(name):
		return nil
	case name == "duration":
		return &typeProblem{"only params have the type `duration`", "write `time.Duration`, with `go: {imports: [time]}`"}
	default:
		return &typeProblem{"there is no type " + wording.Quote(name), wording.DidYouMean(name, s.names, "declare it under `types`")}
	}
}

// isLength reports whether an expression is a number that a compiler takes for the length of an array.
func isLength(expr ast.Expr) bool {
	lit, ok := expr.(*ast.BasicLit)
	if !ok || lit.Kind != token.INT {
		return false
	}
	_, err := strconv.ParseUint(lit.Value, 0, 20)
	return err == nil
}

func (s scope) qualifiedProblem(t *ast.SelectorExpr) *typeProblem {
	pkg, ok := t.X.(*ast.Ident)
	switch {
	case !ok:
		return &typeProblem{wording.Quote(types.ExprString(t)) + " is not a type", "a type of a package is written `time.Time`"}
	case !slices.Contains(s.imports, pkg.Name):
		return &typeProblem{
			"package " + wording.Quote(pkg.Name) + " is not imported",
			wording.DidYouMean(pkg.Name, slices.Values(s.imports), "add it: `go: {imports: ["+pkg.Name+"]}`"),
		}
	case !t.Sel.IsExported():
		return &typeProblem{wording.Quote(types.ExprString(t)) + " is not exported", "a type of a package is written `time.Time`"}
	default:
		return nil
	}
}

// comparable reports whether values of a type can be compared, as far as the spec shows. Seen are the declared types
// that need no second look.
func (s scope) comparable(expr ast.Expr, seen map[string]bool) bool {
	switch t := expr.(type) {
	case *ast.ArrayType:
		return t.Len != nil && s.comparable(t.Elt, seen)
	case *ast.MapType:
		return false
	case *ast.Ident:
		return s.types[t.Name] == nil || seen[t.Name] || s.comparableFields(s.types[t.Name], seen)
	default:
		return true
	}
}

func (s scope) comparableFields(t *decl.Type, seen map[string]bool) bool {
	seen[t.Name] = true
	return !slices.ContainsFunc(t.Fields, func(f *decl.Field) bool {
		expr, err := parseGoType(f.Type.Value)
		return err == nil && !s.comparable(expr, seen)
	})
}

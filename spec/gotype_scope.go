package spec

import (
	"go/ast"
	"go/token"
	"go/types"
	"iter"
	"slices"
	"strconv"
)

// scope is what a type expression may name.
type scope struct {
	types   map[string]*Type
	names   iter.Seq[string] // of the types, for suggestions
	imports []string
}

func newScope(m *Machine) scope { return scope{newIndex(m).types, typeNames(m), importNames(m)} }

func isBuiltinType(name string) bool {
	t, ok := types.Universe.Lookup(name).(*types.TypeName)
	return ok && t.Name() != "comparable"
}

// typeProblem is what is wrong with a type expression.
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
				quote(types.ExprString(t.Key)) + " cannot be the key of a map",
				"a key has no slices, maps or functions in it",
			}
		}
		return s.problem(t.Value)
	case *ast.ChanType:
		return s.problem(t.Value)
	default:
		return &typeProblem{
			quote(types.ExprString(expr)) + " is not a type that can be used here",
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
		return &typeProblem{"there is no type " + quote(name), didYouMean(name, s.names, "declare it under `types`")}
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
		return &typeProblem{quote(types.ExprString(t)) + " is not a type", "a type of a package is written `time.Time`"}
	case !slices.Contains(s.imports, pkg.Name):
		return &typeProblem{
			"package " + quote(pkg.Name) + " is not imported",
			didYouMean(pkg.Name, slices.Values(s.imports), "add it: `go: {imports: ["+pkg.Name+"]}`"),
		}
	case !t.Sel.IsExported():
		return &typeProblem{quote(types.ExprString(t)) + " is not exported", "a type of a package is written `time.Time`"}
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

func (s scope) comparableFields(t *Type, seen map[string]bool) bool {
	seen[t.Name] = true
	return !slices.ContainsFunc(t.Fields, func(f *Field) bool {
		expr, err := parseGoType(f.Type.Value)
		return err == nil && !s.comparable(expr, seen)
	})
}

package golang

import (
	"go/ast"
	"go/parser"
	"go/types"
	"slices"
	"strings"
	"time"

	"github.com/dave/jennifer/jen"

	"github.com/fsmgen/fsmgen/spec"
)

// goType turns a Go type expression of the spec into code. What it names of other packages is imported.
func (p *plan) goType(text string) *jen.Statement {
	expr, err := parser.ParseExpr(text)
	if err != nil {
		return jen.Id(text)
	}
	return p.typeCode(expr)
}

func (p *plan) typeCode(expr ast.Expr) *jen.Statement {
	switch t := expr.(type) {
	case *ast.StarExpr:
		return jen.Op("*").Add(p.typeCode(t.X))
	case *ast.ArrayType:
		if t.Len == nil {
			return jen.Index().Add(p.typeCode(t.Elt))
		}
		return jen.Index(jen.Id(types.ExprString(t.Len))).Add(p.typeCode(t.Elt))
	case *ast.MapType:
		return jen.Map(p.typeCode(t.Key)).Add(p.typeCode(t.Value))
	case *ast.ChanType:
		return p.chanCode(t)
	case *ast.SelectorExpr:
		return jen.Qual(p.imports[types.ExprString(t.X)], t.Sel.Name)
	default:
		return jen.Id(types.ExprString(expr))
	}
}

func (p *plan) chanCode(t *ast.ChanType) *jen.Statement {
	value := p.typeCode(t.Value)
	switch t.Dir {
	case ast.SEND:
		return jen.Chan().Op("<-").Add(value)
	case ast.RECV:
		return jen.Op("<-").Chan().Add(value)
	default:
		return jen.Chan().Add(value)
	}
}

// leadsOn reports whether a value of a type shares something with its copies: a slice, a map or what a pointer points to.
func (p *plan) leadsOn(text string) bool {
	expr, _ := parser.ParseExpr(text)
	switch t := expr.(type) {
	case *ast.StarExpr, *ast.MapType:
		return true
	case *ast.ArrayType:
		return t.Len == nil || p.leadsOn(types.ExprString(t.Elt))
	case *ast.Ident:
		i := slices.IndexFunc(p.spec.Types, func(own *spec.Type) bool { return own.Name == t.Name })
		return i >= 0 && slices.ContainsFunc(p.spec.Types[i].Fields, func(f *spec.Field) bool { return p.leadsOn(f.Type.Value) })
	default:
		return false
	}
}

// zero is the zero value of a Go type expression.
func (p *plan) zero(text string) *jen.Statement {
	for _, t := range p.spec.Types {
		if t.Name == text {
			return jen.Id(text).Values()
		}
	}
	if strings.HasPrefix(text, "*") || strings.HasPrefix(text, "[]") || strings.HasPrefix(text, "map[") {
		return jen.Nil()
	}
	if text == "time.Duration" {
		return jen.Lit(0)
	}
	if strings.HasPrefix(text, "[") {
		return p.goType(text).Values()
	}
	basic, ok := types.Universe.Lookup(text).(*types.TypeName)
	if !ok {
		return jen.Op("*").New(p.goType(text))
	}
	switch t := basic.Type().Underlying().(type) {
	case *types.Basic:
		return zeroBasic(t)
	default:
		return jen.Nil() // error and any
	}
}

func zeroBasic(t *types.Basic) *jen.Statement {
	switch {
	case t.Info()&types.IsString != 0:
		return jen.Lit("")
	case t.Info()&types.IsBoolean != 0:
		return jen.False()
	default:
		return jen.Lit(0)
	}
}

// paramType turns the type of a param into code.
func paramType(text string) *jen.Statement {
	if text == "duration" {
		return jen.Qual("time", "Duration")
	}
	return jen.Id(text)
}

// value is a value of a built-in type, of duration or of time.Duration, as Go writes it.
func value(typ, text string) *jen.Statement {
	switch typ {
	case "string":
		return jen.Lit(text)
	case "duration", "time.Duration":
		d, _ := time.ParseDuration(text) // checked by the spec
		return duration(d)
	default:
		return jen.Id(text)
	}
}

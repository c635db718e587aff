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
	"github.com/fsmgen/fsmgen/spec/expr"
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

// callerField is the reserved payload field of the caller that waits for a reply.
const callerField = "caller"

// field is a field of a payload.
type field struct {
	*spec.Field
	name  string // Digit; empty for a caller, which is no part of the event
	local string // digit
}

func newField(f *spec.Field) field { return field{f, spec.GoName(f.Name), local(f.Name)} }

// errorField is the payload of the onError of an invoke.
func errorField() field {
	return field{&spec.Field{Name: "error", Type: spec.Text{Value: "error"}}, "Err", "err"}
}

// payload returns the fields that are part of the event.
func (t *trigger) payload() []field {
	return t.filter(func(f field) bool { return f.name != "" })
}

// pick returns the payload fields with these names, as far as the event has them.
func (t *trigger) pick(wanted []spec.Text) []field {
	var picked []field
	for _, w := range wanted {
		for _, f := range t.fields {
			if f.Name == w.Value {
				picked = append(picked, f)
			}
		}
	}
	return picked
}

// used returns the payload fields that some cell takes, and those that are recorded.
func (t *trigger) used() []field {
	return t.filter(func(f field) bool {
		return t.Event != nil && lists(t.Event.Record, f) ||
			slices.ContainsFunc(t.cells, func(c *cell) bool { return c.takes(f) })
	})
}

func (t *trigger) filter(keep func(field) bool) []field {
	var kept []field
	for _, f := range t.fields {
		if keep(f) {
			kept = append(kept, f)
		}
	}
	return kept
}

func lists(list []spec.Text, f field) bool {
	return slices.ContainsFunc(list, func(t spec.Text) bool { return t.Value == f.Name })
}

// takes reports whether a transition of the cell, or of what is asked after it, takes a payload field.
func (c *cell) takes(f field) bool {
	for _, a := range c.tried() {
		if a.takes(f.Name) {
			return true
		}
	}
	return false
}

// fields returns the payload fields that the cell takes.
func (c *cell) fields() []field { return c.trigger.filter(c.takes) }

// takes reports whether anything about the transition names a payload field.
func (a *transition) takes(name string) bool {
	if a.asks(name) {
		return true
	}
	for _, one := range a.alternatives() {
		for ref := range one.Hooks() {
			if hookTakes(ref.Hook, name) {
				return true
			}
		}
		for _, ref := range one.Raise {
			if slices.ContainsFunc(ref.Event.Payload, func(f *spec.Field) bool { return f.Name == name }) {
				return true
			}
		}
	}
	return false
}

// asks reports whether the guard or the choice of the transition takes a payload field.
func (a *transition) asks(name string) bool {
	if a.Choose != nil && hookTakes(a.Choose.Src.Hook, name) {
		return true
	}
	return a.Guard != nil && guardTakes(a.Guard, name)
}

func guardTakes(g *spec.Condition, name string) bool {
	for e := range g.Expr.All() {
		if e.Op == expr.OpPayload && e.Name == name || e.Op == expr.OpGuard && hookTakes(e.Guard.Hook, name) {
			return true
		}
	}
	return false
}

func hookTakes(h *spec.Hook, name string) bool {
	return slices.ContainsFunc(h.Payload, func(t spec.Text) bool { return t.Value == name })
}

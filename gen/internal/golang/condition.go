package golang

import (
	"strconv"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/fsmgen/fsmgen/spec"
)

// The operators of a condition in Go.
var operators = map[spec.Op]string{
	spec.OpOr: "||", spec.OpAnd: "&&",
	spec.OpEqual: "==", spec.OpNotEqual: "!=",
	spec.OpLess: "<", spec.OpLessEqual: "<=", spec.OpGreater: ">", spec.OpGreaterEqual: ">=",
	spec.OpAdd: "+", spec.OpSubtract: "-", spec.OpMultiply: "*",
}

// opposites are the operators that hold where others do not. Those of an order have none for numbers that may be no number.
var opposites = map[spec.Op]spec.Op{
	spec.OpOr: spec.OpAnd, spec.OpAnd: spec.OpOr,
	spec.OpEqual: spec.OpNotEqual, spec.OpNotEqual: spec.OpEqual,
	spec.OpLess: spec.OpGreaterEqual, spec.OpGreaterEqual: spec.OpLess,
	spec.OpGreater: spec.OpLessEqual, spec.OpLessEqual: spec.OpGreater,
}

// condition is a guard in Go. Hooks are asked from left to right, as far as the answer depends on them.
func (p *plan) condition(t *trigger, e *spec.Expr) *jen.Statement {
	code, _ := p.expression(t, e, false)
	return code
}

// expression is a node of a condition, or its opposite, as a person writes it: in parentheses, and behind an exclamation
// mark, only where nothing else says the same. It also says how tightly the code binds.
func (p *plan) expression(t *trigger, e *spec.Expr, not bool) (code *jen.Statement, tightness int) {
	switch {
	case e.Op == spec.OpNot:
		return p.expression(t, e.X, !not)
	case operators[e.Op] == "":
		return inverted(p.atom(t, e), not), binds(e.Op)
	}
	if truth, other := truthIn(e); truth != nil {
		holds := (truth.Value == "true") == (e.Op == spec.OpEqual)
		return p.expression(t, other, not == holds)
	}
	if not && e.Op > spec.OpNotEqual && (e.X.Type == "float64" || e.Y.Type == "float64") {
		code, _ := p.binary(t, e, e.Op, false)
		return jen.Op("!").Parens(code), binds(spec.OpNot)
	}
	op := e.Op
	if not {
		op = opposites[op]
	}
	return p.binary(t, e, op, not && e.Op <= spec.OpAnd)
}

// mirrored are the comparisons with their operands the other way round.
var mirrored = map[spec.Op]spec.Op{
	spec.OpEqual: spec.OpEqual, spec.OpNotEqual: spec.OpNotEqual,
	spec.OpLess: spec.OpGreater, spec.OpLessEqual: spec.OpGreaterEqual,
	spec.OpGreater: spec.OpLess, spec.OpGreaterEqual: spec.OpLessEqual,
}

// binary joins the operands, or their opposites, with an operator. What a value is compared with stands behind it.
func (p *plan) binary(t *trigger, e *spec.Expr, op spec.Op, not bool) (code *jen.Statement, tightness int) {
	first, second := e.X, e.Y
	if mirrored[op] != 0 && first.Op == spec.OpLiteral && second.Op != spec.OpLiteral {
		first, second, op = second, first, mirrored[op]
	}
	x, left := p.expression(t, first, not)
	y, right := p.expression(t, second, not)
	if left < binds(op) {
		x = jen.Parens(x)
	}
	if right < binds(op) || right == binds(op) && op > spec.OpAnd {
		y = jen.Parens(y)
	}
	return x.Op(operators[op]).Add(y), binds(op)
}

func inverted(code *jen.Statement, not bool) *jen.Statement {
	if not {
		return jen.Op("!").Add(code)
	}
	return code
}

// atom is a node without two operands.
func (p *plan) atom(t *trigger, e *spec.Expr) *jen.Statement {
	switch e.Op {
	case spec.OpNegate:
		x, tightness := p.expression(t, e.X, false)
		if tightness < binds(spec.OpNegate) || e.X.Op == spec.OpNegate {
			x = jen.Parens(x)
		}
		return jen.Op("-").Add(x)
	case spec.OpGuard:
		return p.ask(e.Guard.Hook)
	case spec.OpPayload:
		return id(fieldOf([]*trigger{t}, e.Name).local)
	case spec.OpData:
		return id("m.data." + spec.GoName(e.Name))
	case spec.OpParam:
		return id("m.params." + spec.GoName(e.Name))
	default:
		return literal(e)
	}
}

// binds says how tightly an operator binds in Go.
func binds(op spec.Op) int {
	switch {
	case op == spec.OpOr:
		return 1
	case op == spec.OpAnd:
		return 2
	case op <= spec.OpGreaterEqual:
		return 3
	case op <= spec.OpSubtract:
		return 4
	case op == spec.OpMultiply:
		return 5
	default:
		return 6
	}
}

// truthIn returns the operand that is true or false of a comparison, and the other one.
func truthIn(e *spec.Expr) (truth, other *spec.Expr) {
	isTruth := func(x *spec.Expr) bool { return x.Op == spec.OpLiteral && (x.Value == "true" || x.Value == "false") }
	switch {
	case e.Op != spec.OpEqual && e.Op != spec.OpNotEqual:
		return nil, nil
	case isTruth(e.X):
		return e.X, e.Y
	case isTruth(e.Y):
		return e.Y, e.X
	default:
		return nil, nil
	}
}

// literal is a value of a condition.
func literal(e *spec.Expr) *jen.Statement {
	if text, err := strconv.Unquote(e.Value); err == nil && strings.ContainsAny(e.Value[:1], "\"`") {
		return jen.Lit(text)
	}
	return value(e.Type, e.Value)
}

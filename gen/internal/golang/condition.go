package golang

import (
	"strconv"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/spec/expr"
)

// The operators of a condition in Go.
var operators = map[expr.Op]string{
	expr.OpOr: "||", expr.OpAnd: "&&",
	expr.OpEqual: "==", expr.OpNotEqual: "!=",
	expr.OpLess: "<", expr.OpLessEqual: "<=", expr.OpGreater: ">", expr.OpGreaterEqual: ">=",
	expr.OpAdd: "+", expr.OpSubtract: "-", expr.OpMultiply: "*",
}

// opposites are the operators that hold where others do not. Those of an order have none for numbers that may be no number.
var opposites = map[expr.Op]expr.Op{
	expr.OpOr: expr.OpAnd, expr.OpAnd: expr.OpOr,
	expr.OpEqual: expr.OpNotEqual, expr.OpNotEqual: expr.OpEqual,
	expr.OpLess: expr.OpGreaterEqual, expr.OpGreaterEqual: expr.OpLess,
	expr.OpGreater: expr.OpLessEqual, expr.OpLessEqual: expr.OpGreater,
}

// condition is a guard in Go. Hooks are asked from left to right, as far as the answer depends on them.
func (p *plan) condition(t *trigger, e *expr.Expr) *jen.Statement {
	code, _ := p.expression(t, e, false)
	return code
}

// expression is a node of a condition, or its opposite, as a person writes it: in parentheses, and behind an exclamation
// mark, only where nothing else says the same. It also says how tightly the code binds.
func (p *plan) expression(t *trigger, e *expr.Expr, not bool) (code *jen.Statement, tightness int) {
	switch {
	case e.Op == expr.OpNot:
		return p.expression(t, e.X, !not)
	case operators[e.Op] == "":
		return inverted(p.atom(t, e), not), binds(e.Op)
	}
	if truth, other := truthIn(e); truth != nil {
		holds := (truth.Value == "true") == (e.Op == expr.OpEqual)
		return p.expression(t, other, not == holds)
	}
	if not && e.Op > expr.OpNotEqual && (e.X.Type == "float64" || e.Y.Type == "float64") {
		code, _ := p.binary(t, e, e.Op, false)
		return jen.Op("!").Parens(code), binds(expr.OpNot)
	}
	op := e.Op
	if not {
		op = opposites[op]
	}
	return p.binary(t, e, op, not && e.Op <= expr.OpAnd)
}

// mirrored are the comparisons with their operands the other way round.
var mirrored = map[expr.Op]expr.Op{
	expr.OpEqual: expr.OpEqual, expr.OpNotEqual: expr.OpNotEqual,
	expr.OpLess: expr.OpGreater, expr.OpLessEqual: expr.OpGreaterEqual,
	expr.OpGreater: expr.OpLess, expr.OpGreaterEqual: expr.OpLessEqual,
}

// binary joins the operands, or their opposites, with an operator. What a value is compared with stands behind it.
func (p *plan) binary(t *trigger, e *expr.Expr, op expr.Op, not bool) (code *jen.Statement, tightness int) {
	first, second := e.X, e.Y
	if mirrored[op] != 0 && first.Op == expr.OpLiteral && second.Op != expr.OpLiteral {
		first, second, op = second, first, mirrored[op]
	}
	x, left := p.expression(t, first, not)
	y, right := p.expression(t, second, not)
	if left < binds(op) {
		x = jen.Parens(x)
	}
	if right < binds(op) || right == binds(op) && op > expr.OpAnd {
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
func (p *plan) atom(t *trigger, e *expr.Expr) *jen.Statement {
	switch e.Op {
	case expr.OpNegate:
		x, tightness := p.expression(t, e.X, false)
		if tightness < binds(expr.OpNegate) || e.X.Op == expr.OpNegate {
			x = jen.Parens(x)
		}
		return jen.Op("-").Add(x)
	case expr.OpGuard:
		return p.ask(e.Guard.Hook)
	case expr.OpPayload:
		return id(fieldOf([]*trigger{t}, e.Name).local)
	case expr.OpData:
		return id("m.data." + spec.GoName(e.Name))
	case expr.OpParam:
		return id("m.params." + spec.GoName(e.Name))
	default:
		return literal(e)
	}
}

// binds says how tightly an operator binds in Go.
func binds(op expr.Op) int {
	switch {
	case op == expr.OpOr:
		return 1
	case op == expr.OpAnd:
		return 2
	case op <= expr.OpGreaterEqual:
		return 3
	case op <= expr.OpSubtract:
		return 4
	case op == expr.OpMultiply:
		return 5
	default:
		return 6
	}
}

// truthIn returns the operand that is true or false of a comparison, and the other one.
func truthIn(e *expr.Expr) (truth, other *expr.Expr) {
	isTruth := func(x *expr.Expr) bool { return x.Op == expr.OpLiteral && (x.Value == "true" || x.Value == "false") }
	switch {
	case e.Op != expr.OpEqual && e.Op != expr.OpNotEqual:
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
func literal(e *expr.Expr) *jen.Statement {
	if text, err := strconv.Unquote(e.Value); err == nil && strings.ContainsAny(e.Value[:1], "\"`") {
		return jen.Lit(text)
	}
	return value(e.Type, e.Value)
}

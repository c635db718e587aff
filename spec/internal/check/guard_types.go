package check

import (
	"go/constant"
	"go/token"
	"math"

	"github.com/fsmgen/fsmgen/spec/expr"
	"github.com/fsmgen/fsmgen/spec/internal/decl"
	"github.com/fsmgen/fsmgen/spec/internal/wording"
)

// both checks two operands that have to be of one type, and returns it.
func (c *guardCheck) both(e *expr.Expr) (x, y operand, typ string, ok bool) {
	x, okX := c.operand(e.X)
	y, okY := c.operand(e.Y)
	if !okX || !okY {
		return x, y, "", false
	}
	switch {
	case x.typ == y.typ:
		typ = x.typ
	case x.typ == "" && c.fits(e.X, x, y.typ):
		typ = y.typ
	case y.typ == "" && c.fits(e.Y, y, x.typ):
		typ = x.typ
	case x.typ == "" || y.typ == "": // reported
		return x, y, "", false
	default:
		_, ok = c.fail(e, "`"+e.Op.String()+"` between "+x.describe()+" and "+y.describe(),
			"both sides have one type")
		return x, y, "", ok
	}
	return x, y, typ, true
}

// fits reports a number that is not one of a type, and returns whether it is.
func (c *guardCheck) fits(e *expr.Expr, number operand, typ string) bool {
	zero := number.value != nil && constant.Sign(number.value) == 0
	switch {
	case typ == "duration" && zero:
		return true
	case typ == "duration":
		_, ok := c.fail(e, "a number is no duration", "write its unit: `5s`, `100ms`")
		return ok
	case !decl.IsNumeric(typ):
		_, ok := c.fail(e, "a number is not "+operand{typ: typ}.describe(), "both sides have one type")
		return ok
	case number.value != nil && !representable(number.value, typ):
		_, ok := c.fail(e, number.value.String()+" is not "+operand{typ: typ}.describe(), "")
		return ok
	default:
		return true
	}
}

// representable reports whether a Go compiler takes a number for one of a numeric type.
func representable(v constant.Value, typ string) bool {
	if bits := decl.Floating[typ]; bits > 0 {
		f, _ := constant.Float64Val(v)
		return !math.IsInf(f, 0) && (bits == 64 || math.Abs(f) <= math.MaxFloat32)
	}
	v = constant.ToInt(v)
	if v.Kind() != constant.Int {
		return false
	}
	if bits := decl.Unsigned[typ]; bits > 0 {
		return constant.Sign(v) >= 0 && constant.BitLen(v) <= bits
	}
	low := constant.Shift(constant.MakeInt64(-1), token.SHL, uint(decl.Signed[typ]-1))
	return constant.BitLen(v) < decl.Signed[typ] || constant.Compare(v, token.EQL, low)
}

// hasOrder reports whether values of a type can be more or less.
func hasOrder(typ string) bool {
	return typ == "" || typ == "string" || typ == "duration" || decl.IsNumeric(typ)
}

func (c *guardCheck) comparison(e *expr.Expr) (operand, bool) {
	x, y, typ, ok := c.both(e)
	equality := e.Op == expr.OpEqual || e.Op == expr.OpNotEqual
	switch {
	case !ok:
		return operand{}, false
	case !equality && !hasOrder(typ):
		return c.fail(e, "there is no more or less between two of type "+wording.Quote(typ), "compare with `==` or `!=`")
	case equality && !hasOrder(typ) && !c.comparable(typ):
		return c.fail(e, "values of type "+wording.Quote(typ)+" cannot be compared", "compare them in Go, under `guards`")
	case x.value != nil && y.value != nil:
		return operand{"bool", constant.MakeBool(constant.Compare(x.value, e.Op.Token(), y.value))}, true
	case e.X.String() == e.Y.String():
		c.same(e, e.Op == expr.OpEqual || e.Op == expr.OpLessEqual || e.Op == expr.OpGreaterEqual)
	default:
		c.belowZero(e, x, y, typ)
	}
	return operand{typ: "bool"}, true
}

// comparable reports whether values of a type can be compared without a panic, as far as the spec shows.
func (c *guardCheck) comparable(typ string) bool {
	expr, err := parseGoType(typ)
	return err == nil && typ != "error" && typ != "any" && c.scope.comparable(expr, map[string]bool{})
}

// belowZero reports comparisons of an unsigned number with zero that have one answer.
func (c *guardCheck) belowZero(e *expr.Expr, x, y operand, typ string) {
	isZero := func(o operand) bool { return o.value != nil && constant.Sign(o.value) == 0 }
	switch {
	case decl.Unsigned[typ] == 0:
	case isZero(y) && e.Op == expr.OpLess, isZero(x) && e.Op == expr.OpGreater:
		c.same(e, false)
	case isZero(y) && e.Op == expr.OpGreaterEqual, isZero(x) && e.Op == expr.OpLessEqual:
		c.same(e, true)
	}
}

func (c *guardCheck) arithmetic(e *expr.Expr) (operand, bool) {
	if e.Op == expr.OpMultiply {
		if x, ok, is := c.multiple(e); is {
			return x, ok
		}
	}
	x, y, typ, ok := c.both(e)
	if !ok {
		return operand{}, false
	}
	if typ != "" && typ != "duration" && !decl.IsNumeric(typ) || e.Op == expr.OpMultiply && typ == "duration" {
		return c.fail(e, "`"+e.Op.String()+"` between two of type "+wording.Quote(typ), "it is for numbers and durations")
	}
	return c.folded(e, typ, x, y)
}

// multiple checks a duration that is taken several times.
func (c *guardCheck) multiple(e *expr.Expr) (result operand, ok, is bool) {
	x, okX := c.operand(e.X)
	y, okY := c.operand(e.Y)
	if !okX || !okY {
		return operand{}, false, true
	}
	number := x
	if x.typ == "duration" {
		number = y
	}
	if x.typ != "duration" && y.typ != "duration" || number.typ != "" || number.value == nil {
		return operand{}, false, false
	}
	if constant.ToInt(number.value).Kind() != constant.Int {
		result, ok = c.fail(e, "a duration is taken a whole number of times", "write the duration itself")
		return result, ok, true
	}
	result, ok = c.folded(e, "duration", x, y)
	return result, ok, true
}

// folded is the operand of a calculation, whose result is of a type.
func (c *guardCheck) folded(e *expr.Expr, typ string, x, y operand) (operand, bool) {
	if x.value == nil || y.value == nil {
		return operand{typ: typ}, true
	}
	value := constant.BinaryOp(x.value, e.Op.Token(), y.value)
	if typ == "duration" && !representable(value, "int64") {
		return c.fail(e, "a duration of more than 292 years", "")
	}
	return operand{typ, value}, true
}

func (c *guardCheck) negation(e *expr.Expr) (operand, bool) {
	x, ok := c.operand(e.X)
	switch {
	case !ok:
		return operand{}, false
	case x.typ != "" && x.typ != "duration" && decl.Signed[x.typ] == 0 && decl.Floating[x.typ] == 0:
		return c.fail(e, "`-` before "+x.describe(), "it is for numbers that can be below zero, and for durations")
	case x.value != nil:
		x.value = constant.UnaryOp(token.SUB, x.value, 0)
	}
	return x, true
}

package expr

import (
	"go/constant"
	"go/token"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// Env answers what an expression depends on while it is computed.
type Env interface {
	// Value returns the value of a payload field, a datum or a param, which e names: a number, a duration, a string, a
	// bool, or something that can only be compared. It is nil where the value is not known.
	Value(e *Expr) any
	// Guard returns what the guard that e names says.
	Guard(e *Expr) bool
	// Claim returns whether e holds, which is a comparison or an operand that is true or false. Known points at what it
	// computes to; it is nil where the values do not say.
	Claim(e *Expr, known *bool) bool
}

// Holds reports whether an expression holds. It asks the environment from left to right, as far as the answer depends
// on it.
func Holds(e *Expr, env Env) bool {
	switch e.Op {
	case OpOr:
		return Holds(e.X, env) || Holds(e.Y, env)
	case OpAnd:
		return Holds(e.X, env) && Holds(e.Y, env)
	case OpNot:
		return !Holds(e.X, env)
	case OpGuard:
		return env.Guard(e)
	}
	if known, ok := eval(e, env).(bool); ok {
		return env.Claim(e, &known)
	}
	return env.Claim(e, nil)
}

// eval computes an expression; it is nil if something in it is not known. Numbers, durations, in nanoseconds, and
// strings come out as a [constant.Value], whatever the environment has them as.
func eval(e *Expr, env Env) any {
	switch e.Op {
	case OpPayload, OpData, OpParam:
		return operand(env.Value(e))
	case OpLiteral:
		return literal(e.Value)
	case OpNegate:
		if x, ok := eval(e.X, env).(constant.Value); ok {
			return constant.UnaryOp(token.SUB, x, 0)
		}
		return nil
	case OpOr, OpAnd, OpNot, OpGuard: // an operand of == or !=
		return Holds(e, env)
	}
	x, y := eval(e.X, env), eval(e.Y, env)
	if x == nil || y == nil {
		return nil
	}
	return combine(e, x, y)
}

// combine computes an operator over two values that are known; nil where that has no meaning.
func combine(e *Expr, x, y any) any {
	a, isA := x.(constant.Value)
	b, isB := y.(constant.Value)
	if isA && isB {
		float := isFloat(e.X) || isFloat(e.Y)
		if float {
			a, b = rounded(a), rounded(b)
		}
		if e.Op.IsComparison() {
			return constant.Compare(a, e.Op.Token(), b)
		}
		result := constant.BinaryOp(a, e.Op.Token(), b)
		if float {
			return rounded(result)
		}
		return result
	}
	switch e.Op {
	case OpEqual:
		return same(x, y)
	case OpNotEqual:
		return !same(x, y)
	default:
		return nil
	}
}

func isFloat(e *Expr) bool { return strings.HasPrefix(e.Type, "float") }

// rounded gives a number the precision that a float64 has.
func rounded(v constant.Value) constant.Value {
	f, _ := constant.Float64Val(v)
	return constant.MakeFloat64(f)
}

// same compares values that are no numbers. Those that Go cannot compare are different.
func same(x, y any) bool {
	return reflect.TypeOf(x) == reflect.TypeOf(y) && reflect.TypeOf(x).Comparable() && x == y
}

// operand makes a number or a string a [constant.Value]; other values stay what they are.
func operand(v any) any {
	switch r := reflect.ValueOf(v); {
	case v == nil:
		return nil
	case r.CanInt():
		return constant.MakeInt64(r.Int())
	case r.CanUint():
		return constant.MakeUint64(r.Uint())
	case r.CanFloat():
		return constant.MakeFloat64(r.Float())
	case r.Kind() == reflect.String:
		return constant.MakeString(r.String())
	case r.Kind() == reflect.Bool:
		return r.Bool()
	default:
		return v
	}
}

// literal returns the value of a literal as it is written: true, "text", 3, 1.5 or 30s. It is nil for any other text.
func literal(text string) any {
	switch {
	case text == "true" || text == "false":
		return text == "true"
	case strings.HasPrefix(text, `"`) || strings.HasPrefix(text, "`"):
		s, err := strconv.Unquote(text)
		if err != nil {
			return nil
		}
		return constant.MakeString(s)
	}
	if v, _, ok := number(text); ok {
		return v
	}
	return nil
}

// number returns the value of a number, or of a duration in nanoseconds, and whether it is written as a whole number.
func number(text string) (v constant.Value, whole, ok bool) {
	for _, kind := range []token.Token{token.INT, token.FLOAT} {
		if v := constant.MakeFromLiteral(text, kind, 0); v.Kind() != constant.Unknown {
			return v, kind == token.INT, true
		}
	}
	d, err := time.ParseDuration(text)
	return constant.MakeInt64(int64(d)), true, err == nil
}

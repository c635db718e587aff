package interp

import (
	"go/constant"
	"go/token"
	"reflect"
	"strconv"
	"strings"
	"time"

	fsm "github.com/fsmgen/fsmgen/runtime"
	"github.com/fsmgen/fsmgen/spec"
)

// holds reports whether a condition does. What it says about values that are not known is a question for the oracle.
func (t *turn) holds(c *spec.Condition) bool { return c == nil || t.truth(c.Expr) }

func (t *turn) truth(e *spec.Expr) bool {
	switch e.Op {
	case spec.OpOr:
		return t.truth(e.X) || t.truth(e.Y)
	case spec.OpAnd:
		return t.truth(e.X) && t.truth(e.Y)
	case spec.OpNot:
		return !t.truth(e.X)
	case spec.OpGuard:
		return t.ask(t.question(e.Guard.Hook))
	}
	q := &Question{Expr: e, State: t.leaf, Payload: t.payload, Data: t.data, Params: t.params, Turn: t.turns, turn: t}
	known, ok := t.value(e).(bool)
	if ok {
		q.Computed = &known
	}
	if o, isOne := t.oracle.(Overrider); !ok || isOne && o.Overrides(q) {
		return t.ask(q)
	}
	return known
}

func (t *turn) ask(q *Question) bool {
	answer := t.oracle.Guard(q)
	t.note(Entry{Kind: Asked, Name: q.Name(), Value: answer, State: t.leaf.Name})
	return answer
}

// value computes an expression; nil if something in it is not known. Numbers are computed as [constant.Value]s.
func (t *turn) value(e *spec.Expr) any {
	switch e.Op {
	case spec.OpPayload:
		return operand(t.payload[e.Name])
	case spec.OpData:
		return operand(t.data[e.Name])
	case spec.OpParam:
		return operand(t.params[e.Name])
	case spec.OpLiteral:
		return literalOf(e)
	case spec.OpNegate:
		if x, ok := t.value(e.X).(constant.Value); ok {
			return constant.UnaryOp(token.SUB, x, 0)
		}
		return nil
	case spec.OpOr, spec.OpAnd, spec.OpNot, spec.OpGuard: // an operand of == or !=
		return t.truth(e)
	}
	x, y := t.value(e.X), t.value(e.Y)
	if x == nil || y == nil {
		return nil
	}
	return combine(e, x, y)
}

// tokens are the operators as package constant knows them.
var tokens = map[spec.Op]token.Token{
	spec.OpEqual: token.EQL, spec.OpNotEqual: token.NEQ,
	spec.OpLess: token.LSS, spec.OpLessEqual: token.LEQ, spec.OpGreater: token.GTR, spec.OpGreaterEqual: token.GEQ,
	spec.OpAdd: token.ADD, spec.OpSubtract: token.SUB, spec.OpMultiply: token.MUL,
}

// combine computes an operator over two values that are known; nil where that has no meaning here.
func combine(e *spec.Expr, x, y any) any {
	a, isA := x.(constant.Value)
	b, isB := y.(constant.Value)
	if isA && isB {
		if isFloat(e.X) || isFloat(e.Y) {
			a, b = rounded(a), rounded(b)
		}
		if e.Op < spec.OpAdd {
			return constant.Compare(a, tokens[e.Op], b)
		}
		sum := constant.BinaryOp(a, tokens[e.Op], b)
		if isFloat(e.X) || isFloat(e.Y) {
			return rounded(sum)
		}
		return sum
	}
	switch e.Op {
	case spec.OpEqual:
		return same(x, y)
	case spec.OpNotEqual:
		return !same(x, y)
	default:
		return nil
	}
}

func isFloat(e *spec.Expr) bool { return strings.HasPrefix(e.Type, "float") }

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

// literalOf returns the value of a literal: true, "text", 3, 1.5 or 30s.
func literalOf(e *spec.Expr) any {
	text := e.Value
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
	for _, kind := range []token.Token{token.INT, token.FLOAT} {
		if v := constant.MakeFromLiteral(text, kind, 0); v.Kind() != constant.Unknown {
			return v
		}
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return nil
	}
	return constant.MakeInt64(int64(d))
}

// Holds reports whether a condition does, for another engine: q says what is known, and what its questions are about.
func Holds(c *spec.Condition, o Oracle, q Question) bool {
	m := &Machine{oracle: o, data: q.Data, params: q.Params, clock: fsm.NewVirtualClock(), turns: q.Turn}
	t := turn{Machine: m, leaf: q.State, payload: q.Payload}
	return t.holds(c)
}

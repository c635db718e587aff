package golang

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"github.com/fsmgen/fsmgen/spec"
)

// variable is something that a guard depends on: what a hook answers, or a payload field, a datum or a param.
type variable struct {
	op   spec.Op
	name string
}

func variableOf(e *spec.Expr) (v variable, ok bool) {
	switch e.Op {
	case spec.OpGuard:
		return variable{e.Op, e.Guard.Value}, true
	case spec.OpPayload, spec.OpData, spec.OpParam:
		return variable{e.Op, e.Name}, true
	default:
		return variable{}, false
	}
}

// assignment gives variables their values: bool, string, int64, which durations are too, or float64. What has a type that
// guards can only compare has the value nil, which is its zero value.
type assignment map[variable]any

// holds reports whether a guard holds.
func (a assignment) holds(e *spec.Expr) bool {
	truth, _ := a.value(e).(bool)
	return truth
}

func (a assignment) value(e *spec.Expr) any {
	if v, ok := variableOf(e); ok {
		return a[v]
	}
	switch e.Op {
	case spec.OpLiteral:
		return literalValue(e.Value)
	case spec.OpNot:
		return !a.holds(e.X)
	case spec.OpNegate:
		return arithmetic(spec.OpSubtract, int64(0), a.value(e.X))
	case spec.OpOr:
		return a.holds(e.X) || a.holds(e.Y)
	case spec.OpAnd:
		return a.holds(e.X) && a.holds(e.Y)
	case spec.OpAdd, spec.OpSubtract, spec.OpMultiply:
		return arithmetic(e.Op, a.value(e.X), a.value(e.Y))
	default:
		return compare(e.Op, a.value(e.X), a.value(e.Y))
	}
}

// literalValue is a literal of a guard, also one without quotes.
func literalValue(text string) any {
	if text == "true" || text == "false" {
		return text == "true"
	}
	if n, err := strconv.ParseInt(text, 0, 64); err == nil {
		return n
	}
	if f, err := strconv.ParseFloat(text, 64); err == nil {
		return f
	}
	if d, err := time.ParseDuration(text); err == nil {
		return int64(d)
	}
	if s, err := strconv.Unquote(text); err == nil && strings.ContainsAny(text[:1], "\"`") {
		return s
	}
	return text
}

// compare compares two values; those that differ in kind are not equal.
func compare(op spec.Op, x, y any) bool {
	if op == spec.OpEqual || op == spec.OpNotEqual {
		return (order(x, y) == 0) == (op == spec.OpEqual)
	}
	o := order(x, y)
	switch op {
	case spec.OpLess:
		return o < 0
	case spec.OpLessEqual:
		return o <= 0
	case spec.OpGreater:
		return o > 0
	default:
		return o >= 0
	}
}

func order(x, y any) int {
	switch a := x.(type) {
	case bool:
		if x == y {
			return 0
		}
		return 1
	case string:
		b, _ := y.(string)
		return cmp.Compare(a, b)
	case int64:
		if b, ok := y.(int64); ok {
			return cmp.Compare(a, b)
		}
	case nil:
		return 0
	}
	return cmp.Compare(float(x), float(y))
}

func arithmetic(op spec.Op, x, y any) any {
	a, xIsInt := x.(int64)
	b, yIsInt := y.(int64)
	if xIsInt && yIsInt {
		return calculate(op, a, b)
	}
	return calculate(op, float(x), float(y))
}

func calculate[N int64 | float64](op spec.Op, a, b N) N {
	switch op {
	case spec.OpAdd:
		return a + b
	case spec.OpSubtract:
		return a - b
	default:
		return a * b
	}
}

func float(x any) float64 {
	switch v := x.(type) {
	case int64:
		return float64(v)
	case float64:
		return v
	default:
		return 0
	}
}

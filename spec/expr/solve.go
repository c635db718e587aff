package expr

import (
	"cmp"
	"go/constant"
	"slices"
	"strings"
	"time"

	"github.com/fsmgen/fsmgen/spec/internal/decl"
)

// Var is something that an expression depends on: OpGuard and the guard, or OpPayload, OpData or OpParam and the field.
type Var struct {
	Op   Op
	Name string
}

// Var returns what the node names; false for a node that names nothing.
func (e *Expr) Var() (v Var, ok bool) {
	switch {
	case e.Op == OpGuard:
		return Var{e.Op, e.Guard.Value}, true
	case e.Op.IsVariable():
		return Var{e.Op, e.Name}, true
	default:
		return Var{}, false
	}
}

// variables returns for each variable the first node that names it, in the order in which the expressions name them. Nil
// expressions name none.
func variables(expressions []*Expr) []*Expr {
	var nodes []*Expr
	seen := map[Var]bool{}
	for _, whole := range expressions {
		for e := range whole.All() {
			if v, ok := e.Var(); ok && !seen[v] {
				seen[v] = true
				nodes = append(nodes, e)
			}
		}
	}
	return nodes
}

// Values gives variables their values: bool, string, int64, which durations are too, or float64. A variable of a type
// that expressions can only compare has the value nil, which stands for its zero value. Values are an [Env] in which
// everything is known.
type Values map[Var]any

// zeroValue stands for a nil of [Values] in comparisons.
type zeroValue struct{}

// Value returns the value of a variable.
func (v Values) Value(e *Expr) any {
	name, _ := e.Var()
	if value := v[name]; value != nil {
		return value
	}
	return zeroValue{}
}

// Guard returns what a guard says; false for one that has no value.
func (v Values) Guard(e *Expr) bool {
	name, _ := e.Var()
	holds, _ := v[name].(bool)
	return holds
}

// Claim returns what a part computes to; false where that has no meaning.
func (v Values) Claim(_ *Expr, known *bool) bool { return known != nil && *known }

// maxTries is the largest number of assignments that [Solve] tries.
const maxTries = 200_000

// Solve searches for values with which guards[want] is the first guard that holds; a nil guard always does. Want is
// len(guards) where none is to hold. It reports false if it finds no values, as for a guard that can never hold; so
// false is no proof, which [Together] gives.
//
// It tries zero, the literals of the guards, the bounds of params, and their neighbours, the plainest first: so the
// same guards always have the same values.
func Solve(guards []*Expr, want int) (Values, bool) {
	vars := variables(guards)
	candidates := candidatesOf(vars, guards)
	found, tries := Values{}, 0
	var try func(i int) bool
	try = func(i int) bool {
		if i == len(vars) {
			tries++
			return found.first(guards) == want
		}
		name, _ := vars[i].Var()
		for _, value := range candidates[i] {
			found[name] = value
			if try(i + 1) {
				return true
			}
			if tries > maxTries {
				return false
			}
		}
		return false
	}
	return found, try(0)
}

// first is the index of the first guard that holds, or how many there are.
func (v Values) first(guards []*Expr) int {
	i := slices.IndexFunc(guards, func(e *Expr) bool { return e == nil || Holds(e, v) })
	if i < 0 {
		return len(guards)
	}
	return i
}

// candidatesOf are for each variable the values that may make a difference.
func candidatesOf(vars, guards []*Expr) [][]any {
	var literals []any
	for _, whole := range guards {
		for e := range whole.All() {
			if e.Op == OpLiteral {
				literals = append(literals, plain(e.Value))
			}
		}
	}
	var params []*decl.Param
	for _, e := range vars {
		if e.Param != nil {
			params = append(params, e.Param)
		}
	}
	slices.SortFunc(params, func(a, b *decl.Param) int { return a.Pos.Compare(b.Pos) })
	for _, p := range params {
		for _, text := range []string{p.Default.Value, p.Min.Value, p.Max.Value} {
			if text != "" {
				literals = append(literals, typed(p.Type.Value, text))
			}
		}
	}
	var all [][]any
	for _, e := range vars {
		all = append(all, candidates(e, literals))
	}
	return all
}

// candidates are the values that a variable may have, the plainest first.
func candidates(e *Expr, literals []any) []any {
	switch {
	case e.Op == OpGuard:
		return []any{false, true}
	case e.Param != nil:
		return allowed(e.Param, literals)
	case e.Field != nil:
		return around(e.Field.Type.Value, literals)
	default:
		return around(e.Type, literals)
	}
}

// plain is a literal as [Values] have it.
func plain(text string) any {
	v, whole, ok := number(text)
	switch {
	case ok && whole:
		n, _ := constant.Int64Val(v)
		return n
	case ok:
		f, _ := constant.Float64Val(v)
		return f
	case text == "true" || text == "false":
		return text == "true"
	}
	if v, ok := literal(text).(constant.Value); ok {
		return constant.StringVal(v)
	}
	return text
}

// Value returns a text that a spec gives for a declared type, such as the default of a param, as [Values] have it.
func Value(typ, text string) any {
	v := typed(typ, text)
	if n, ok := v.(int64); ok && strings.HasPrefix(typ, "float") {
		return float64(n)
	}
	return v
}

// IsZero reports whether a value of [Values] is the zero value of its type.
func IsZero(v any) bool { return v == nil || v == false || v == "" || v == int64(0) || v == 0.0 }

// typed is a value of a declared type; that of a whole number is an int64 also where the type is a float.
func typed(typ, text string) any {
	if typ == "string" {
		return text
	}
	return plain(text)
}

// around are the zero value of a type, the literals that fit it, and their neighbours.
func around(typ string, literals []any) []any {
	var values []any
	add := func(v any) {
		if !slices.Contains(values, v) {
			values = append(values, v)
		}
	}
	switch {
	case typ == "bool":
		return []any{false, true}
	case typ == "string":
		add("")
		for _, l := range literals {
			if text, ok := l.(string); ok {
				add(text)
			}
		}
		add("other")
	case typ == "float64" || typ == "float32":
		add(0.0)
		add(1.0)
		add(-1.0)
		for _, l := range literals {
			if f, ok := float(l); ok {
				add(f)
				add(f + 1)
				add(f - 1)
			}
		}
	case isWhole(typ):
		unsigned := strings.HasPrefix(typ, "u") || typ == "byte"
		for _, n := range wholeNumbers(typ, literals) {
			if n >= 0 || !unsigned {
				add(n)
			}
		}
	default:
		return []any{nil}
	}
	return values
}

// wholeNumbers are those that may make a difference: zero, the literals and their neighbours.
func wholeNumbers(typ string, literals []any) []int64 {
	step := int64(1)
	if strings.Contains(strings.ToLower(typ), "duration") {
		step = int64(time.Second)
	}
	numbers := []int64{0, step, 2 * step, -step}
	for _, l := range literals {
		if n, ok := l.(int64); ok {
			numbers = append(numbers, n, n+step, n-step, -n)
		}
	}
	return numbers
}

func isWhole(typ string) bool {
	return strings.HasPrefix(typ, "int") || strings.HasPrefix(typ, "uint") ||
		slices.Contains([]string{"duration", "time.Duration", "byte", "rune"}, typ)
}

// allowed are the values that a param may have, its default first. The zero value stands for the default.
func allowed(p *decl.Param, literals []any) []any {
	var values []any
	if p.Default.Value != "" {
		values = append(values, Value(p.Type.Value, p.Default.Value))
	}
	for _, v := range around(p.Type.Value, literals) {
		low := p.Min.Value == "" || order(v, typed(p.Type.Value, p.Min.Value)) >= 0
		high := p.Max.Value == "" || order(v, typed(p.Type.Value, p.Max.Value)) <= 0
		if low && high && (p.Default.Value == "" || !IsZero(v)) && !slices.Contains(values, v) {
			values = append(values, v)
		}
	}
	return values
}

// order compares two numbers; others are equal.
func order(x, y any) int {
	a, isA := x.(int64)
	b, isB := y.(int64)
	if isA && isB {
		return cmp.Compare(a, b)
	}
	f, _ := float(x)
	g, _ := float(y)
	return cmp.Compare(f, g)
}

func float(v any) (float64, bool) {
	switch n := v.(type) {
	case int64:
		return float64(n), true
	case float64:
		return n, true
	default:
		return 0, false
	}
}

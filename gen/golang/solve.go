package golang

import (
	"slices"
	"strings"
	"time"

	"github.com/fsmgen/fsmgen/spec"
)

// most is how many assignments are tried for one outcome of the guards of a cell.
const most = 200_000

// solver looks for values that make the guards of a cell come out as wanted.
type solver struct {
	plan       *plan
	trigger    *trigger
	variables  []variable
	candidates [][]any
}

// solve returns values with which the transition is the first of the cell whose guard holds; nil stands for none of them. It
// reports false if it finds none, as for a transition that can never be taken.
func (p *plan) solve(c *reaction, taken *transition) (assignment, bool) {
	s := &solver{plan: p, trigger: c.trigger}
	s.collect(c)
	tried := 0
	found := assignment{}
	var try func(i int) bool
	try = func(i int) bool {
		if i == len(s.variables) {
			tried++
			return c.first(found) == taken
		}
		for _, value := range s.candidates[i] {
			found[s.variables[i]] = value
			if try(i+1) || tried > most {
				break
			}
		}
		return tried <= most && c.first(found) == taken
	}
	return found, try(0)
}

// first returns the first transition of the cell whose guard holds, nil if none does.
func (c *reaction) first(a assignment) *transition {
	for _, way := range c.transitions {
		if way.Guard == nil || a.holds(way.Guard.Expr) {
			return way
		}
	}
	return nil
}

// collect finds the variables of the guards of a cell, and for each of them the values that may make a difference.
func (s *solver) collect(c *reaction) {
	var literals []any
	for _, a := range c.transitions {
		if a.Guard == nil {
			continue
		}
		for e := range a.Guard.Expr.All() {
			if v, ok := variableOf(e); ok && !slices.Contains(s.variables, v) {
				s.variables = append(s.variables, v)
			}
			if e.Op == spec.OpLiteral {
				literals = append(literals, literalValue(e.Value))
			}
		}
	}
	for _, param := range s.plan.spec.Params {
		if slices.Contains(s.variables, variable{spec.OpParam, param.Name}) {
			for _, text := range []spec.Text{param.Default, param.Min, param.Max} {
				if text.Value != "" {
					literals = append(literals, typedValue(param.Type.Value, text.Value))
				}
			}
		}
	}
	for _, v := range s.variables {
		s.candidates = append(s.candidates, s.values(v, literals))
	}
}

// typedValue is a value of a declared type.
func typedValue(typ, text string) any {
	if typ == "string" {
		return text
	}
	return literalValue(text)
}

// values are what a variable may be, the plainest first.
func (s *solver) values(v variable, literals []any) []any {
	switch v.op {
	case spec.OpGuard:
		return []any{false, true}
	case spec.OpPayload:
		return around(fieldOf([]*trigger{s.trigger}, v.name).Type.Value, literals)
	case spec.OpData:
		i := slices.IndexFunc(s.plan.spec.Data, func(f *spec.Field) bool { return f.Name == v.name })
		return around(s.plan.spec.Data[i].Type.Value, literals)
	default:
		i := slices.IndexFunc(s.plan.spec.Params, func(k *spec.Param) bool { return k.Name == v.name })
		return allowed(s.plan.spec.Params[i], literals)
	}
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
		for _, l := range append([]any{0.0}, literals...) {
			if _, text := l.(string); !text {
				add(float(l))
				add(float(l) + 1)
				add(float(l) - 1)
			}
		}
	case isWhole(typ):
		unsigned := strings.HasPrefix(typ, "u") || typ == "byte"
		for _, n := range whole(typ, literals) {
			if n >= 0 || !unsigned {
				add(n)
			}
		}
	default:
		return []any{nil}
	}
	return values
}

// whole are whole numbers that may make a difference: zero, the literals and their neighbours.
func whole(typ string, literals []any) []int64 {
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
func allowed(k *spec.Param, literals []any) []any {
	var values []any
	if k.Default.Value != "" {
		values = append(values, typedValue(k.Type.Value, k.Default.Value))
	}
	for _, v := range around(k.Type.Value, literals) {
		low := k.Min.Value == "" || order(v, typedValue(k.Type.Value, k.Min.Value)) >= 0
		high := k.Max.Value == "" || order(v, typedValue(k.Type.Value, k.Max.Value)) <= 0
		if low && high && (k.Default.Value == "" || !isZero(v)) && !slices.Contains(values, v) {
			values = append(values, v)
		}
	}
	return values
}

func isZero(v any) bool {
	return v == nil || v == false || v == "" || v == int64(0) || v == 0.0
}

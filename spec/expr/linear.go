package expr

import (
	"maps"
	"math/big"
	"slices"

	"github.com/fsmgen/fsmgen/spec/internal/decl"
)

// sum is a sum of variables, each times a factor, and a constant.
type sum struct {
	factors  map[string]*big.Rat // by the text of the variable
	constant *big.Rat
	whole    bool // only whole numbers are in it
	bounds   system
}

var minusOne = big.NewRat(-1, 1)

func newSum() sum { return sum{factors: map[string]*big.Rat{}, constant: new(big.Rat), whole: true} }

// linear returns an expression as a sum; false if the expression is not linear, such as a product of two variables.
func linear(e *Expr) (sum, bool) {
	switch e.Op {
	case OpLiteral:
		return fixed(e.Value)
	case OpPayload, OpData, OpParam:
		return variable(e)
	case OpNegate:
		x, ok := linear(e.X)
		return x.times(minusOne), ok
	case OpAdd, OpSubtract, OpMultiply:
	default:
		return sum{}, false
	}
	x, okX := linear(e.X)
	y, okY := linear(e.Y)
	if !okX || !okY {
		return sum{}, false
	}
	switch {
	case e.Op == OpAdd:
		return x.plus(y), true
	case e.Op == OpSubtract:
		return x.plus(y.times(minusOne)), true
	case len(x.factors) == 0:
		return y.times(x.constant), true
	case len(y.factors) == 0:
		return x.times(y.constant), true
	default:
		return sum{}, false
	}
}

// fixed returns a number as a sum; false if the text is not a number.
func fixed(text string) (sum, bool) {
	s := newSum()
	v, whole, ok := number(text)
	if !ok {
		return s, false
	}
	s.whole = whole
	_, ok = s.constant.SetString(v.ExactString())
	return s, ok
}

// variable is a field or a param, with what its type and its bounds say about it.
func variable(e *Expr) (sum, bool) {
	s := newSum()
	name := e.String()
	s.factors[name] = big.NewRat(1, 1)
	switch e.Type {
	case "float64", "float32":
		s.whole = false
	case "uint", "uint8", "uint16", "uint32", "uint64":
		s.bounds = append(s.bounds, atLeast(name, new(big.Rat)))
	case "int", "int8", "int16", "int32", "int64", "duration":
	default:
		return s, false
	}
	if e.Param != nil {
		s.bound(name, e.Param)
	}
	return s, true
}

func (s *sum) bound(name string, p *decl.Param) {
	if min, ok := fixed(p.Min.Value); ok && p.Min.Value != "" {
		s.bounds = append(s.bounds, atLeast(name, min.constant))
	}
	if max, ok := fixed(p.Max.Value); ok && p.Max.Value != "" {
		s.bounds = append(s.bounds, inequality{factors: map[string]*big.Rat{name: big.NewRat(1, 1)}, constant: negated(max.constant)})
	}
}

func negated(r *big.Rat) *big.Rat { return new(big.Rat).Neg(r) }

func (s sum) times(factor *big.Rat) sum {
	out := sum{factors: map[string]*big.Rat{}, constant: new(big.Rat), whole: s.whole && factor.IsInt(), bounds: s.bounds}
	if s.constant == nil {
		return out
	}
	out.constant.Mul(s.constant, factor)
	for name, f := range s.factors {
		out.factors[name] = new(big.Rat).Mul(f, factor)
	}
	return out
}

func (s sum) plus(t sum) sum {
	out := sum{
		factors: maps.Clone(s.factors), constant: new(big.Rat).Add(s.constant, t.constant), whole: s.whole && t.whole,
		bounds: slices.Concat(s.bounds, t.bounds),
	}
	for name, f := range t.factors {
		if before, ok := out.factors[name]; ok {
			f = new(big.Rat).Add(before, f)
		}
		out.factors[name] = f
	}
	return out
}

// inequality says that a sum is at most zero; below zero if strict.
type inequality struct {
	factors  map[string]*big.Rat
	constant *big.Rat
	strict   bool
}

func atLeast(name string, min *big.Rat) inequality {
	return inequality{factors: map[string]*big.Rat{name: big.NewRat(-1, 1)}, constant: min}
}

// atMostZero returns the inequality s <= 0, or s < 0 if strict. A sum of whole numbers below zero is at most -1.
func atMostZero(s sum, strict bool) inequality {
	i := inequality{factors: s.factors, constant: s.constant, strict: strict}
	if strict && s.whole {
		i.constant, i.strict = new(big.Rat).Add(s.constant, big.NewRat(1, 1)), false
	}
	return i
}

// system is inequalities that are to be true together.
type system []inequality

// maxInequalities is how many inequalities a system may have. One that grows larger counts as possible.
const maxInequalities = 200

// possible reports whether some numbers satisfy all inequalities, by the elimination of Fourier and Motzkin. It ignores that some
// variables are whole numbers, so it may report true where only fractions satisfy them, and never reports false wrongly.
func (s system) possible() bool {
	for {
		name, ok := s.variable()
		if !ok || len(s) > maxInequalities {
			break
		}
		s = s.without(name)
	}
	for _, i := range s {
		sign := i.constant.Sign()
		if len(i.factors) == 0 && (sign > 0 || sign == 0 && i.strict) {
			return false
		}
	}
	return true
}

// variable returns a variable of the system, and drops those with the factor zero.
func (s system) variable() (string, bool) {
	var names []string
	for _, i := range s {
		maps.DeleteFunc(i.factors, func(_ string, f *big.Rat) bool { return f.Sign() == 0 })
		names = slices.AppendSeq(names, maps.Keys(i.factors))
	}
	if len(names) == 0 {
		return "", false
	}
	return slices.Min(names), true
}

// without eliminates a variable: every lower bound is at most every upper bound.
func (s system) without(name string) system {
	var rest, lower, upper system
	for _, i := range s {
		f, ok := i.factors[name]
		switch {
		case !ok:
			rest = append(rest, i)
		case f.Sign() > 0:
			upper = append(upper, i.scaled(name))
		default:
			lower = append(lower, i.scaled(name))
		}
	}
	for _, l := range lower {
		for _, u := range upper {
			rest = append(rest, l.plus(u))
		}
	}
	return rest
}

// scaled makes the factor of a variable 1 or -1.
func (i inequality) scaled(name string) inequality {
	by := new(big.Rat).Inv(new(big.Rat).Abs(i.factors[name]))
	out := inequality{factors: map[string]*big.Rat{}, constant: new(big.Rat).Mul(i.constant, by), strict: i.strict}
	for n, f := range i.factors {
		out.factors[n] = new(big.Rat).Mul(f, by)
	}
	return out
}

func (i inequality) plus(j inequality) inequality {
	out := inequality{factors: maps.Clone(i.factors), constant: new(big.Rat).Add(i.constant, j.constant), strict: i.strict || j.strict}
	for n, f := range j.factors {
		if before, ok := out.factors[n]; ok {
			f = new(big.Rat).Add(before, f)
		}
		out.factors[n] = f
	}
	maps.DeleteFunc(out.factors, func(_ string, f *big.Rat) bool { return f.Sign() == 0 })
	return out
}

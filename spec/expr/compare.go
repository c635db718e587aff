package expr

import (
	"maps"
	"slices"
	"strconv"
)

// kind says what a claim is about.
type kind uint8

const (
	unknown kind = iota // a claim of its own
	numeric
	textual
)

// sides are the two sides of a comparison.
type sides struct {
	op         Op  // as it is to be true
	difference sum // of numeric: the left side less the right one
	equality   equality
}

// opposite is the comparison that is true where another is not.
var opposite = map[Op]Op{
	OpEqual: OpNotEqual, OpNotEqual: OpEqual, OpLess: OpGreaterEqual,
	OpGreaterEqual: OpLess, OpGreater: OpLessEqual, OpLessEqual: OpGreater,
}

// comparison takes a claim apart.
func comparison(l literalClaim) (sides, kind) {
	op := l.part.Op
	if l.part.Type == "bool" && op.IsVariable() {
		return sides{equality: equality{a: l.part.String(), b: "true", same: l.holds}}, textual
	}
	if !op.IsComparison() {
		return sides{}, unknown
	}
	if !l.holds {
		op = opposite[op]
	}
	x, okX := linear(l.part.X)
	y, okY := linear(l.part.Y)
	if okX && okY {
		return sides{op: op, difference: x.plus(y.times(minusOne))}, numeric
	}
	if isWord(l.part.X) && isWord(l.part.Y) && (op == OpEqual || op == OpNotEqual) {
		same := op == OpEqual
		return sides{equality: equality{word(l.part.X), word(l.part.Y), same}}, textual
	}
	return sides{}, unknown
}

// isWord reports whether an operand is a name, a text or a bool.
func isWord(e *Expr) bool {
	return e.Op.IsVariable() || e.Op == OpLiteral
}

// word is an operand as text, the same for every way of writing it.
func word(e *Expr) string {
	if text, err := strconv.Unquote(e.Value); err == nil && e.Op == OpLiteral {
		return strconv.Quote(text)
	}
	return e.String()
}

// alternatives adds a comparison to each of the ways of making numbers fit.
func alternatives(ways []system, s sides) []system {
	d, back := s.difference, s.difference.times(minusOne)
	var choices [][]inequality
	switch s.op {
	case OpLess:
		choices = [][]inequality{{atMostZero(d, true)}}
	case OpLessEqual:
		choices = [][]inequality{{atMostZero(d, false)}}
	case OpGreater:
		choices = [][]inequality{{atMostZero(back, true)}}
	case OpGreaterEqual:
		choices = [][]inequality{{atMostZero(back, false)}}
	case OpEqual:
		choices = [][]inequality{{atMostZero(d, false), atMostZero(back, false)}}
	default:
		choices = [][]inequality{{atMostZero(d, true)}, {atMostZero(back, true)}}
	}
	var all []system
	for _, w := range ways {
		for _, c := range choices {
			all = append(all, slices.Concat(w, c, d.bounds))
		}
	}
	return all
}

func anyPossible(ways []system) bool {
	return slices.ContainsFunc(ways, func(s system) bool { return s.clone().possible() })
}

// clone keeps what elimination does to the factors from the other ways.
func (s system) clone() system {
	out := slices.Clone(s)
	for i := range out {
		out[i].factors = maps.Clone(out[i].factors)
	}
	return out
}

// equality says that two words are the same, or that they are not. A word is a field, a param, or a literal in double
// quotes.
type equality struct {
	a, b string
	same bool
}

// equalities are to be true together.
type equalities []equality

// possible reports whether no two different literals are the same, and nothing is the same as what it differs from.
func (es equalities) possible() bool {
	group := map[string]string{}
	find := func(word string) string {
		for group[word] != "" {
			word = group[word]
		}
		return word
	}
	for _, e := range es {
		if a, b := find(e.a), find(e.b); e.same && a != b {
			group[a] = b
		}
	}
	literals := map[string]string{}
	for _, e := range es {
		for _, word := range []string{e.a, e.b} {
			g := find(word)
			if other, ok := literals[g]; isLiteral(word) && ok && other != word {
				return false
			}
			if isLiteral(word) {
				literals[g] = word
			}
		}
		if !e.same && find(e.a) == find(e.b) {
			return false
		}
	}
	return es.boolsFit(find)
}

// boolsFit reports whether nothing differs from both true and false.
func (es equalities) boolsFit(find func(string) string) bool {
	differs := map[string]map[string]bool{}
	for _, e := range es {
		for _, pair := range [][2]string{{e.a, e.b}, {e.b, e.a}} {
			if e.same || pair[1] != "true" && pair[1] != "false" {
				continue
			}
			g := find(pair[0])
			if differs[g] == nil {
				differs[g] = map[string]bool{}
			}
			differs[g][pair[1]] = true
			if len(differs[g]) == 2 {
				return false
			}
		}
	}
	return true
}

func isLiteral(word string) bool {
	return word == "true" || word == "false" || word != "" && (word[0] == '"')
}

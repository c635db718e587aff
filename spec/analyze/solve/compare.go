package solve

import (
	"maps"
	"slices"
	"strconv"

	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/spec/interp"
)

// kind says what a literal is about.
type kind uint8

const (
	unknown kind = iota // a claim of its own
	numeric
	textual
)

// sides are the two sides of a comparison.
type sides struct {
	op         spec.Op // as it is to be true
	difference sum     // of numeric: the left side less the right one
	equality   equality
}

// opposite is the comparison that is true where another is not.
var opposite = map[spec.Op]spec.Op{
	spec.OpEqual: spec.OpNotEqual, spec.OpNotEqual: spec.OpEqual, spec.OpLess: spec.OpGreaterEqual,
	spec.OpGreaterEqual: spec.OpLess, spec.OpGreater: spec.OpLessEqual, spec.OpLessEqual: spec.OpGreater,
}

// comparison takes a literal apart.
func comparison(l literal) (sides, kind) {
	op := l.atom.Op
	if l.atom.Type == "bool" && op >= spec.OpPayload && op <= spec.OpParam {
		return sides{equality: equality{a: interp.Format(l.atom), b: "true", same: l.holds}}, textual
	}
	if op < spec.OpEqual || op > spec.OpGreaterEqual {
		return sides{}, unknown
	}
	if !l.holds {
		op = opposite[op]
	}
	x, okX := linear(l.atom.X)
	y, okY := linear(l.atom.Y)
	if okX && okY {
		return sides{op: op, difference: x.plus(y.times(minusOne))}, numeric
	}
	if isWord(l.atom.X) && isWord(l.atom.Y) && (op == spec.OpEqual || op == spec.OpNotEqual) {
		same := op == spec.OpEqual
		return sides{equality: equality{word(l.atom.X), word(l.atom.Y), same}}, textual
	}
	return sides{}, unknown
}

// isWord reports whether an operand is a name, a text or a bool.
func isWord(e *spec.Expr) bool {
	return e.Op >= spec.OpPayload && e.Op <= spec.OpParam || e.Op == spec.OpLiteral
}

// word is an operand as text, the same for every way of writing it.
func word(e *spec.Expr) string {
	if text, err := strconv.Unquote(e.Value); err == nil && e.Op == spec.OpLiteral {
		return strconv.Quote(text)
	}
	return interp.Format(e)
}

// alternatives adds a comparison to each of the ways of making numbers fit.
func alternatives(ways []system, s sides) []system {
	d, back := s.difference, s.difference.times(minusOne)
	var choices [][]inequality
	switch s.op {
	case spec.OpLess:
		choices = [][]inequality{{notAbove(d, true)}}
	case spec.OpLessEqual:
		choices = [][]inequality{{notAbove(d, false)}}
	case spec.OpGreater:
		choices = [][]inequality{{notAbove(back, true)}}
	case spec.OpGreaterEqual:
		choices = [][]inequality{{notAbove(back, false)}}
	case spec.OpEqual:
		choices = [][]inequality{{notAbove(d, false), notAbove(back, false)}}
	default:
		choices = [][]inequality{{notAbove(d, true)}, {notAbove(back, true)}}
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

// equality says that two words are the same, or that they are not. A word is a field, a param, or a literal in double quotes.
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

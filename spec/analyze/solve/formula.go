package solve

import (
	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/spec/interp"
)

// Claim says that a condition holds, or that it does not. A nil condition always holds.
type Claim struct {
	Expr  *spec.Expr
	Holds bool
}

// limit is how many ways of making claims true are looked at. Where there are more the answer is Perhaps.
const limit = 512

// Answer says whether claims can be true together.
type Answer uint8

// The answers.
const (
	No      Answer = iota + 1 // they contradict each other
	Yes                       // they do not, whatever the hooks say
	Perhaps                   // nothing known contradicts, but it depends on guards, or on what this package does not know
)

// Together reports whether claims can be true at one time.
func Together(claims ...Claim) Answer {
	ways := []way{{}}
	for _, c := range claims {
		if c.Expr == nil {
			if !c.Holds {
				return No
			}
			continue
		}
		ways = product(ways, expand(c.Expr, c.Holds))
		if len(ways) > limit {
			return Perhaps
		}
	}
	best := No
	for _, w := range ways {
		switch w.possible() {
		case Yes:
			return Yes
		case Perhaps:
			best = Perhaps
		}
	}
	return best
}

// Implies reports whether a condition cannot hold without another. A nil condition always holds.
func Implies(a, b *spec.Expr) bool {
	return Together(Claim{a, true}, Claim{b, false}) == No
}

// way is one way of making claims true: literals that are to be true together.
type way []literal

// literal is an atom of a condition, or its opposite.
type literal struct {
	atom  *spec.Expr
	holds bool
}

// expand returns the ways of making a condition true, or false.
func expand(e *spec.Expr, holds bool) []way {
	switch {
	case e.Op == spec.OpNot:
		return expand(e.X, !holds)
	case e.Op == spec.OpAnd && holds, e.Op == spec.OpOr && !holds:
		return product(expand(e.X, holds), expand(e.Y, holds))
	case e.Op == spec.OpAnd || e.Op == spec.OpOr:
		return append(expand(e.X, holds), expand(e.Y, holds)...)
	default:
		return []way{{literal{e, holds}}}
	}
}

// product returns every way of a with every way of b. It gives up, with more than limit of them, where there are too many.
func product(a, b []way) []way {
	var all []way
	for _, x := range a {
		for _, y := range b {
			all = append(all, append(append(way(nil), x...), y...))
			if len(all) > limit {
				return all
			}
		}
	}
	return all
}

// possible reports whether the literals can be true together.
func (w way) possible() Answer {
	answer := Yes
	claims := map[string]bool{} // by text: what is taken for a claim of its own
	var words equalities
	var numbers []system // ways of making the numbers fit: an inequality of two values is two of them
	numbers = []system{nil}
	for _, l := range w {
		switch sides, kind := comparison(l); kind {
		case numeric:
			if more := alternatives(numbers, sides); len(more) <= limit {
				numbers = more
			} else {
				answer = Perhaps
			}
		case textual:
			words = append(words, sides.equality)
		default:
			text := interp.Format(l.atom)
			if before, ok := claims[text]; ok && before != l.holds {
				return No
			}
			claims[text] = l.holds
			if constant, ok := truth(l.atom); !ok {
				answer = Perhaps
			} else if constant != l.holds {
				return No
			}
		}
	}
	if !words.possible() || !anyPossible(numbers) {
		return No
	}
	return answer
}

// truth returns the value of true and false.
func truth(e *spec.Expr) (value, ok bool) {
	return e.Value == "true", e.Op == spec.OpLiteral && (e.Value == "true" || e.Value == "false")
}

package expr

// Claim says that an expression holds, or that it does not. A nil expression always holds.
type Claim struct {
	Expr  *Expr
	Holds bool
}

// limit is the largest number of cases that a proof looks at. Where there are more the answer is [Undecided].
const limit = 512

// Possibility says whether claims can be true together.
type Possibility uint8

// The possibilities.
const (
	Impossible Possibility = iota + 1 // they contradict each other
	Possible                          // they do not, whatever the hooks say
	Undecided                         // nothing known contradicts, but it depends on guards, or on what [Together] does not know
)

// Together reports whether claims can be true at one time. [Impossible] is certain, and so is [Possible].
//
// It knows numbers and durations with + and -, and * by a literal, compared with each other; strings and bools compared
// for equality; params with their bounds; and guards, which may say anything but stay what they are. Everything else it
// takes for a claim of its own that may be true or not.
func Together(claims ...Claim) Possibility {
	ways := []conjunction{{}}
	for _, c := range claims {
		if c.Expr == nil {
			if !c.Holds {
				return Impossible
			}
			continue
		}
		ways = product(ways, expand(c.Expr, c.Holds))
		if len(ways) > limit {
			return Undecided
		}
	}
	best := Impossible
	for _, w := range ways {
		switch w.possible() {
		case Possible:
			return Possible
		case Undecided:
			best = Undecided
		}
	}
	return best
}

// Implies reports whether an expression cannot hold without another. A nil expression always holds.
func Implies(a, b *Expr) bool {
	return Together(Claim{a, true}, Claim{b, false}) == Impossible
}

// Hides reports whether a guard always holds where a later one of the same list does, so that the later one is never
// the first. It is certain for generated code, too: [Implies] computes with numbers of any size, so that guards with
// arithmetic, which may overflow in Go, or with floating-point numbers, which may be NaN, only hide those that read the
// same.
func Hides(earlier, later *Expr) bool {
	if earlier.String() == later.String() {
		return true
	}
	return isExact(earlier) && isExact(later) && Implies(later, earlier)
}

// isExact reports whether an expression means the same in Go as in the arithmetic of [Together].
func isExact(e *Expr) bool {
	for part := range e.All() {
		switch part.Op {
		case OpAdd, OpSubtract, OpMultiply, OpNegate:
			return false
		}
		if isFloat(part) {
			return false
		}
	}
	return true
}

// conjunction is one way of making claims true: comparisons, or their opposites, that are to be true together.
type conjunction []literalClaim

// literalClaim is a part of an expression that && and || join, or its opposite.
type literalClaim struct {
	part  *Expr
	holds bool
}

// expand returns the ways of making a condition true, or false.
func expand(e *Expr, holds bool) []conjunction {
	switch {
	case e.Op == OpNot:
		return expand(e.X, !holds)
	case e.Op == OpAnd && holds, e.Op == OpOr && !holds:
		return product(expand(e.X, holds), expand(e.Y, holds))
	case e.Op == OpAnd || e.Op == OpOr:
		return append(expand(e.X, holds), expand(e.Y, holds)...)
	default:
		return []conjunction{{literalClaim{e, holds}}}
	}
}

// product returns every way of a with every way of b. It gives up, with more than limit of them, where there are too
// many.
func product(a, b []conjunction) []conjunction {
	var all []conjunction
	for _, x := range a {
		for _, y := range b {
			all = append(all, append(append(conjunction(nil), x...), y...))
			if len(all) > limit {
				return all
			}
		}
	}
	return all
}

// possible reports whether the claims can be true together.
func (w conjunction) possible() Possibility {
	answer := Possible
	claims := map[string]bool{} // by text: what is taken for a claim of its own
	var words equalities
	numbers := []system{nil} // ways of making the numbers fit: two values that differ are two of them
	for _, l := range w {
		switch sides, kind := comparison(l); kind {
		case numeric:
			if more := alternatives(numbers, sides); len(more) <= limit {
				numbers = more
			} else {
				answer = Undecided
			}
		case textual:
			words = append(words, sides.equality)
		default:
			text := l.part.String()
			if before, ok := claims[text]; ok && before != l.holds {
				return Impossible
			}
			claims[text] = l.holds
			if value, ok := boolLiteral(l.part); !ok {
				answer = Undecided
			} else if value != l.holds {
				return Impossible
			}
		}
	}
	if !words.possible() || !anyPossible(numbers) {
		return Impossible
	}
	return answer
}

// boolLiteral returns the value of true and false.
func boolLiteral(e *Expr) (value, ok bool) {
	return e.Value == "true", e.Op == OpLiteral && (e.Value == "true" || e.Value == "false")
}

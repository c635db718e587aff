package golang

import (
	"slices"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/fsmgen/fsmgen/spec"
)

// branch is a case of a switch over the states, for the leaves that ask one cell first.
type branch struct {
	key   string // two branches with one key do the same
	cell  *cell
	lines []int      // of the spec; none if the switch does not say
	body  []jen.Code // that returns
	plain bool       // it does what the switch does otherwise
	truth bool       // it returns true, and the switch otherwise false
}

// manyLeaves is the largest number of leaves that a case names. The leaves of a branch with more are named by the state that they
// are in, so that the code grows with the states and not with the states times the events.
const manyLeaves = 8

// over is a switch over the states. Subject is the current state.
func (p *plan) over(subject string, branches []branch, otherwise ...jen.Code) jen.Code {
	var large []branch
	for _, b := range branches {
		if b.isLarge() {
			large = append(large, b)
		}
	}
	var order []string
	same := map[string][]branch{}
	for _, b := range branches {
		if b.isLarge() || b.plain && !slices.ContainsFunc(large, b.isInside) || len(b.cell.leaves()) == 0 {
			continue
		}
		if same[b.key] == nil {
			order = append(order, b.key)
		}
		same[b.key] = append(same[b.key], b)
	}
	var cases []jen.Code
	for _, key := range order {
		cases = append(cases, p.branchCase(same[key]))
	}
	slices.SortStableFunc(large, func(a, b branch) int { return depth(b.cell.state.State) - depth(a.cell.state.State) })
	var last []jen.Code
	if len(large) > 0 && !slices.ContainsFunc(large, func(b branch) bool { return !b.truth }) {
		var within []jen.Code
		for _, b := range large {
			within = append(within, id(subject+".In").Call(id(b.cell.state.id)))
		}
		large, otherwise = nil, []jen.Code{jen.Return(jen.Custom(jen.Options{Separator: " || "}, within...))}
	}
	for _, b := range large {
		inside := id(subject + ".In").Call(id(b.cell.state.id))
		if len(b.lines) > 0 {
			last = append(last, ifAt(inside, p.pos(b.lines...), b.body...))
		} else {
			last = append(last, jen.If(inside).Block(b.body...))
		}
	}
	if len(cases) == 0 {
		return jen.Add(lines(append(last, otherwise...)...))
	}
	return switchOn(id(subject), cases, append(last, otherwise...)...)
}

// branchCase is the case of branches that do the same.
func (p *plan) branchCase(same []branch) jen.Code {
	var names []string
	var at []int
	for _, b := range same {
		for _, l := range b.cell.leaves() {
			names = append(names, l.id)
		}
		for _, line := range b.lines {
			if !slices.Contains(at, line) {
				at = append(at, line)
			}
		}
	}
	if len(at) == 0 {
		return jen.Case(listedNames(names)).Block(same[0].body...)
	}
	return caseAt([]jen.Code{listedNames(names)}, p.pos(at...), same[0].body...)
}

// listedNames are names with commas between, on as many lines as they need.
func listedNames(names []string) jen.Code {
	text := strings.Join(names, ", ")
	if len(text) < indentWidth {
		return id(text)
	}
	return id(strings.Join(fill(text, indentWidth), "\n"))
}

// isLarge reports whether the leaves of a branch are too many to name.
func (b branch) isLarge() bool {
	return len(b.cell.state.States) > 0 && len(b.cell.leaves()) > manyLeaves
}

// isInside reports whether another branch is about a state around that of b.
func (b branch) isInside(of branch) bool {
	return of.cell != b.cell && of.cell.state.Contains(b.cell.state.State)
}

func depth(s *spec.State) int {
	n := 0
	for range s.Ancestors() {
		n++
	}
	return n
}

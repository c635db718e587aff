package verify

import (
	"fmt"

	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/spec/simulate"
)

// Result says whether a property holds.
type Result struct {
	Property *spec.Property
	Verdict  Verdict
	Over     int // how many configurations were looked at
	// Witness shows a property that is Violated, and a Reachable one that is Proven.
	Witness []simulate.Stimulus
}

// Verdict is the result of checking a property.
type Verdict uint8

// The verdicts.
const (
	Proven   Verdict = iota + 1 // it holds, whatever guards and surroundings do
	Violated                    // it does not
	Open                        // the exploration was cut off before that was known
)

// String says it in words.
func (r Result) String() string {
	switch r.Verdict {
	case Proven:
		return fmt.Sprintf("%s: proven over %d configurations", r.Property.Name.Value, r.Over)
	case Violated:
		return r.Property.Name.Value + ": does not hold"
	default:
		return fmt.Sprintf("%s: not decided within %d configurations", r.Property.Name.Value, r.Over)
	}
}

// claim is the verdict about one property, with its witness.
type claim struct {
	holds   bool
	final   bool // it stays so, however much more is explored
	witness []simulate.Stimulus
	why     string // it does not hold
}

// properties checks every property of the spec.
func properties(a *analysis) {
	for _, p := range a.m.Properties {
		if p.State == nil || p.State.State == nil {
			continue
		}
		c := a.check(p)
		r := Result{Property: p, Verdict: Violated, Over: len(a.space.nodes), Witness: c.witness}
		switch {
		case !a.space.complete && !c.final:
			r.Verdict = Open
		case c.holds:
			r.Verdict = Proven
		}
		a.report.Results = append(a.report.Results, r)
		a.judge(r, c.why)
	}
}

// judge makes a finding of a property that does not hold, or may not.
func (a *analysis) judge(r Result, why string) {
	p := r.Property
	f := spec.Finding{Pos: p.Name.Pos, End: ends(p.Name.Pos, p.Name.Value)}
	if p.Name.Value == "" {
		f.Pos, f.End = p.Pos, spec.Pos{}
	}
	switch r.Verdict {
	case Violated:
		f.Code, f.Message = codeProperty, fmt.Sprintf("property %q does not hold: %s", p.Name.Value, why)
		if r.Witness != nil {
			f.Help = "it gets there by: " + inWords(r.Witness)
		}
	case Open:
		f.Code = codeUndecided
		f.Message = fmt.Sprintf("property %q is not decided: the machine has more than %d configurations", p.Name.Value, r.Over)
	default:
		return
	}
	a.add(f, r.Witness)
}

func (a *analysis) check(p *spec.Property) claim {
	switch {
	case p.Kind == spec.Reachable:
		return a.reachable(p.State.State)
	case p.Kind == spec.Never && p.Accepts == nil:
		return a.neverEntered(p.State.State)
	case p.Kind == spec.Never:
		return a.neverAccepts(p.State.State, p.Accepts.Event)
	case p.Kind == spec.EventuallyPossible:
		return a.eventuallyPossible(from(p), p.State.State)
	default:
		return a.leadsTo(from(p), p.State.State, p.Fair)
	}
}

// from is where a property begins to claim; nil is any state.
func from(p *spec.Property) *spec.State {
	if p.From == nil {
		return nil
	}
	return p.From.State
}

func (a *analysis) reachable(s *spec.State) claim {
	if e := a.space.entered[s.Name]; e != nil {
		return claim{holds: true, final: true, witness: e.path()}
	}
	return claim{why: fmt.Sprintf("state %s is never entered", s.Name)}
}

func (a *analysis) neverEntered(s *spec.State) claim {
	if e := a.space.entered[s.Name]; e != nil {
		return claim{final: true, witness: e.path(), why: fmt.Sprintf("state %s is entered", s.Name)}
	}
	return claim{holds: true}
}

func (a *analysis) neverAccepts(s *spec.State, ev *spec.Event) claim {
	for _, leaf := range a.m.Leaves() {
		e := a.space.accepts[acceptance{leaf.Name, ev.Name}]
		if e != nil && s.Contains(leaf) {
			return claim{final: true, witness: e.path(), why: fmt.Sprintf("state %s takes %s", leaf.Name, ev.Name)}
		}
	}
	return claim{holds: true}
}

// within reports whether a living machine in this configuration is in the state; nil is any.
func (n *node) within(s *spec.State) bool { return !n.ended && (s == nil || s.Contains(n.at.Leaf)) }

// reached reports whether the configuration is in the state, also one that the machine has ended in.
func (n *node) reached(s *spec.State) bool { return s.Contains(n.at.Leaf) && n.failed == nil }

func (a *analysis) eventuallyPossible(from, to *spec.State) claim {
	able := a.space.backwards(func(n *node) bool { return n.reached(to) })
	for _, n := range a.space.nodes {
		if n.within(from) && !able[n] {
			why := fmt.Sprintf("in state %s there is no way to %s any more", n.at.Leaf.Name, to.Name)
			return claim{witness: n.path(), why: why}
		}
	}
	return claim{holds: true}
}

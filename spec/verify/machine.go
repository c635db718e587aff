// Package verify answers questions about a machine that its spec alone does not: what it can come to, whatever its
// guards and its surroundings do.
//
// [Machine] explores the machine through the interpreter, and so through the engine that runs in production: from each
// configuration it has found it lets everything happen that can, with every answer that guards can give. What it claims
// to be impossible is impossible. What it claims to be possible comes with a witness, a script that `fsmgen simulate`
// replays.
//
// [Diff] compares two versions of a machine.
package verify

import (
	"cmp"
	"embed"

	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/spec/internal/finding"
	"github.com/fsmgen/fsmgen/spec/simulate"
)

// Limits bound an exploration. What lies beyond them is not looked at, and the report says so. The zero value of a
// field is its default.
type Limits struct {
	Configurations int // 20,000
	Steps          int // that are tried, 30,000: a few seconds at most
	// Waiting is the largest number of postponed events at a time; 3 if it is zero. Each event is postponed once at most.
	Waiting int
	// Answers is the largest number of combinations of answers that are tried for one event; 64 if it is zero.
	Answers int
}

func (l Limits) withDefaults() Limits {
	l.Configurations = cmp.Or(l.Configurations, 20_000)
	l.Steps = cmp.Or(l.Steps, 30_000)
	l.Waiting = cmp.Or(l.Waiting, 3)
	l.Answers = cmp.Or(l.Answers, 64)
	return l
}

// Report is the result of an exploration.
type Report struct {
	Configurations int  // that the machine can be in: leaf, memories, timers, what waits and what is on
	Steps          int  // that were tried, from one to another
	Complete       bool // nothing that can happen was left out, but for more than one waiting event of a kind
	Results        []Result
	Undecided      []Cell    // that the machine can get to, in the order of the spec
	Answers        []Witness // those of the findings that have one
}

// Cell is an event in a leaf of which the spec says nothing.
type Cell struct {
	Leaf  *spec.State
	Event *spec.Event
}

// Witness is a script that leads to the situation of a finding.
type Witness struct {
	Finding spec.Finding
	Script  []simulate.Stimulus
}

// Machine answers every question about a machine of a spec without errors. The findings are sorted by position.
func Machine(m *spec.Machine) (spec.Findings, Report) { return Within(m, Limits{}) }

// Within is [Machine] with limits of one's own.
func Within(m *spec.Machine, l Limits) (spec.Findings, Report) {
	a := &analysis{m: m, space: explore(m, l.withDefaults())}
	a.report.Configurations, a.report.Steps = len(a.space.nodes), a.space.steps
	a.report.Complete = a.space.complete
	for _, question := range []func(*analysis){
		unreachable, deadTransitions, hiddenTransitions, deadEnds, overlaps, cycles, unanswered, unhandled, undecided, properties,
	} {
		question(a)
	}
	a.found.Sort()
	return a.found, a.report
}

// analysis is one machine and what is known of it so far.
type analysis struct {
	m      *spec.Machine
	space  *space
	found  spec.Findings
	report Report
}

// add adds a finding, with its witness if there is one.
func (a *analysis) add(f spec.Finding, witness []simulate.Stimulus) {
	f.Path, f.Severity = a.m.Path, finding.SeverityOf(Rules(), f.Code)
	a.found = append(a.found, f)
	if witness != nil {
		a.report.Answers = append(a.report.Answers, Witness{f, witness})
	}
}

// ends returns where a name ends that begins at a place.
func ends(at spec.Pos, name string) spec.Pos {
	return spec.Pos{Line: at.Line, Column: at.Column + len([]rune(name))}
}

// Route returns a shortest way into a state of a spec without errors: it is the witness of the result, if that is
// Proven.
func Route(m *spec.Machine, to *spec.State) Result {
	asked := *m
	asked.Properties = []*spec.Property{{
		Kind:  spec.Reachable,
		State: &spec.StateRef{Text: spec.Text{Value: to.Name}, State: to},
	}}
	a := &analysis{m: &asked, space: explore(m, Limits{}.withDefaults())}
	properties(a)
	return a.report.Results[0]
}

// The codes of the findings. A code never changes its meaning. Those below FSM070 are those of package spec.
const (
	codeUnreachable    = "FSM070"
	codeDeadTransition = "FSM071"
	codeDeadEnd        = "FSM072"
	codeOverlap        = "FSM073"
	codeMayOverlap     = "FSM074"
	codeCycle          = "FSM075"
	codeUnanswered     = "FSM076"
	codeUnhandled      = "FSM077"
	codeProperty       = "FSM078"
	codeUndecided      = "FSM079"
	codeHidden         = "FSM080"
)

// Rules lists every rule of the package in the order of the codes.
func Rules() []spec.Rule {
	return []spec.Rule{
		{Code: codeUnreachable, Severity: spec.Warning, Summary: "a state that transitions lead to and no machine gets to"},
		{Code: codeDeadTransition, Severity: spec.Warning, Summary: "a transition that is never taken"},
		{Code: codeDeadEnd, Severity: spec.Warning, Summary: "a state that is not final and is never left"},
		{Code: codeOverlap, Severity: spec.Warning, Summary: "two guards that can hold together, so that only their order decides"},
		{Code: codeMayOverlap, Severity: spec.Info, Summary: "two guards that may hold together, as far as the spec says"},
		{Code: codeCycle, Severity: spec.Error, Summary: "eventless transitions that find no end"},
		{Code: codeUnanswered, Severity: spec.Warning, Summary: "a call that can wait for ever"},
		{Code: codeUnhandled, Severity: spec.Warning, Summary: "a timer that can expire where it is not handled"},
		{Code: codeProperty, Severity: spec.Error, Summary: "a property that does not hold"},
		{Code: codeUndecided, Severity: spec.Warning, Summary: "a property that was not decided within the limits"},
		{Code: codeHidden, Severity: spec.Warning, Summary: "a transition that an earlier transition of a state inside hides"},
	}
}

//go:embed explain/*.md
var pages embed.FS

// Explain returns the page about a code in Markdown: the rule, a spec that breaks it, and one that does not. It is
// empty for a code that [Rules] does not have.
func Explain(code string) string { return finding.Page(pages, code) }

package analyze

import (
	"cmp"

	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/spec/interp"
)

// Limits bound an exploration. What lies beyond them is not looked at, and the report says so. The zero value of a field is
// its default.
type Limits struct {
	Configurations int // 20,000
	Steps          int // that are tried, 30,000: a few seconds at most
	// Waiting is how many postponed events wait at a time, 3. Of one event at most one does.
	Waiting int
	// Answers is how many ways of answering guards and choices are tried for one event, 64.
	Answers int
}

func (l Limits) withDefaults() Limits {
	l.Configurations = cmp.Or(l.Configurations, 20_000)
	l.Steps = cmp.Or(l.Steps, 30_000)
	l.Waiting = cmp.Or(l.Waiting, 3)
	l.Answers = cmp.Or(l.Answers, 64)
	return l
}

// Report is what an exploration has found.
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

// Witness is what leads to what a finding says.
type Witness struct {
	Finding spec.Finding
	Script  []interp.Stimulus
}

// Machine answers every question about a machine of a spec without errors. The findings are sorted by position.
func Machine(m *spec.Machine) (spec.Findings, Report) { return Within(m, Limits{}) }

// Within is [Machine] with limits of one's own.
func Within(m *spec.Machine, l Limits) (spec.Findings, Report) {
	a := &analysis{m: m, space: explore(m, l.withDefaults())}
	a.report.Configurations, a.report.Steps = len(a.space.nodes), a.space.steps
	a.report.Complete = a.space.complete
	for _, question := range []func(*analysis){
		unreachable, deadArms, hiddenArms, deadEnds, overlaps, cycles, unanswered, unhandled, undecided, properties,
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
func (a *analysis) add(f spec.Finding, witness []interp.Stimulus) {
	f.Path, f.Severity = a.m.Path, severityOf(f.Code)
	a.found = append(a.found, f)
	if witness != nil {
		a.report.Answers = append(a.report.Answers, Witness{f, witness})
	}
}

// ends returns where a name ends that begins at a place.
func ends(at spec.Pos, name string) spec.Pos {
	return spec.Pos{Line: at.Line, Column: at.Column + len([]rune(name))}
}

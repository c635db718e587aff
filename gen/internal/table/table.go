// Package table shows what a machine does with each event in each state: a matrix of leaf states and everything that
// the machine can react to.
//
// A cell has a line for each transition, in the order in which they are tried: its guard in brackets, then where it leads.
// `stay` is a transition without a target, `postpone` and `ignore` are decisions, and an empty cell is one that the
// spec does not decide.
package table

import (
	"strings"
	"unicode/utf8"

	"github.com/fsmgen/fsmgen/gen/internal/chart"
	"github.com/fsmgen/fsmgen/spec"
)

// Text is the matrix of m for a terminal, a column for each state, ending in a newline. The machine must be without
// errors, as [spec.Load] finds them. The same machine gives the same bytes.
func Text(m *spec.Machine) string {
	x := New(m)
	head := Row{Trigger: "event"}
	for _, s := range x.States {
		head.Cells = append(head.Cells, []string{s.Path()})
	}
	widths := widths(append([]Row{head}, x.Rows...))
	rule := Row{Trigger: strings.Repeat("-", widths[0])}
	for _, w := range widths[1:] {
		rule.Cells = append(rule.Cells, []string{strings.Repeat("-", w)})
	}
	var b strings.Builder
	for _, row := range append([]Row{head, rule}, x.Rows...) {
		row.write(&b, widths)
	}
	return b.String()
}

// widths are those of the columns, the triggers first.
func widths(rows []Row) []int {
	all := make([]int, 1+len(rows[0].Cells))
	for _, row := range rows {
		all[0] = max(all[0], utf8.RuneCountInString(row.Trigger))
		for i, lines := range row.Cells {
			for _, line := range lines {
				all[i+1] = max(all[i+1], utf8.RuneCountInString(line))
			}
		}
	}
	return all
}

// write writes a row on as many lines as its highest cell has.
func (r Row) write(b *strings.Builder, widths []int) {
	height := 1
	for _, lines := range r.Cells {
		height = max(height, len(lines))
	}
	columns := append([][]string{{r.Trigger}}, r.Cells...)
	for i := range height {
		texts := make([]string, len(columns))
		for j, lines := range columns {
			if i < len(lines) {
				texts[j] = lines[i]
			}
		}
		b.WriteString(aligned(texts, widths) + "\n")
	}
}

func aligned(texts []string, widths []int) string {
	var b strings.Builder
	for i, text := range texts {
		b.WriteString(text + strings.Repeat(" ", widths[i]-utf8.RuneCountInString(text)+2))
	}
	return strings.TrimRight(b.String(), " ")
}

// Matrix is a machine as a table of states and events.
type Matrix struct {
	States []*spec.State // the leaves that do not end the machine, in the order of the spec
	Rows   []Row         // those that say something in some state
}

// Row is one thing that the machine can react to.
type Row struct {
	Trigger string
	Cells   [][]string // the lines of each state
}

// New returns the matrix of m. The machine must be without errors, as [spec.Load] finds them.
func New(m *spec.Machine) Matrix {
	var x Matrix
	for _, s := range m.Leaves() {
		if s.Kind != spec.Final || s.Parent != nil {
			x.States = append(x.States, s)
		}
	}
	for t := range m.Triggers() {
		if row := x.row(m, t); row.says() || t.Kind == spec.OnEvent {
			x.Rows = append(x.Rows, row)
		}
	}
	return x
}

func (x Matrix) row(m *spec.Machine, t spec.Trigger) Row {
	row := Row{Trigger: trigger(t)}
	for _, leaf := range x.States {
		var lines []string
		if waits(leaf, t) {
			lines = cell(m.Decide(leaf, t), t)
		}
		row.Cells = append(row.Cells, lines)
	}
	return row
}

func (r Row) says() bool {
	for _, c := range r.Cells {
		if len(c) > 0 {
			return true
		}
	}
	return false
}

// waits reports whether the machine can react to a trigger in a leaf at all.
func waits(leaf *spec.State, t spec.Trigger) bool {
	if t.Kind == spec.OnDone {
		return leaf.Kind == spec.Final && leaf.Parent == t.State
	}
	return t.State == nil || t.State.Contains(leaf)
}

// trigger is the head of a row. What only one state waits for is named with the state, unless it has a name.
func trigger(t spec.Trigger) string {
	of := chart.Transition{Kind: t.Kind}
	switch t.Kind {
	case spec.OnEvent:
		of.Name = t.Event.Name
	case spec.OnAfter, spec.OnEvery, spec.OnEventTimeout:
		of.Name = t.Timer.Value
	case spec.OnInvokeDone, spec.OnInvokeError:
		of.Name = t.Invoke.Src.Value
	case spec.OnAlways:
		return "always in " + t.State.Name
	case spec.OnDone:
		return t.State.Name + " done"
	}
	return of.Trigger()
}

// cell are the lines of one cell. Time-outs, results and `always` need no decision.
func cell(c spec.Cell, t spec.Trigger) []string {
	var lines []string
	for _, a := range c.Transitions {
		lines = append(lines, transitionLines(a)...)
	}
	switch {
	case c.End == spec.Postponed:
		lines = append(lines, "postpone")
	case c.End == spec.Ignored && t.Kind == spec.OnEvent:
		lines = append(lines, "ignore")
	}
	return lines
}

func transitionLines(a *spec.Transition) []string {
	guard := ""
	if a.Guard != nil {
		guard = "[" + a.Guard.Value + "] "
	}
	if a.Choose == nil {
		return []string{guard + target(a)}
	}
	var lines []string
	for _, o := range a.Choose.Outcomes {
		lines = append(lines, guard+o.Value+": "+target(o.Transition))
	}
	return lines
}

func target(a *spec.Transition) string {
	switch {
	case a.To == nil:
		return "stay"
	case a.Postpone:
		return a.To.Name + " (postpone)"
	case a.Reenter:
		return a.To.Name + " (reenter)"
	default:
		return a.To.Name
	}
}

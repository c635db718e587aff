package golang

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/spec/expr"
)

// Tests returns a test file of a machine whose spec has no errors, and the name that it is to have beside the files
// of [Files]. It takes every transition and gives every guard both its answers, with hooks of its own, and compiles and passes
// without changes. It touches no disk, and gives the same bytes for the same spec.
func Tests(m *spec.Machine) (name string, content []byte, err error) {
	p, err := newPlan(m)
	if err != nil {
		return "", nil, err
	}
	content, err = render(p.emitTests(), p.pkg)
	base := strings.TrimSuffix(p.file, filepath.Ext(p.file)) // worker.fsm
	return strings.ReplaceAll(base, ".", "_") + "_test.go", content, err
}

// emitTests calls the emitters of the test file in reading order.
func (p *plan) emitTests() *jen.File {
	f := newFile(p)
	t := &testFile{plan: p, prefix: spec.GoLocal(p.spec.Name.Value), testRows: p.testRows()}
	add(f, t.emit())
	return f
}

// testFile is the plan of a machine with the rows of its test.
type testFile struct {
	*plan
	prefix   string // of the names in the file, which others in the package must not have
	testRows []*testRow
}

// name makes a name of the test file: doorScript.
func (t *testFile) name(name string) string { return t.prefix + name }

// possible are the rows for which values were found: those with a transition, or those without.
func (t *testFile) possible(transitions bool) []*testRow {
	var testRows []*testRow
	for _, d := range t.testRows {
		if d.possible && (d.alt != nil) == transitions {
			testRows = append(testRows, d)
		}
	}
	return testRows
}

// testRow is one row of the generated test: what a leaf does on a trigger, what its guards are to answer, and what is to come of
// it.
type testRow struct {
	cell     *reaction
	alt      *transition // nil: no guard holds
	chooser  *transition // the transition that chooses alt; nil if none does
	values   expr.Values
	memory   *spec.State // the leaf that the history was left in; nil: never
	to       *spec.State
	name     string
	possible bool // values were found
}

// testRows are a row for every transition, and one for every cell whose guards may all fail.
func (p *plan) testRows() []*testRow {
	var testRows []*testRow
	for _, l := range p.leaves {
		for _, c := range l.reactions {
			for _, a := range c.transitions {
				testRows = append(testRows, p.testRowsOf(c, a)...)
			}
			if len(c.transitions) > 0 && c.end != spec.Handled {
				testRows = append(testRows, p.newTestRow(c, nil, nil))
			}
		}
	}
	return testRows
}

// testRowsOf are the rows of one transition: one for each outcome of its choice, and one more where a history can remember
// something.
func (p *plan) testRowsOf(c *reaction, a *transition) []*testRow {
	var testRows []*testRow
	for _, alt := range a.alternatives() {
		d := p.newTestRow(c, a, alt)
		testRows = append(testRows, d)
		h := alt.step.History
		if h == nil || slices.Contains(d.step().Exits, h.Parent) {
			continue
		}
		if last := slices.IndexFunc(leavesBelow(h), func(l *spec.State) bool { return l != d.to }); last >= 0 {
			remembers := *d
			remembers.memory = leavesBelow(h)[last]
			remembers.to = spec.Resume(h, remembers.memory).Leaf
			remembers.name += fmt.Sprintf(", which was left in %s", remembers.memory.Name)
			testRows = append(testRows, &remembers)
		}
	}
	return testRows
}

func (p *plan) newTestRow(c *reaction, a, alt *transition) *testRow {
	d := &testRow{cell: c, alt: alt, to: c.leaf.State, name: fmt.Sprintf("%s --%s", c.leaf.Name, c.trigger.label)}
	d.values, d.possible = c.valuesFor(a)
	if alt == nil {
		return d
	}
	if condition := a.condition(alt); condition != "" {
		d.name += fmt.Sprintf(" [%s]", condition)
	}
	if target := alt.target(); target != "" {
		d.name += "--> " + target
	}
	if a.Choose != nil {
		d.chooser = a
	}
	switch h := alt.step.History; {
	case h == nil:
		d.to = d.step().Leaf
	case slices.Contains(d.step().Exits, h.Parent):
		d.to = spec.Resume(h, c.leaf.State).Leaf
	default:
		d.to = spec.Resume(h, nil).Leaf
	}
	return d
}

// valuesFor returns values with which a transition is the first of the reaction whose guard holds; nil stands for none of them. It
// reports false if it finds none.
func (c *reaction) valuesFor(taken *transition) (expr.Values, bool) {
	var guards []*expr.Expr
	want := len(c.transitions)
	for i, t := range c.transitions {
		if t == taken {
			want = i
		}
		var guard *expr.Expr
		if t.Guard != nil {
			guard = t.Guard.Expr
		}
		guards = append(guards, guard)
	}
	return expr.Solve(guards, want)
}

// step is what the transition does from the leaf.
func (d *testRow) step() spec.Step { return spec.Plan(d.cell.leaf.State, d.alt.Transition) }

// ran are the actions and replies that run, up to the last entry of the state that the transition leads to.
func (d *testRow) ran() []*spec.HookRef {
	var hooks []*spec.HookRef
	for _, s := range d.step().Exits {
		hooks = append(hooks, s.Exit...)
	}
	hooks = append(hooks, d.alt.Actions...)
	if d.alt.Reply != nil {
		hooks = append(hooks, d.alt.Reply)
	}
	entries := d.alt.step.Entries
	if h := d.alt.step.History; h != nil {
		entries = append(slices.Clone(entries), spec.Resume(h, d.to).Entries...)
	}
	for _, s := range entries {
		hooks = append(hooks, s.Entry...)
	}
	return hooks
}

// answers returns the names of the guards that are to hold, in the order of the spec.
func (d *testRow) answers(p *plan) []string {
	var names []string
	for _, h := range p.spec.Guards {
		if d.values[expr.Var{Op: expr.OpGuard, Name: h.Name}] == true {
			names = append(names, p.hook(h).path)
		}
	}
	return names
}

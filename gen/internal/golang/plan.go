package golang

import (
	"iter"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fsmgen/fsmgen/spec"
)

// plan is a machine with all decisions about its code, in the order in which the emitters write it.
type plan struct {
	spec      *spec.Machine
	file      string // the base name of the spec, for positions
	pkg       string // the name of the package
	noun      string // what one machine is called in comments
	states    []*state
	leaves    []*leaf
	histories []*history
	triggers  []*trigger // the events, the named timers, then state by state what it waits for
	invokes   []*invoke
	choices   []*choice
	groups    []*group
	imports   map[string]string // import paths by package name

	cells     map[cellKey]*cell
	hidden    map[[2]*spec.Transition]bool // whether the first of two transitions hides the second
	byState   map[*spec.State]*state
	byTrigger map[spec.Trigger]*trigger
	byHook    map[*spec.Hook]*hook
}

// newPlan makes every decision about the code of m. The error joins a [ClashError] for every clash.
func newPlan(m *spec.Machine) (*plan, error) {
	p := &plan{
		spec: m, file: inert(filepath.Base(m.Path)), pkg: Package(m), noun: words(m.Name.Value), imports: map[string]string{},
		byState: map[*spec.State]*state{}, byTrigger: map[spec.Trigger]*trigger{}, byHook: map[*spec.Hook]*hook{},
	}
	for _, path := range m.Go.Imports {
		p.imports[packageName(path.Value)] = path.Value
	}
	taken := newClaims(m)
	p.planStates(taken)
	p.planTriggers(taken)
	p.planInvokes(taken)
	p.planChoices(taken)
	p.planCells(taken)
	p.planHistories(taken)
	p.dropUncalledEntries()
	p.planGroups(taken)
	for _, t := range m.Types {
		taken.claim("", t.Name, "type "+t.Name, t.Pos)
	}
	return p, taken.err()
}

// a is one machine in prose, "a door".
func (p *plan) a() string { return withArticle(p.noun) }

// hasReaders reports whether some hook only reads the machine.
func (p *plan) hasReaders() bool {
	return len(p.spec.Guards)+len(p.spec.Replies)+len(p.spec.Choices) > 0
}

// packageOf returns the name of the package that a machine becomes: what its spec says, or else doorfsm for a door.
// Package returns the name of the Go package that m becomes.
func Package(m *spec.Machine) string {
	if name := m.Go.Package.Value; name != "" {
		return name
	}
	return strings.ReplaceAll(m.Name.Value, "_", "") + "fsm"
}

// packageName returns the name of a standard-library package.
func packageName(path string) string {
	parts := strings.Split(path, "/")
	name := parts[len(parts)-1]
	if len(parts) > 1 && len(name) > 1 && name[0] == 'v' && strings.Trim(name[1:], "0123456789") == "" {
		return parts[len(parts)-2]
	}
	return name
}

// asked lists the events in the order in which a leaf and then its ancestors mention them, then what these states wait for.
// Of their event time-outs only the innermost can run.
func (p *plan) asked(l *leaf) []*trigger {
	var triggers []*trigger
	seen := map[*trigger]bool{}
	for s := range l.Ancestors() {
		for _, t := range p.said(p.state(s)) {
			if t.Kind == spec.OnEvent && !seen[t] {
				seen[t] = true
				triggers = append(triggers, t)
			}
		}
	}
	timeout := false
	for s := range l.Ancestors() {
		for _, t := range p.state(s).waits {
			if t.Kind == spec.OnAlways || t.Kind == spec.OnEventTimeout && timeout {
				continue
			}
			triggers = append(triggers, t)
		}
		timeout = timeout || s.EventTimeout != nil
	}
	return triggers
}

// said lists what a state itself says something of, and notes where: events in the order in which it mentions them, what it
// waits for, then what it does without an event.
func (p *plan) said(s *state) []*trigger {
	if s.says != nil {
		return s.order
	}
	s.says = map[*trigger]int{}
	say := func(t *trigger, line int) {
		if s.says[t] == 0 {
			s.says[t] = line
			s.order = append(s.order, t)
		}
	}
	for ev, line := range p.mentions(s.State) {
		say(p.event(ev), line)
	}
	for _, last := range []bool{false, true} {
		for _, t := range s.waits {
			if (t.Kind == spec.OnAlways) == last {
				say(t, t.pos().Line)
			}
		}
	}
	return s.order
}

// event returns the plan of an event.
func (p *plan) event(ev *spec.Event) *trigger {
	return p.byTrigger[spec.Trigger{Kind: spec.OnEvent, Event: ev}]
}

// mentions yields the events that a state decides, and the line where. Those that only its `*` stands for come last.
func (p *plan) mentions(s *spec.State) iter.Seq2[*spec.Event, int] {
	return func(yield func(*spec.Event, int) bool) {
		others := 0
		for _, h := range s.On {
			if h.Any() {
				others = h.Event.Pos.Line
			} else if !yield(h.Event.Event, h.Event.Pos.Line) {
				return
			}
		}
		for _, r := range slices.Concat(s.Postpone, s.Ignore) {
			if !yield(r.Event, r.Pos.Line) {
				return
			}
		}
		if others == 0 {
			return
		}
		for _, ev := range p.spec.Events {
			if !yield(ev, others) {
				return
			}
		}
	}
}

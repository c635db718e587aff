package golang

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/fsmgen/fsmgen/spec"
)

// plan is what the emitters need to know of a machine, in the order in which they write it.
type plan struct {
	spec     *spec.Machine
	file     string // the base name of the spec, for positions
	pkg      string // the name of the package
	noun     string // what one machine is called in comments
	states   []*state
	leaves   []*leaf
	triggers []*trigger // the events, then the time-outs
	groups   []*group
	imports  map[string]string // import paths by package name
}

// state is a state and its name.
type state struct {
	*spec.State
	id    string // StateLocked
	enter string // the method that runs its entries and starts its timers; empty if it has none
	exit  string // the method that runs its exits and stops its timers; empty if it has none
}

// leaf is a state that the machine can be in, and what it does there.
type leaf struct {
	*state
	cells []*cell // in the order of the table
}

// newPlan makes every decision about the code of m. The error joins a [ClashError] for every clash.
func newPlan(m *spec.Machine) (*plan, error) {
	p := &plan{
		spec: m, file: filepath.Base(m.Path), pkg: packageOf(m), noun: words(m.Name.Value), imports: map[string]string{},
	}
	for _, path := range m.Go.Imports {
		p.imports[packageName(path.Value)] = path.Value
	}
	taken := newClaims(m)
	p.planStates(taken)
	p.planTriggers(taken)
	p.planCells(taken)
	p.planGroups(taken)
	for _, t := range m.Types {
		taken.claim("", t.Name, "type "+t.Name, t.Pos)
	}
	return p, taken.err()
}

func (p *plan) planStates(taken *claims) {
	for s := range p.spec.All() {
		what := "state " + s.Name
		st := &state{State: s, id: taken.claim("", "State"+spec.GoName(s.Name), what, s.Pos)}
		if len(s.Entry)+len(s.After) > 0 {
			st.enter = taken.claim("Machine", "enter"+spec.GoName(s.Name), what, s.Pos)
		}
		if len(s.Exit)+len(s.After) > 0 {
			st.exit = taken.claim("Machine", "exit"+spec.GoName(s.Name), what, s.Pos)
		}
		p.states = append(p.states, st)
	}
	for _, s := range p.spec.Leaves() {
		p.leaves = append(p.leaves, &leaf{state: p.state(s)})
	}
}

// state returns the plan of a state.
func (p *plan) state(s *spec.State) *state {
	i := slices.IndexFunc(p.states, func(st *state) bool { return st.State == s })
	return p.states[i]
}

// a is one machine in prose, "a door".
func (p *plan) a() string { return withArticle(p.noun) }

// hasReaders reports whether some hook only reads the machine.
func (p *plan) hasReaders() bool { return len(p.spec.Guards)+len(p.spec.Replies) > 0 }

// packageOf returns the name of the package that a machine becomes: what its spec says, or else doorfsm for a door.
func packageOf(m *spec.Machine) string {
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

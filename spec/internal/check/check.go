// Package check points the names of a machine at their declarations, and reports what does not hold together.
package check

import (
	"iter"
	"slices"

	"github.com/fsmgen/fsmgen/spec/expr"
	"github.com/fsmgen/fsmgen/spec/internal/decl"
	"github.com/fsmgen/fsmgen/spec/internal/finding"
	"github.com/fsmgen/fsmgen/spec/internal/model"
	"github.com/fsmgen/fsmgen/spec/internal/rule"
	"github.com/fsmgen/fsmgen/spec/internal/syntax"
)

// check is a rule and the function that reports its breaches.
type check struct {
	code string
	find func(m *model.Machine, report func(finding.Finding))
}

// checks are the rules about what the words of a machine mean; the parser has the rules about the words themselves.
var checks = []check{
	{rule.Name, badNames},
	{rule.UnknownWord, badParts},
	{rule.Name, badTimeNames},
	{rule.Twice, takenNames},
	{rule.Twice, takenTimeNames},
	{rule.Collision, collisions},
	{rule.Reserved, reservedNames},
	{rule.Undeclared, undeclared},
	{rule.Repeated, repetitions},
	{rule.Type, badTypes},
	{rule.ParamType, badParamTypes},
	{rule.Param, badParams},
	{rule.Default, badDefaults},
	{rule.Package, badPackage},
	{rule.Import, badImports},
	{rule.Recursive, recursiveTypes},
	{rule.Payload, missingPayload},
	{rule.Payload, missingValues},
	{rule.NoPayload, payloadWithoutEvent},
	{rule.NoPayload, valuesWithoutEvent},
	{rule.PayloadType, payloadOfManyTypes},
	{rule.PayloadType, valuesOfManyTypes},
	{rule.Reply, repliesWithoutCall},
	{rule.ReplyType, repliesOfManyTypes},
	{rule.NoReply, callsWithoutReply},
	{rule.Later, callersNotTaken},
	{rule.Caller, strayCallers},
	{rule.Initial, foreignInitials},
	{rule.NoInitial, missingInitials},
	{rule.Final, finalsWithBehavior},
	{rule.DeadTransition, deadTransitions},
	{rule.DeadPostpone, deadPostpones},
	{rule.After, badAfters},
	{rule.Reenter, reenterNothing},
	{rule.Postpone, badPostpones},
	{rule.History, badHistories},
	{rule.Done, unreachableDones},
	{rule.ConditionType, badConditions},
	{rule.Constant, constantConditions},
	{rule.TimerTwice, timersTwice},
	{rule.Property, badProperties},
	{rule.Raise, badRaises},
	{rule.Choice, badChoices},
	{rule.Renamed, badRenames},
	{rule.Discard, badDiscards},
}

// lastChecks need every name to lead somewhere: a misspelt target would make its state unreachable, and that would be a
// second finding for one cause.
var lastChecks = []check{
	{rule.Unused, unused},
	{rule.Unreachable, unreachable},
	{rule.DeadTransition, deadWildcards},
	{rule.TimerUse, timersOutOfUse},
	{rule.Strict, undecidedCells},
	{rule.Eventless, endlessAlways},
	{rule.Eventless, endlessPostpones},
	{rule.End, unhandledEnds},
}

// Machine points the names of a machine at their declarations, in the machine's "resolved" fields, and reports what
// does not hold together, sorted by position. It trusts nothing about the machine and may be called again after a
// change.
func Machine(m *model.Machine) finding.Findings {
	resolve(m)
	r := &rule.Collector{Path: m.Path, Source: syntax.NewSource(m.Source)}
	run(r, m, checks)
	if !slices.ContainsFunc(r.Found, isAboutNames) {
		run(r, m, lastChecks)
	}
	r.Found.Sort()
	return r.Found
}

func run(r *rule.Collector, m *model.Machine, checks []check) {
	for _, c := range checks {
		c.find(m, func(f finding.Finding) { r.Add(c.code, f) })
	}
}

func isAboutNames(f finding.Finding) bool {
	return slices.Contains([]string{rule.Twice, rule.Reserved, rule.Undeclared, rule.Initial, rule.NoInitial}, f.Code)
}

// index finds the declarations of a machine by name. Of two with one name it has the first.
type index struct {
	states map[string]*model.State
	events map[string]*decl.Event
	hooks  map[hookKey]*decl.Hook
	timers map[string]*decl.NamedTimer
	params map[string]*decl.Param
	types  map[string]*decl.Type
}

// hookKey is the key of a hook. A guard and an action of one name are a finding, but have a key each.
type hookKey struct {
	kind decl.HookKind
	name string
}

func newIndex(m *model.Machine) index {
	return index{
		states: first(m.All(), func(s *model.State) string { return s.Name }),
		events: first(m.AllEvents(), func(e *decl.Event) string { return e.Name }),
		hooks:  first(m.Hooks(), func(h *decl.Hook) hookKey { return hookKey{h.Kind, h.Name} }),
		timers: first(slices.Values(m.Timers), func(t *decl.NamedTimer) string { return t.Name }),
		params: first(slices.Values(m.Params), func(p *decl.Param) string { return p.Name }),
		types:  first(slices.Values(m.Types), func(t *decl.Type) string { return t.Name }),
	}
}

func first[T any, K comparable](all iter.Seq[*T], key func(*T) K) map[K]*T {
	found := map[K]*T{}
	for v := range all {
		if _, ok := found[key(v)]; !ok {
			found[key(v)] = v
		}
	}
	return found
}

// otherKind returns a hook of the name that is of another kind, or nil.
func (x index) otherKind(key hookKey) *decl.Hook {
	for _, kind := range decl.HookKinds {
		if h := x.hooks[hookKey{kind, key.name}]; h != nil && kind != key.kind {
			return h
		}
	}
	return nil
}

// resolve points every name of the machine at its declaration, where there is one of the right kind.
func resolve(m *model.Machine) {
	for _, t := range m.Timers {
		if t.Event == nil {
			t.Event = &decl.Event{Pos: t.Pos, Name: t.Name, Doc: t.Doc, Timer: t}
		}
	}
	names := newIndex(m)
	m.InitialState = child(m.States, m.Initial.Value)
	for s := range m.All() {
		s.InitialState = child(s.States, s.Initial.Value)
	}
	for l := range lengths(m) {
		l.Param = names.params[l.Value]
	}
	for s := range m.All() {
		s.DefaultState = names.remembered(s)
	}
	for r := range eventUses(m) {
		r.Event = names.events[r.Value]
	}
	for r := range stateUses(m) {
		r.State = names.states[r.Value]
	}
	for use := range hookUses(m) {
		use.ref.Hook = names.hooks[hookKey{use.kind, use.ref.Value}]
	}
	for r := range timerUses(m) {
		r.Timer = names.timers[r.Value]
	}
	for list := range transitionLists(m) {
		for _, a := range list.all() {
			a.To = names.states[a.Target.Value]
			resolveCondition(m, list, a.Guard)
		}
	}
}

// child returns the state of the name that can be entered, or nil.
func child(states []*model.State, name string) *model.State {
	i := slices.IndexFunc(states, func(s *model.State) bool { return s.Name == name && s.Kind != model.History })
	if i < 0 {
		return nil
	}
	return states[i]
}

// remembered returns what a history stands for as long as its parent was never left; nil for a state that is none.
func (x index) remembered(s *model.State) *model.State {
	if s.Kind != model.History || s.Parent == nil {
		return nil
	}
	to := x.states[s.Default.Value]
	switch {
	case s.Default.Value == "":
		return s.Parent.InitialState
	case to == nil || to.Kind == model.History || to == s.Parent || !s.Parent.Contains(to):
		return nil
	default:
		return to
	}
}

// resolveCondition points the values of a guard at their declarations.
func resolveCondition(m *model.Machine, list transitionList, c *model.Condition) {
	if c == nil {
		return
	}
	for e := range c.Expr.All() {
		switch e.Op {
		case expr.OpPayload:
			e.Field = nil
			for _, c := range list.eachCause() {
				if e.Field == nil {
					e.Field = c.field(e.Name)
				}
			}
		case expr.OpData:
			e.Field = fieldOf(m.Data, e.Name)
		case expr.OpParam:
			e.Param = paramOf(m.Params, e.Name)
		}
	}
}

func paramOf(params []*decl.Param, name string) *decl.Param {
	i := slices.IndexFunc(params, func(p *decl.Param) bool { return p.Name == name })
	if i < 0 {
		return nil
	}
	return params[i]
}

// lengths yields the length of each timer.
func lengths(m *model.Machine) iter.Seq[*decl.Length] {
	return func(yield func(*decl.Length) bool) {
		for _, t := range m.Timers {
			if !yield(&t.Length) {
				return
			}
		}
		for s := range m.All() {
			for _, t := range timeouts(s) {
				if !yield(&t.Length) {
					return
				}
			}
		}
	}
}

// stateUses yields the states that the properties name.
func stateUses(m *model.Machine) iter.Seq[*model.StateRef] {
	return func(yield func(*model.StateRef) bool) {
		for _, q := range m.Properties {
			for _, r := range []*model.StateRef{q.From, q.State} {
				if r != nil && !yield(r) {
					return
				}
			}
		}
	}
}

package golang

import (
	"slices"

	"github.com/fsmgen/fsmgen/spec"
)

// group is one interface of hooks.
type group struct {
	name  string // bolt
	field string // Bolt, in Hooks
	typ   string // BoltHooks
	own   bool   // of the hooks that name no group, and of Terminated
	hooks []*hook
}

// hook is one function that the user writes.
type hook struct {
	*spec.Hook
	group   *group
	path    string // Bolt.Unlock, below Hooks
	name    string // Unlock
	discard string // DiscardDial, of an invoke with a result that is discarded; empty otherwise
	fields  []field
	result  string // the Go type; empty for an action and for an invoke, whose results are fields
	uses    []use
}

// planGroups makes the groups in the order in which the hooks name them, the machine's own first.
func (p *plan) planGroups(taken *claims) {
	p.group(taken, ownGroup(p.spec), p.spec.Name.Pos).own = true
	uses := p.uses()
	for h := range p.spec.Hooks() {
		name, pos := h.Group.Value, h.Group.Pos
		if name == "" {
			name = ownGroup(p.spec)
		}
		g := p.group(taken, name, pos)
		planned := &hook{
			Hook: h, group: g, uses: uses[h],
			name: taken.claim(g.typ, spec.GoName(h.Name), h.Kind.String()+" "+h.Name, h.Pos),
		}
		planned.path = g.field + "." + planned.name
		if h.Discard {
			planned.discard = taken.claim(g.typ, "Discard"+planned.name, h.Kind.String()+" "+h.Name, h.Pos)
		}
		planned.fields, planned.result = p.signature(planned)
		g.hooks = append(g.hooks, planned)
		p.byHook[h] = planned
	}
}

// group returns the group with this name, which is a new one the first time.
func (p *plan) group(taken *claims, name string, pos spec.Pos) *group {
	i := slices.IndexFunc(p.groups, func(g *group) bool { return g.name == name })
	if i >= 0 {
		return p.groups[i]
	}
	what := "group " + name
	g := &group{
		name:  name,
		field: taken.claim("Hooks", spec.GoName(name), what, pos),
		typ:   taken.claim("", hooksType(name), what, pos),
	}
	p.groups = append(p.groups, g)
	return g
}

// hook returns the plan of a hook.
func (p *plan) hook(h *spec.Hook) *hook { return p.byHook[h] }

// signature finds what a hook takes and returns. Of payload fields the spec says the names; the types are those of what
// leads to the hook, or of any event if nothing does.
func (p *plan) signature(h *hook) (fields []field, result string) {
	var triggers []*trigger
	for _, u := range h.uses {
		if u.trigger != nil {
			triggers = append(triggers, u.trigger)
		}
	}
	if len(triggers) == 0 {
		triggers = p.triggers
	}
	for _, t := range h.Payload {
		fields = append(fields, fieldOf(triggers, t.Value))
	}
	return fields, p.result(h, triggers)
}

func (p *plan) result(h *hook, triggers []*trigger) string {
	switch {
	case h.Kind == spec.Guard:
		return "bool"
	case h.Kind == spec.Choice:
		return spec.GoName(h.Name)
	case h.Kind == spec.Reply && len(h.uses) > 0:
		return triggers[0].reply
	case h.Kind == spec.Reply:
		return "any" // the caller drops the answer
	default:
		return ""
	}
}

// fieldOf returns the payload field with this name of the first trigger that has it.
func fieldOf(triggers []*trigger, name string) field {
	for _, t := range triggers {
		for _, f := range t.fields {
			if f.Name == name {
				return f
			}
		}
	}
	return field{Field: &spec.Field{}}
}

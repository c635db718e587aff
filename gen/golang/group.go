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
	path   string // Bolt.Unlock, below Hooks
	name   string // Unlock
	fields []field
	result string // the Go type; empty for an action
	uses   []use
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
			Hook: h, uses: uses[h],
			name: taken.claim(g.typ, spec.GoName(h.Name), h.Kind.String()+" "+h.Name, h.Pos),
		}
		planned.path = g.field + "." + planned.name
		planned.fields, planned.result = p.signature(planned)
		g.hooks = append(g.hooks, planned)
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
func (p *plan) hook(h *spec.Hook) *hook {
	for _, g := range p.groups {
		for _, planned := range g.hooks {
			if planned.Hook == h {
				return planned
			}
		}
	}
	return nil
}

// signature finds what a hook takes and returns. Of payload fields the spec says the names; the types are those of the
// events that lead to the hook, or of any event if none does.
func (p *plan) signature(h *hook) (fields []field, result string) {
	events := h.events()
	if len(events) == 0 {
		events = p.spec.Events
	}
	for _, t := range h.Payload {
		fields = append(fields, fieldOf(events, t.Value))
	}
	switch {
	case h.Kind == spec.Guard:
		result = "bool"
	case h.Kind == spec.Reply && len(h.uses) > 0:
		result = events[0].Call.Value
	case h.Kind == spec.Reply:
		result = "any" // an answer to nobody
	}
	return fields, result
}

// fieldOf returns the payload field with this name of the first event that has it.
func fieldOf(events []*spec.Event, name string) field {
	for _, ev := range events {
		for _, f := range ev.Payload {
			if f.Name == name {
				return newField(f)
			}
		}
	}
	return field{}
}

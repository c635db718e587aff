package golang

import (
	"slices"
	"strconv"

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

// invoke is work beside the machine that a state begins.
type invoke struct {
	*spec.Invocation
	at        *state
	id        string // invokeServingStart, its number
	work      string // servingStart, the type of what the runtime runs
	result    string // StartResult, the type of what it comes to; empty if it has none
	done, err *trigger
}

func (p *plan) planInvokes(taken *claims) {
	for _, s := range p.states {
		for _, v := range s.Invokes {
			what := "invoke " + v.Src.Value + " of state " + s.Name
			name := invokeName(s.State, v)
			planned := &invoke{
				Invocation: v, at: s,
				id:   taken.claim("", "invoke"+spec.GoName(s.Name)+name, what, v.Pos),
				work: taken.claim("", spec.GoLocal(s.Name)+name, what, v.Pos),
				done: p.byTrigger[spec.Trigger{Kind: spec.OnInvokeDone, State: s.State, Invoke: v}],
				err:  p.byTrigger[spec.Trigger{Kind: spec.OnInvokeError, State: s.State, Invoke: v}],
			}
			if len(v.Src.Hook.Result) > 0 {
				planned.result = resultType(v.Src.Hook)
			}
			p.invokes = append(p.invokes, planned)
		}
	}
	for _, h := range p.spec.Invokes {
		if len(h.Result) > 0 {
			taken.claim("", resultType(h), "invoke "+h.Name, h.Pos)
		}
	}
}

// invoke returns the plan of the invoke that a trigger is the end of.
func (p *plan) invoke(t *trigger) *invoke {
	i := slices.IndexFunc(p.invokes, func(v *invoke) bool { return v.done == t || v.err == t })
	return p.invokes[i]
}

// resultType is the type of what the work of an invoke comes to.
func resultType(h *spec.Hook) string { return spec.GoName(h.Name) + "Result" }

// invokeName returns an invoke as a part of Go names: Start. The second of one state that does the same is Start2.
func invokeName(s *spec.State, v *spec.Invocation) string {
	count := 0
	for _, other := range s.Invokes {
		if other.Src.Value == v.Src.Value {
			count++
		}
		if other == v {
			break
		}
	}
	if count > 1 {
		return spec.GoName(v.Src.Value) + strconv.Itoa(count)
	}
	return spec.GoName(v.Src.Value)
}

// choice is a hook that decides between outcomes, and the type of its answers.
type choice struct {
	*spec.Hook
	typ      string   // Route
	outcomes []string // RouteExpress, in the order of the spec
}

func (p *plan) planChoices(taken *claims) {
	for _, h := range p.spec.Choices {
		what := "choice " + h.Name
		planned := &choice{Hook: h, typ: taken.claim("", spec.GoName(h.Name), what, h.Pos)}
		for _, o := range h.Outcomes {
			planned.outcomes = append(planned.outcomes, taken.claim("", outcomeName(h, o.Value), what, o.Pos))
		}
		p.choices = append(p.choices, planned)
	}
}

// outcomeName is the constant of an outcome: RouteExpress.
func outcomeName(h *spec.Hook, outcome string) string {
	return spec.GoName(h.Name) + spec.GoName(outcome)
}

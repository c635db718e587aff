package golang

import (
	"slices"

	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/spec/expr"
)

// callerField is the reserved payload field of the caller that waits for a reply.
const callerField = "caller"

// field is a field of a payload.
type field struct {
	*spec.Field
	name  string // Digit; empty for a caller, which is no part of the event
	local string // digit
}

func newField(f *spec.Field) field { return field{f, spec.GoName(f.Name), local(f.Name)} }

// errorField is the payload of the onError of an invoke.
func errorField() field {
	return field{&spec.Field{Name: "error", Type: spec.Text{Value: "error"}}, "Err", "err"}
}

// payload returns the fields that are part of the event.
func (t *trigger) payload() []field {
	return t.filter(func(f field) bool { return f.name != "" })
}

// pick returns the payload fields with these names, as far as the event has them.
func (t *trigger) pick(wanted []spec.Text) []field {
	var picked []field
	for _, w := range wanted {
		for _, f := range t.fields {
			if f.Name == w.Value {
				picked = append(picked, f)
			}
		}
	}
	return picked
}

// used returns the payload fields that some cell takes, and those that are recorded.
func (t *trigger) used() []field {
	return t.filter(func(f field) bool {
		return t.Event != nil && lists(t.Event.Record, f) ||
			slices.ContainsFunc(t.cells, func(c *cell) bool { return c.takes(f) })
	})
}

func (t *trigger) filter(keep func(field) bool) []field {
	var kept []field
	for _, f := range t.fields {
		if keep(f) {
			kept = append(kept, f)
		}
	}
	return kept
}

func lists(list []spec.Text, f field) bool {
	return slices.ContainsFunc(list, func(t spec.Text) bool { return t.Value == f.Name })
}

// takes reports whether a transition of the cell, or of what is asked after it, takes a payload field.
func (c *cell) takes(f field) bool {
	for _, a := range c.tried() {
		if a.takes(f.Name) {
			return true
		}
	}
	return false
}

// fields returns the payload fields that the cell takes.
func (c *cell) fields() []field { return c.trigger.filter(c.takes) }

// takes reports whether anything about the transition names a payload field.
func (a *transition) takes(name string) bool {
	if a.asks(name) {
		return true
	}
	for _, one := range a.alternatives() {
		for ref := range one.Hooks() {
			if hookTakes(ref.Hook, name) {
				return true
			}
		}
		for _, ref := range one.Raise {
			if slices.ContainsFunc(ref.Event.Payload, func(f *spec.Field) bool { return f.Name == name }) {
				return true
			}
		}
	}
	return false
}

// asks reports whether the guard or the choice of the transition takes a payload field.
func (a *transition) asks(name string) bool {
	if a.Choose != nil && hookTakes(a.Choose.Src.Hook, name) {
		return true
	}
	return a.Guard != nil && guardTakes(a.Guard, name)
}

func guardTakes(g *spec.Condition, name string) bool {
	for e := range g.Expr.All() {
		if e.Op == expr.OpPayload && e.Name == name || e.Op == expr.OpGuard && hookTakes(e.Guard.Hook, name) {
			return true
		}
	}
	return false
}

func hookTakes(h *spec.Hook, name string) bool {
	return slices.ContainsFunc(h.Payload, func(t spec.Text) bool { return t.Value == name })
}

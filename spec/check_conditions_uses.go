package spec

import (
	"iter"
	"slices"
)

// valueUses yields every value that a guard takes, with the list that the guard is in.
func (m *Machine) valueUses() iter.Seq2[armList, *Expr] {
	return func(yield func(armList, *Expr) bool) {
		for list := range m.armLists() {
			for _, a := range list.all() {
				if a.Guard == nil {
					continue
				}
				for e := range a.Guard.Expr.All() {
					if (e.Op == OpPayload || e.Op == OpData || e.Op == OpParam) && !yield(list, e) {
						return
					}
				}
			}
		}
	}
}

// undeclaredValues: what a guard takes is declared somewhere.
func undeclaredValues(m *Machine, report func(Finding)) {
	declared := m.payloadFields()
	params := mapped(slices.Values(m.Params), func(p *Param) string { return p.Name })
	for _, e := range m.valueUses() {
		name, end := Text{e.Pos, e.Name}, e.end
		switch {
		case e.Op == OpData && e.Field == nil:
			reportNoValue(name, end, "data", "data", fieldNames(m.Data), report)
		case e.Op == OpParam && e.Param == nil:
			reportNoValue(name, end, "param", "params", params, report)
		case e.Op == OpPayload && !declared[e.Name]:
			reportNoValue(name, end, "payload field", "payload", payloadNames(m), report)
		}
	}
}

func reportNoValue(t Text, end Pos, what, section string, declared iter.Seq[string], report func(Finding)) {
	f := Finding{Pos: t.Pos, End: end, Message: "there is no " + what + " " + quote(t.Value)}
	f.Help, f.Fix = meant(t.Value, declared, section+".", "declare it under `"+section+"`")
	report(f)
}

// missingValues: the payload field that a guard takes comes with everything that leads to it.
func missingValues(m *Machine, report func(Finding)) {
	declared := m.payloadFields()
	for list, e := range m.valueUses() {
		if e.Op != OpPayload || !declared[e.Name] {
			continue
		}
		for _, c := range list.eachCause() {
			if c.field(e.Name) == nil {
				report(Finding{
					Pos: e.Pos, End: e.end,
					Message: "the guard takes " + quote("payload."+e.Name) + ", which " + c.String() + " does not have",
					Help:    "add it to the event's payload, or decide by something else",
				})
				break
			}
		}
	}
}

// valuesWithoutEvent: a time-out has no payload to decide by.
func valuesWithoutEvent(m *Machine, report func(Finding)) {
	declared := m.payloadFields()
	for list, e := range m.valueUses() {
		if e.Op == OpPayload && declared[e.Name] && list.causes == nil {
			report(Finding{
				Pos: e.Pos, End: e.end,
				Message: "the guard takes " + quote("payload."+e.Name) + ", and " + list.place + " has no payload",
				Help:    "let an action keep it in `data`, and decide by that",
			})
		}
	}
}

// valuesOfManyTypes: a field of many events that a guard of `*` takes has one type.
func valuesOfManyTypes(m *Machine, report func(Finding)) {
	for list, e := range m.valueUses() {
		if e.Op != OpPayload || e.Field == nil {
			continue
		}
		for _, c := range list.eachCause() {
			if f := c.field(e.Name); f != nil && !sameType(f.Type.Value, e.Field.Type.Value) {
				report(Finding{
					Pos: e.Pos, End: e.end,
					Message: "the guard gets " + quote("payload."+e.Name) + " as " + quote(e.Field.Type.Value) + " and as " +
						quote(f.Type.Value),
					Help:    "give the field one type, or name the events",
					Related: []Related{{Pos: e.Field.Type.Pos, Message: "one type"}, {Pos: f.Type.Pos, Message: "the other"}},
				})
				break
			}
		}
	}
}

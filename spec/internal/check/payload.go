package check

import (
	"iter"
	"slices"

	"github.com/fsmgen/fsmgen/spec/expr"
	"github.com/fsmgen/fsmgen/spec/internal/decl"
	"github.com/fsmgen/fsmgen/spec/internal/finding"
	"github.com/fsmgen/fsmgen/spec/internal/model"
	"github.com/fsmgen/fsmgen/spec/internal/syntax"
	"github.com/fsmgen/fsmgen/spec/internal/wording"
)

// theCaller is the payload field by which an action takes the caller of a call that is answered later.
const theCaller = "caller"

// missingPayload reports payload fields that a hook takes and that do not come with everything that reaches the hook.
// Fields that no event has are reported by undeclaredPayload.
func missingPayload(m *model.Machine, report func(finding.Finding)) {
	declared := payloadNameSet(m)
	for use, c := range causeHooks(m) {
		for _, t := range use.ref.Hook.Payload {
			if t.Value != theCaller && declared[t.Value] && c.field(t.Value) == nil {
				report(finding.Finding{
					Pos: use.ref.Pos, End: use.end,
					Message: use.kind.String() + " " + wording.Quote(use.ref.Value) + " takes " + wording.Quote(t.Value) + ", which " + c.String() +
						" does not have",
					Help:    "add it to the event's payload, or use a hook without it",
					Related: finding.RelatedTo(t.Pos, "taken here"),
				})
			}
		}
	}
}

// payloadNameSet is the set of the names of all that comes with an event or with the end of an invoke.
func payloadNameSet(m *model.Machine) map[string]bool {
	names := map[string]bool{}
	for name := range payloadNames(m) {
		names[name] = true
	}
	return names
}

// payloadWithoutEvent reports hooks of entries, exits and time-outs that take payload, since none comes with these.
func payloadWithoutEvent(m *model.Machine, report func(finding.Finding)) {
	for use := range hookUses(m) {
		if h := use.ref.Hook; h != nil && use.causes == nil && len(h.Payload) > 0 {
			report(finding.Finding{
				Pos: use.ref.Pos, End: use.end,
				Message: h.Kind.String() + " " + wording.Quote(h.Name) + " takes payload, and " + use.place + " has none",
				Help:    "use a hook without payload here", Related: finding.RelatedTo(h.Payload[0].Pos, "taken here"),
			})
		}
	}
}

// payloadOfManyTypes reports payload fields that a hook gets with different types: a hook is one Go function.
func payloadOfManyTypes(m *model.Machine, report func(finding.Finding)) {
	type hookField struct {
		hook  *decl.Hook
		field string
	}
	first := map[hookField]*decl.Field{}
	for use, c := range causeHooks(m) {
		for _, t := range use.ref.Hook.Payload {
			f, key := c.fieldOrCaller(t.Value), hookField{use.ref.Hook, t.Value}
			if f == nil {
				continue
			}
			before, seen := first[key]
			if !seen {
				first[key] = f
			} else if !sameType(before.Type.Value, f.Type.Value) {
				report(finding.Finding{
					Pos: use.ref.Pos, End: use.end,
					Message: use.kind.String() + " " + wording.Quote(use.ref.Value) + " gets " + wording.Quote(t.Value) + " as " +
						wording.Quote(f.Type.Value) + " here and as " + wording.Quote(before.Type.Value) + " from another event",
					Help:    "give the field one type, or use another hook",
					Related: []finding.Related{{Pos: before.Type.Pos, Message: "one type"}, {Pos: f.Type.Pos, Message: "the other"}},
				})
			}
		}
	}
}

// fieldOrCaller returns the field that a hook takes by name. Every call has the field "caller", which no spec declares.
func (c cause) fieldOrCaller(name string) *decl.Field {
	if name == theCaller && c.event != nil && c.event.Call.Value != "" {
		return &decl.Field{Name: theCaller, Type: syntax.Text{Pos: c.event.Call.Pos, Value: decl.GoName(c.event.Name) + "Caller"}}
	}
	return c.field(name)
}

// valueUses yields every value that a guard takes, with the list that the guard is in.
func valueUses(m *model.Machine) iter.Seq2[transitionList, *expr.Expr] {
	return func(yield func(transitionList, *expr.Expr) bool) {
		for list := range transitionLists(m) {
			for _, a := range list.all() {
				if a.Guard == nil {
					continue
				}
				for e := range a.Guard.Expr.All() {
					if (e.Op == expr.OpPayload || e.Op == expr.OpData || e.Op == expr.OpParam) && !yield(list, e) {
						return
					}
				}
			}
		}
	}
}

// undeclaredValues reports payload fields, data and params that a guard names and the spec does not declare.
func undeclaredValues(m *model.Machine, report func(finding.Finding)) {
	declared := payloadNameSet(m)
	params := mapped(slices.Values(m.Params), func(p *decl.Param) string { return p.Name })
	for _, e := range valueUses(m) {
		name, end := syntax.Text{Pos: e.Pos, Value: e.Name}, e.End
		switch {
		case e.Op == expr.OpData && e.Field == nil:
			reportNoValue(name, end, "data", "data", fieldNames(m.Data), report)
		case e.Op == expr.OpParam && e.Param == nil:
			reportNoValue(name, end, "param", "params", params, report)
		case e.Op == expr.OpPayload && !declared[e.Name]:
			reportNoValue(name, end, "payload field", "payload", payloadNames(m), report)
		}
	}
}

func reportNoValue(t syntax.Text, end syntax.Pos, what, section string, declared iter.Seq[string], report func(finding.Finding)) {
	f := finding.Finding{Pos: t.Pos, End: end, Message: "there is no " + what + " " + wording.Quote(t.Value)}
	f.Help, f.Fix = wording.Suggest(t.Value, declared, section+".", "declare it under `"+section+"`")
	report(f)
}

// missingValues reports payload fields that a guard takes and that do not come with everything that leads to it.
func missingValues(m *model.Machine, report func(finding.Finding)) {
	declared := payloadNameSet(m)
	for list, e := range valueUses(m) {
		if e.Op != expr.OpPayload || !declared[e.Name] {
			continue
		}
		for _, c := range list.eachCause() {
			if c.field(e.Name) == nil {
				report(finding.Finding{
					Pos: e.Pos, End: e.End,
					Message: "the guard takes " + wording.Quote("payload."+e.Name) + ", which " + c.String() + " does not have",
					Help:    "add it to the event's payload, or decide by something else",
				})
				break
			}
		}
	}
}

// valuesWithoutEvent reports guards of time-outs that take payload, since none comes with them.
func valuesWithoutEvent(m *model.Machine, report func(finding.Finding)) {
	declared := payloadNameSet(m)
	for list, e := range valueUses(m) {
		if e.Op == expr.OpPayload && declared[e.Name] && list.causes == nil {
			report(finding.Finding{
				Pos: e.Pos, End: e.End,
				Message: "the guard takes " + wording.Quote("payload."+e.Name) + ", and " + list.place + " has no payload",
				Help:    "let an action keep it in `data`, and decide by that",
			})
		}
	}
}

// valuesOfManyTypes reports payload fields that a guard of `*` gets with different types.
func valuesOfManyTypes(m *model.Machine, report func(finding.Finding)) {
	for list, e := range valueUses(m) {
		if e.Op != expr.OpPayload || e.Field == nil {
			continue
		}
		for _, c := range list.eachCause() {
			if f := c.field(e.Name); f != nil && !sameType(f.Type.Value, e.Field.Type.Value) {
				report(finding.Finding{
					Pos: e.Pos, End: e.End,
					Message: "the guard gets " + wording.Quote("payload."+e.Name) + " as " + wording.Quote(e.Field.Type.Value) + " and as " +
						wording.Quote(f.Type.Value),
					Help:    "give the field one type, or name the events",
					Related: []finding.Related{{Pos: e.Field.Type.Pos, Message: "one type"}, {Pos: f.Type.Pos, Message: "the other"}},
				})
				break
			}
		}
	}
}

package check

import (
	"go/types"
	"iter"
	"slices"

	"github.com/fsmgen/fsmgen/spec/internal/decl"
	"github.com/fsmgen/fsmgen/spec/internal/model"
	"github.com/fsmgen/fsmgen/spec/internal/syntax"
)

// declaration is one declared name of a machine.
type declaration struct {
	pos  syntax.Pos
	name string
	what string // "state", "payload field", ...
}

// namespace is a set of names that must differ from each other.
type namespace struct {
	what  string // "the states"
	decls []declaration
}

// namespaces yields the sets of names that must differ from each other, in Go too.
func namespaces(m *model.Machine) iter.Seq[namespace] {
	return func(yield func(namespace) bool) {
		_ = yield(namespace{"state", stateDecls(m)}) &&
			yield(namespace{"event", eventDecls(m)}) &&
			yield(namespace{"hook", hookDecls(m)}) &&
			yield(namespace{"group", groupDecls(m)}) &&
			yield(namespace{"param", declsOf(m.Params, "param", func(p *decl.Param) (syntax.Pos, string) { return p.Pos, p.Name })}) &&
			yield(namespace{"data field", fieldDecls(m.Data, "data field")}) &&
			payloadNamespaces(m, yield) && hookNamespaces(m, yield) && typeNamespaces(m, yield)
	}
}

func payloadNamespaces(m *model.Machine, yield func(namespace) bool) bool {
	for _, ev := range m.Events {
		if !yield(namespace{"payload field of " + ev.Name, fieldDecls(ev.Payload, "payload field")}) {
			return false
		}
	}
	return true
}

// hookNamespaces returns the namespaces of single hooks: the results of invokes and the outcomes of choices.
func hookNamespaces(m *model.Machine, yield func(namespace) bool) bool {
	for _, h := range m.Invokes {
		if !yield(namespace{"result field of " + h.Name, fieldDecls(h.Result, "result field")}) {
			return false
		}
	}
	for _, h := range m.Choices {
		outcomes := declsOf(outcomes(h), "outcome", func(t *syntax.Text) (syntax.Pos, string) { return t.Pos, t.Value })
		if !yield(namespace{"outcome of " + h.Name, outcomes}) {
			return false
		}
	}
	return true
}

// eventDecls are the events that are sent and those that timers deliver.
func eventDecls(m *model.Machine) []declaration {
	decls := declsOf(m.Events, "event", func(e *decl.Event) (syntax.Pos, string) { return e.Pos, e.Name })
	return append(decls, declsOf(m.Timers, "timer", func(t *decl.NamedTimer) (syntax.Pos, string) { return t.Pos, t.Name })...)
}

func typeNamespaces(m *model.Machine, yield func(namespace) bool) bool {
	for _, t := range m.Types {
		if !yield(namespace{"field of " + t.Name, fieldDecls(t.Fields, "field")}) {
			return false
		}
	}
	return true
}

func stateDecls(m *model.Machine) []declaration {
	var decls []declaration
	for s := range m.All() {
		decls = append(decls, declaration{s.Pos, s.Name, "state"})
	}
	return decls
}

func hookDecls(m *model.Machine) []declaration {
	var decls []declaration
	for h := range m.Hooks() {
		decls = append(decls, declaration{h.Pos, h.Name, h.Kind.String()})
	}
	return decls
}

func hookDeclsOf(m *model.Machine, kind decl.HookKind) []declaration {
	return declsOf(hooksOf(m, kind), kind.String(), func(h *decl.Hook) (syntax.Pos, string) { return h.Pos, h.Name })
}

// groupDecls are the groups of the hooks, each once.
func groupDecls(m *model.Machine) []declaration {
	var decls []declaration
	seen := map[string]bool{}
	for h := range m.Hooks() {
		if g := h.Group; g.Value != "" && !seen[g.Value] {
			seen[g.Value] = true
			decls = append(decls, declaration{g.Pos, g.Value, "group"})
		}
	}
	return decls
}

func fieldDecls(fields []*decl.Field, what string) []declaration {
	return declsOf(fields, what, func(f *decl.Field) (syntax.Pos, string) { return f.Pos, f.Name })
}

func declsOf[T any](all []*T, what string, name func(*T) (syntax.Pos, string)) []declaration {
	decls := make([]declaration, 0, len(all))
	for _, v := range all {
		pos, name := name(v)
		decls = append(decls, declaration{pos, name, what})
	}
	return decls
}

// The names among which a misspelt one is looked for, in the order of the spec.

func stateNames(m *model.Machine) iter.Seq[string] {
	return mapped(m.All(), func(s *model.State) string { return s.Name })
}

func eventNames(m *model.Machine) iter.Seq[string] {
	return mapped(m.AllEvents(), func(ev *decl.Event) string { return ev.Name })
}

func hookNames(m *model.Machine, kind decl.HookKind) iter.Seq[string] {
	return mapped(slices.Values(hooksOf(m, kind)), func(h *decl.Hook) string { return h.Name })
}

func hooksOf(m *model.Machine, kind decl.HookKind) []*decl.Hook {
	return map[decl.HookKind][]*decl.Hook{
		decl.Guard: m.Guards, decl.Action: m.Actions, decl.Reply: m.Replies, decl.Invoke: m.Invokes, decl.Choice: m.Choices,
	}[kind]
}

func timerNames(m *model.Machine) iter.Seq[string] {
	return mapped(slices.Values(m.Timers), func(t *decl.NamedTimer) string { return t.Name })
}

func fieldNames(fields []*decl.Field) iter.Seq[string] {
	return mapped(slices.Values(fields), func(f *decl.Field) string { return f.Name })
}

// payloadNames may name a field of several events several times. The last of them come with the ends of invokes.
func payloadNames(m *model.Machine) iter.Seq[string] {
	return func(yield func(string) bool) {
		for fields := range payloads(m) {
			for name := range fieldNames(fields) {
				if !yield(name) {
					return
				}
			}
		}
	}
}

// payloads yields everything that can come to a hook at once.
func payloads(m *model.Machine) iter.Seq[[]*decl.Field] {
	return func(yield func([]*decl.Field) bool) {
		for _, ev := range m.Events {
			if !yield(ev.Payload) {
				return
			}
		}
		for _, h := range m.Invokes {
			if !yield(h.Result) || !yield(model.Failure) {
				return
			}
		}
	}
}

// durationNames are the params that can say how long something lasts.
func durationNames(m *model.Machine) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, p := range m.Params {
			if p.Type.Value == "duration" && !yield(p.Name) {
				return
			}
		}
	}
}

// typeNames are the types that need no package: those of the spec, then those of Go.
func typeNames(m *model.Machine) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, t := range m.Types {
			if !yield(t.Name) {
				return
			}
		}
		for _, name := range types.Universe.Names() {
			if isBuiltinType(name) && !yield(name) {
				return
			}
		}
	}
}

func mapped[T any](all iter.Seq[T], name func(T) string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for v := range all {
			if !yield(name(v)) {
				return
			}
		}
	}
}

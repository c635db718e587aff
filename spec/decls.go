package spec

import "iter"

// decl is one declared name of a machine.
type decl struct {
	pos  Pos
	name string
	what string // "state", "payload field", ...
}

// namespace is a set of names that must differ from each other.
type namespace struct {
	what  string // "the states"
	decls []decl
}

// namespaces yields the sets of names that must differ from each other, in Go too.
func (m *Machine) namespaces() iter.Seq[namespace] {
	return func(yield func(namespace) bool) {
		_ = yield(namespace{"state", m.stateDecls()}) &&
			yield(namespace{"event", m.eventDecls()}) &&
			yield(namespace{"hook", m.hookDecls()}) &&
			yield(namespace{"group", m.groupDecls()}) &&
			yield(namespace{"param", declsOf(m.Params, "param", func(p *Param) (Pos, string) { return p.Pos, p.Name })}) &&
			yield(namespace{"data field", fieldDecls(m.Data, "data field")}) &&
			m.payloadNamespaces(yield) && m.hookNamespaces(yield) && m.typeNamespaces(yield)
	}
}

func (m *Machine) payloadNamespaces(yield func(namespace) bool) bool {
	for _, ev := range m.Events {
		if !yield(namespace{"payload field of " + ev.Name, fieldDecls(ev.Payload, "payload field")}) {
			return false
		}
	}
	return true
}

// hookNamespaces are what single hooks declare: the results of invokes and the outcomes of choices.
func (m *Machine) hookNamespaces(yield func(namespace) bool) bool {
	for _, h := range m.Invokes {
		if !yield(namespace{"result field of " + h.Name, fieldDecls(h.Result, "result field")}) {
			return false
		}
	}
	for _, h := range m.Choices {
		outcomes := declsOf(h.outcomes(), "outcome", func(t *Text) (Pos, string) { return t.Pos, t.Value })
		if !yield(namespace{"outcome of " + h.Name, outcomes}) {
			return false
		}
	}
	return true
}

// eventDecls are the events that are sent and those that timers deliver.
func (m *Machine) eventDecls() []decl {
	decls := declsOf(m.Events, "event", func(e *Event) (Pos, string) { return e.Pos, e.Name })
	return append(decls, declsOf(m.Timers, "timer", func(t *NamedTimer) (Pos, string) { return t.Pos, t.Name })...)
}

func (m *Machine) typeNamespaces(yield func(namespace) bool) bool {
	for _, t := range m.Types {
		if !yield(namespace{"field of " + t.Name, fieldDecls(t.Fields, "field")}) {
			return false
		}
	}
	return true
}

func (m *Machine) stateDecls() []decl {
	var decls []decl
	for s := range m.All() {
		decls = append(decls, decl{s.Pos, s.Name, "state"})
	}
	return decls
}

func (m *Machine) hookDecls() []decl {
	var decls []decl
	for h := range m.Hooks() {
		decls = append(decls, decl{h.Pos, h.Name, h.Kind.String()})
	}
	return decls
}

func hookDeclsOf(m *Machine, kind HookKind) []decl {
	return declsOf(m.hooksOf(kind), kind.String(), func(h *Hook) (Pos, string) { return h.Pos, h.Name })
}

// groupDecls are the groups of the hooks, each once.
func (m *Machine) groupDecls() []decl {
	var decls []decl
	seen := map[string]bool{}
	for h := range m.Hooks() {
		if g := h.Group; g.Value != "" && !seen[g.Value] {
			seen[g.Value] = true
			decls = append(decls, decl{g.Pos, g.Value, "group"})
		}
	}
	return decls
}

func fieldDecls(fields []*Field, what string) []decl {
	return declsOf(fields, what, func(f *Field) (Pos, string) { return f.Pos, f.Name })
}

func declsOf[T any](all []*T, what string, name func(*T) (Pos, string)) []decl {
	decls := make([]decl, 0, len(all))
	for _, v := range all {
		pos, name := name(v)
		decls = append(decls, decl{pos, name, what})
	}
	return decls
}

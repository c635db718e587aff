package spec

import (
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

func stateShape() shape[State] {
	return shape[State]{"a state", "open: {on: {close: closed}}", []word[State]{
		{name: "doc", read: func(p *parser, s *State, v *yaml.Node) { s.Doc = p.doc(v) }},
		{name: "type", read: func(p *parser, s *State, v *yaml.Node) { s.Kind = p.stateType(v) }},
		{name: "initial", read: func(p *parser, s *State, v *yaml.Node) { s.Initial = p.name(v, "initial: idle") }},
		{name: "states", read: func(p *parser, s *State, v *yaml.Node) { s.States = p.states(v, s) }},
		{name: "on", read: func(p *parser, s *State, v *yaml.Node) { s.On = p.on(v, s) }},
		{name: "entry", read: func(p *parser, s *State, v *yaml.Node) { s.Entry = hookRefs(p.list(v, "entry: ring")) }},
		{name: "exit", read: func(p *parser, s *State, v *yaml.Node) { s.Exit = hookRefs(p.list(v, "exit: ring")) }},
		{name: "after", read: func(p *parser, s *State, v *yaml.Node) { s.After = p.after(v, s) }},
		{name: "postpone", read: func(p *parser, s *State, v *yaml.Node) { s.Postpone = eventRefs(p.list(v, "postpone: [close]")) }},
		{name: "ignore", read: func(p *parser, s *State, v *yaml.Node) { s.Ignore = eventRefs(p.list(v, "ignore: [close]")) }},
		{name: "always", instead: "let the arms that lead here decide with guards"},
		{name: "invoke", instead: "begin the work in an action and send its end as an event"},
		{name: "event_timeout", instead: "use `after`, with `reenter: true` on the events that begin it anew"},
		{name: "history", instead: "let guards choose among the children"},
		{name: "onDone", instead: "let an action send an event"},
		{name: "onError", instead: "let an action send an event"},
		{name: "renamed_from", instead: "leave it out"},
	}, nil}
}

func (p *parser) states(n *yaml.Node, parent *State) []*State {
	const example = "states: {open: {on: {close: closed}}, closed: {}}"
	if n.Kind == yaml.MappingNode && len(n.Content) == 0 {
		p.kind(n, "at least one state", example)
	}
	var states []*State
	for _, e := range p.indented(p.declared(n, "states", example)) {
		s := &State{Pos: posOf(e.key), Name: e.key.Value, Parent: parent}
		if !isNull(e.value) {
			stateShape().of(s.Name).read(p, s, e.value)
		}
		if s.Kind == 0 {
			s.Kind = Atomic
			if len(s.States) > 0 {
				s.Kind = Compound
			}
		}
		states = append(states, s)
	}
	return states
}

// indented puts the words of a state that are indented as if they were states back into the state above them, which
// has nothing else, and reports the first.
func (p *parser) indented(entries []entry) []entry {
	var states []entry
	for i := 0; i < len(entries); i++ {
		e := entries[i]
		states = append(states, e)
		words := misplaced(entries[i+1:])
		if !isAbsent(e.value) || len(words) == 0 {
			continue
		}
		p.add(codeKind, Finding{
			Pos: posOf(words[0].key), Message: quote(words[0].key.Value) + " is a word of a state, not a state",
			Help: "indent it by more than " + quote(e.key.Value), Related: related(posOf(e.key), "the state"),
		})
		own := &yaml.Node{Kind: yaml.MappingNode, Line: words[0].key.Line, Column: words[0].key.Column}
		for _, w := range words {
			own.Content = append(own.Content, w.key, w.value)
		}
		states[len(states)-1].value = own
		i += len(words)
	}
	return states
}

// misplaced are the entries at the beginning that are words of a state, if the first of them cannot be a state: `on` is
// never the name of one, and a text or a list never its content.
func misplaced(entries []entry) []entry {
	words := stateShape()
	for i, e := range entries {
		_, known := words.find(e.key.Value)
		if !known || i == 0 && e.key.Value != "on" && (e.value.Kind == yaml.MappingNode || isNull(e.value)) {
			return entries[:i]
		}
	}
	return entries
}

// stateType reads the `type` of a state; zero leaves it to the children.
func (p *parser) stateType(n *yaml.Node) StateKind {
	t := p.name(n, "type: final")
	switch t.Value {
	case "final":
		return Final
	case "history", "parallel":
		p.add(codeUnsupported, Finding{
			Pos: t.Pos, Message: "`type: " + t.Value + "` is not supported yet", Help: "the only type is `final`",
		})
	case "":
	default:
		p.add(codeKind, Finding{
			Pos: t.Pos, Message: "a state has no type " + quote(t.Value),
			Help: "the only type is `final`; a state with `states` is compound without saying so",
		})
	}
	return 0
}

func (p *parser) on(n *yaml.Node, s *State) []*Handler {
	var handlers []*Handler
	for _, e := range p.entries(n, "on: {close: closed}") {
		if e.key.Value == "*" {
			p.add(codeUnsupported, Finding{
				Pos: posOf(e.key), Message: "`*` for any event is not supported yet", Help: "name the events",
			})
			continue
		}
		handlers = append(handlers, &Handler{
			Event: EventRef{Text: Text{posOf(e.key), e.key.Value}},
			Arms:  p.arms(e.value, s, e.key.Value),
		})
	}
	return handlers
}

func (p *parser) after(n *yaml.Node, s *State) []*Timer {
	var timers []*Timer
	for _, e := range p.entries(n, "after: {30s: closed}") {
		t := &Timer{Length: Length{Text: Text{posOf(e.key), e.key.Value}}, Arms: p.arms(e.value, s, e.key.Value)}
		t.Duration, _ = time.ParseDuration(t.Value)
		timers = append(timers, t)
	}
	return timers
}

// arms reads what follows an event or a time: a target, an arm, or a list of them.
func (p *parser) arms(n *yaml.Node, s *State, key string) []*Arm {
	example := key + ": {guard: locked, target: closed, actions: ring}"
	switch {
	case n.Kind == yaml.SequenceNode && len(n.Content) > 0:
		var arms []*Arm
		for _, item := range n.Content {
			if a := p.arm(item, s, example); a != nil {
				arms = append(arms, a)
			}
		}
		return arms
	default:
		if a := p.arm(n, s, example); a != nil {
			return []*Arm{a}
		}
		return nil
	}
}

func (p *parser) arm(n *yaml.Node, s *State, example string) *Arm {
	a := &Arm{Pos: posOf(n), Source: s}
	switch {
	case n.Kind == yaml.MappingNode:
		armShape().read(p, a, n)
	case n.Kind == yaml.ScalarNode && !isNull(n):
		a.Target = Text{posOf(n), n.Value}
	default:
		p.kind(n, "a target, an arm or a list of arms", example)
		return nil
	}
	return a
}

func armShape() shape[Arm] {
	return shape[Arm]{"an arm", "{guard: locked, target: closed, actions: ring}", []word[Arm]{
		{name: "guard", read: func(p *parser, a *Arm, v *yaml.Node) { a.Guard = p.guard(v) }},
		{name: "target", read: func(p *parser, a *Arm, v *yaml.Node) { a.Target = p.name(v, "target: closed") }},
		{name: "actions", read: func(p *parser, a *Arm, v *yaml.Node) { a.Actions = hookRefs(p.list(v, "actions: [ring, lock]")) }},
		{name: "reply", read: func(p *parser, a *Arm, v *yaml.Node) { a.Reply = &HookRef{Text: p.name(v, "reply: count")} }},
		{name: "reenter", read: func(p *parser, a *Arm, v *yaml.Node) { a.Reenter = p.boolean(v, "reenter: true") }},
		{name: "raise", instead: "let an action call `x.Raise`"},
		{name: "choose", instead: "decide with a guard on each arm"},
		{name: "start", instead: "use `after` in the state that lasts as long"},
		{name: "cancel", instead: "use `after` in the state that lasts as long"},
		{name: "update", instead: "use `after` in the state that lasts as long"},
	}, nil}
}

// guard reads the name of a guard. One that is reported here has no name, but keeps its arm guarded.
func (p *parser) guard(n *yaml.Node) *Condition {
	t := p.name(n, "guard: locked")
	if strings.ContainsAny(t.Value, "!<>=&|()+-*/. ") {
		p.add(codeUnsupported, Finding{
			Pos: t.Pos, Message: "guard expressions are not supported yet",
			Help: "name a guard and declare it under `guards`",
		})
		t.Value = ""
	}
	return &Condition{Text: t, Expr: &Expr{Pos: t.Pos, Op: OpGuard, Guard: &HookRef{Text: t}}}
}

func (p *parser) boolean(n *yaml.Node, example string) bool {
	if n.Kind == yaml.ScalarNode && n.Tag == "!!bool" {
		return strings.EqualFold(n.Value, "true")
	}
	p.kind(n, "true or false", example)
	return false
}

func hookRefs(texts []Text) []*HookRef {
	var refs []*HookRef
	for _, t := range texts {
		refs = append(refs, &HookRef{Text: t})
	}
	return refs
}

func eventRefs(texts []Text) []*EventRef {
	var refs []*EventRef
	for _, t := range texts {
		refs = append(refs, &EventRef{Text: t})
	}
	return refs
}

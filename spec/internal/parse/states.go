package parse

import (
	"slices"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/fsmgen/fsmgen/spec/internal/decl"
	"github.com/fsmgen/fsmgen/spec/internal/finding"
	"github.com/fsmgen/fsmgen/spec/internal/model"
	"github.com/fsmgen/fsmgen/spec/internal/rule"
	"github.com/fsmgen/fsmgen/spec/internal/syntax"
	"github.com/fsmgen/fsmgen/spec/internal/wording"
)

func stateShape() shape[model.State] {
	return shape[model.State]{"a state", "open: {on: {close: closed}}", []word[model.State]{
		{name: "doc", read: func(p *parser, s *model.State, v *yaml.Node) { s.Doc = p.doc(v) }},
		{name: "type", read: func(p *parser, s *model.State, v *yaml.Node) { s.Kind = p.stateType(v) }},
		{name: "initial", read: func(p *parser, s *model.State, v *yaml.Node) { s.Initial = p.name(v, "initial: idle") }},
		{name: "states", read: func(p *parser, s *model.State, v *yaml.Node) { s.States = p.states(v, s) }},
		{name: "on", read: func(p *parser, s *model.State, v *yaml.Node) { s.On = p.on(v, s) }},
		{name: "entry", read: func(p *parser, s *model.State, v *yaml.Node) { s.Entry = hookRefs(p.list(v, "entry: ring")) }},
		{name: "exit", read: func(p *parser, s *model.State, v *yaml.Node) { s.Exit = hookRefs(p.list(v, "exit: ring")) }},
		{name: "after", read: func(p *parser, s *model.State, v *yaml.Node) { s.After = p.times(v, s, "after") }},
		{name: "every", read: func(p *parser, s *model.State, v *yaml.Node) { s.Every = p.times(v, s, "every") }},
		{name: "postpone", read: func(p *parser, s *model.State, v *yaml.Node) { s.Postpone = eventRefs(p.list(v, "postpone: [close]")) }},
		{name: "ignore", read: func(p *parser, s *model.State, v *yaml.Node) { s.Ignore = eventRefs(p.list(v, "ignore: [close]")) }},
		{name: "always", read: func(p *parser, s *model.State, v *yaml.Node) { s.Always = p.transitions(v, s, "always") }},
		{name: "event_timeout", read: func(p *parser, s *model.State, v *yaml.Node) { s.EventTimeout = p.eventTimeout(v, s) }},
		{name: "invoke", read: func(p *parser, s *model.State, v *yaml.Node) { s.Invokes = p.invocations(v, s) }},
		{name: "onDone", read: func(p *parser, s *model.State, v *yaml.Node) { s.OnDone = p.transitions(v, s, "onDone") }},
		{name: "history", read: func(p *parser, s *model.State, v *yaml.Node) { s.Memory = p.memory(v) }},
		{name: "target", read: func(p *parser, s *model.State, v *yaml.Node) { s.Default = p.name(v, "target: idle") }},
		{name: "renamed_from", read: func(p *parser, s *model.State, v *yaml.Node) { s.Renamed = p.list(v, "renamed_from: shut") }},
		{name: "onEntry", instead: "entry"},
		{name: "onExit", instead: "exit"},
		{name: "defer", instead: "postpone"},
		{name: "final", elsewhere: "write `type: final`"},
		{name: "onError", elsewhere: "write it in an `invoke`, whose failure it handles"},
	}, nil}
}

func (p *parser) states(n *yaml.Node, parent *model.State) []*model.State {
	const example = "states: {open: {on: {close: closed}}, closed: {}}"
	if n.Kind == yaml.MappingNode && len(n.Content) == 0 {
		p.kind(n, "at least one state", example)
	}
	var states []*model.State
	for _, e := range p.indented(p.declared(n, "states", example)) {
		s := &model.State{Pos: syntax.PosOf(e.key), Name: e.key.Value, Parent: parent}
		if !syntax.IsNull(e.value) {
			stateShape().of(s.Name).read(p, s, e.value)
		}
		if s.Kind == 0 {
			s.Kind = model.Atomic
			if len(s.States) > 0 {
				s.Kind = model.Compound
			}
		}
		s.Deep = s.Memory.Value == "deep"
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
		if !syntax.IsAbsent(e.value) || len(words) == 0 {
			continue
		}
		p.Add(rule.Kind, finding.Finding{
			Pos: syntax.PosOf(words[0].key), Message: wording.Quote(words[0].key.Value) + " is a word of a state, not a state",
			Help: "indent it by more than " + wording.Quote(e.key.Value), Related: finding.RelatedTo(syntax.PosOf(e.key), "the state"),
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
		if !known || i == 0 && e.key.Value != "on" && (e.value.Kind == yaml.MappingNode || syntax.IsNull(e.value)) {
			return entries[:i]
		}
	}
	return entries
}

// stateType reads the `type` of a state; zero leaves it to the children.
func (p *parser) stateType(n *yaml.Node) model.StateKind {
	t := p.name(n, "type: final")
	switch t.Value {
	case "final":
		return model.Final
	case "history":
		return model.History
	case "parallel":
		p.Add(rule.Unsupported, finding.Finding{
			Pos: t.Pos, Message: "`type: parallel` is not supported yet",
			Help: "declare a machine for each region, or a state for each combination",
		})
	case "":
	default:
		p.Add(rule.Kind, finding.Finding{
			Pos: t.Pos, Message: "a state has no type " + wording.Quote(t.Value),
			Help: "the types are `final` and `history`; a state with `states` is compound without saying so",
		})
	}
	return 0
}

// memory reads what a history remembers.
func (p *parser) memory(n *yaml.Node) syntax.Text {
	t := p.name(n, "history: deep")
	if t.Value != "" && t.Value != "deep" && t.Value != "shallow" {
		p.Add(rule.Kind, finding.Finding{
			Pos: t.Pos, Message: "a history is not " + wording.Quote(t.Value),
			Help: "`shallow` remembers the child that was left last, `deep` the state inside it too",
		})
	}
	return t
}

func (p *parser) on(n *yaml.Node, s *model.State) []*model.Handler {
	var handlers []*model.Handler
	for _, e := range p.entries(n, "on: {close: closed}") {
		handlers = append(handlers, &model.Handler{
			Event:       decl.EventRef{Text: syntax.Text{Pos: syntax.PosOf(e.key), Value: e.key.Value}},
			Transitions: p.transitions(e.value, s, e.key.Value),
		})
	}
	return handlers
}

// times reads the times of `after` or of `every`, which is the word.
func (p *parser) times(n *yaml.Node, s *model.State, word string) []*model.Timer {
	var timers []*model.Timer
	for _, e := range p.entries(n, word+": {30s: closed}") {
		t := &model.Timer{Length: length(syntax.PosOf(e.key), e.key.Value), Every: word == "every"}
		if isNamedTime(e.value) {
			namedTimeShape(s).read(p, t, e.value)
		} else {
			t.Transitions = p.transitions(e.value, s, e.key.Value)
		}
		timers = append(timers, t)
	}
	return timers
}

// isNamedTime reports whether the value of a time has words of its own, and not only transitions.
func isNamedTime(n *yaml.Node) bool {
	if n.Kind != yaml.MappingNode {
		return false
	}
	for i := 0; i < len(n.Content); i += 2 {
		if slices.Contains([]string{"name", "renamed_from", "transitions"}, n.Content[i].Value) {
			return true
		}
	}
	return false
}

func namedTimeShape(s *model.State) shape[model.Timer] {
	words := []word[model.Timer]{
		{name: "name", read: func(p *parser, t *model.Timer, v *yaml.Node) { t.Name = p.name(v, "name: closing") }},
		{name: "renamed_from", read: func(p *parser, t *model.Timer, v *yaml.Node) { t.Renamed = p.list(v, "renamed_from: 30s") }},
		{name: "transitions", read: func(p *parser, t *model.Timer, v *yaml.Node) { t.Transitions = p.transitions(v, s, "transitions") }},
	}
	for word := range transitionShape().names() {
		words = append(words, elsewhere(word))
	}
	return shape[model.Timer]{"a time with a name", "{name: closing, transitions: closed}", words, []string{"transitions: closed"}}
}

// elsewhere is a word of a transition beside the name of a time.
func elsewhere(name string) word[model.Timer] {
	return word[model.Timer]{name: name, elsewhere: "write it inside `transitions`"}
}

// eventTimeout reads the one time that a state waits for any event.
func (p *parser) eventTimeout(n *yaml.Node, s *model.State) *model.Timer {
	const example = "event_timeout: {10s: closed}"
	if n.Kind == yaml.MappingNode && len(n.Content) != 2 {
		p.kind(n, "one time", example)
		return nil
	}
	for _, e := range p.entries(n, example) {
		return &model.Timer{Length: length(syntax.PosOf(e.key), e.key.Value), Transitions: p.transitions(e.value, s, e.key.Value)}
	}
	return nil
}

func length(at syntax.Pos, text string) decl.Length {
	l := decl.Length{Text: syntax.Text{Pos: at, Value: text}}
	l.Duration, _ = time.ParseDuration(text)
	return l
}

func invocationShape(s *model.State) shape[model.Invocation] {
	return shape[model.Invocation]{"an invoke", "{src: start, onDone: open, onError: closed}", []word[model.Invocation]{
		{name: "src", read: func(p *parser, v *model.Invocation, n *yaml.Node) {
			v.Src = decl.HookRef{Text: p.name(n, "src: start")}
		}},
		{name: "onDone", read: func(p *parser, v *model.Invocation, n *yaml.Node) { v.OnDone = p.transitions(n, s, "onDone") }},
		{name: "onError", read: func(p *parser, v *model.Invocation, n *yaml.Node) { v.OnError = p.transitions(n, s, "onError") }},
	}, []string{"src: start"}}
}

// invocations reads one invoke or a list of them.
func (p *parser) invocations(n *yaml.Node, s *model.State) []*model.Invocation {
	items := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode && len(n.Content) > 0 {
		items = n.Content
	}
	var all []*model.Invocation
	for _, item := range items {
		v := &model.Invocation{Pos: syntax.PosOf(item)}
		invocationShape(s).read(p, v, item)
		all = append(all, v)
	}
	return all
}

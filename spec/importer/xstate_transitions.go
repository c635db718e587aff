package importer

import (
	"cmp"
	"regexp"
	"strings"
)

// reactions takes over what a state waits for.
func (x *xstate) reactions(n *node, s *state) {
	for _, m := range n.config.get("on").all() {
		x.on(n, s, m)
	}
	for _, m := range n.config.get("after").all() {
		s.after = append(s.after, reaction{x.delay(m), x.transitions(n, m.value)})
	}
	s.always = x.transitions(n, n.config.get("always"))
	s.onDone = x.transitions(n, n.config.get("onDone"))
	for _, v := range n.config.get("invoke").items() {
		s.invokes = append(s.invokes, x.invoke(n, v))
	}
}

func (v *value) all() []member {
	if v == nil {
		return nil
	}
	return v.members
}

// on takes over the transitions of one event. A transition that does nothing ignores it.
func (x *xstate) on(n *node, s *state, m member) {
	event := "*"
	switch {
	case m.key == "*":
	case strings.Contains(m.key, "*") || strings.HasPrefix(m.key, "xstate."):
		x.notTaken(m.at, "the event `"+m.key+"` is left out", "name each event")
		return
	default:
		event = x.m.event(m.key)
	}
	transitions := x.transitions(n, m.value)
	if last := len(transitions) - 1; event != "*" && last >= 0 && transitions[last].nothing() {
		transitions = transitions[:last]
		s.ignore = append(s.ignore, event)
	}
	s.add(event, transitions...)
}

// nothing reports whether a transition is there only so that no other state takes the event.
func (a transition) nothing() bool {
	return a.guard == "" && a.target == "" && !a.reenter && len(a.actions)+len(a.raise) == 0
}

// transitions are those of a target, a transition or a list of them.
func (x *xstate) transitions(n *node, v *value) []transition {
	var transitions []transition
	for _, item := range v.items() {
		a, ok := x.transition(n, item)
		if !ok {
			continue
		}
		if transitions = append(transitions, a); a.guard == "" {
			break
		}
	}
	return transitions
}

func (x *xstate) transition(n *node, v *value) (a transition, ok bool) {
	target := v
	if v.kind == '{' {
		target = v.get("target")
		a.guard = x.guard(cmp.Or(v.get("guard"), v.get("cond")))
		a.actions, a.raise = x.effects(v.get("actions"))
		internal := v.get("internal")
		a.reenter = v.get("reenter").isTrue() || internal != nil && internal.scalar == false
		x.rest(v)
	}
	if targets := target.items(); len(targets) > 1 {
		x.notTaken(target.offset, "of several targets only the first is taken", "a spec has no parallel states yet")
		target = targets[0]
	} else if len(targets) == 1 {
		target = targets[0]
	}
	if target.isNull() {
		a.reenter = false
		return a, true
	}
	to := x.resolve(n, target)
	if to == nil {
		return a, false
	}
	a.target = to.name
	return a, true
}

// rest reports what a transition of XState has and one of a spec has not.
func (x *xstate) rest(v *value) {
	for _, m := range v.members {
		switch m.key {
		case "target", "guard", "cond", "actions", "reenter", "internal", "description":
		default:
			x.notTaken(m.at, "`"+m.key+"` of a transition is left out", "a spec has no word for it")
		}
	}
}

// typeOf is the name of an implementation: a text, or the type of an object.
func typeOf(v *value) string {
	if v.text() != "" {
		return v.text()
	}
	return v.get("type").text()
}

var (
	identifier  = regexp.MustCompile(`^[\p{L}_][\p{L}\p{N}_ .:-]*$`)
	combination = regexp.MustCompile(`^(?:!|\(|\)|&&|\|\||\s|[A-Za-z_]\w*)+$`) // of guards, as a spec writes it
	word        = regexp.MustCompile(`[A-Za-z_]\w*`)
)

// guard is a declared guard. One that is no name, or has params, is to be written.
func (x *xstate) guard(v *value) string {
	if v.isNull() {
		return ""
	}
	typ, params := typeOf(v), v.get("params")
	raw := x.raw(v)
	name, known := x.m.hookNames.names["guard "+raw]
	if known {
		return name
	}
	if combination.MatchString(typ) && strings.ContainsAny(typ, "!&|") {
		return word.ReplaceAllStringFunc(typ, func(name string) string {
			return x.m.hook(&x.m.guards, "guard "+name, name, "", Effect{Text: name})
		})
	}
	if typ == "not" || typ == "and" || typ == "or" || !identifier.MatchString(typ) || len(params.all()) > 0 {
		name = x.m.hook(&x.m.guards, "guard "+raw, "guard_"+short(typ), "Holds if "+raw+".", Effect{Text: raw})
		x.byHand(v.offset, "the guard "+raw+" becomes "+name, "write it as a hook, or as an expression")
		return name
	}
	return x.m.hook(&x.m.guards, "guard "+raw, typ, "", Effect{Text: typ})
}

// raw is a value on one line, as the source has it.
func (x *xstate) raw(v *value) string {
	if v.text() != "" {
		return v.text()
	}
	var b strings.Builder
	v.write(&b)
	return b.String()
}

// actions are declared actions; what a transition can raise itself is one, too.
func (x *xstate) actions(v *value) []string {
	var names []string
	for _, item := range v.items() {
		if name := x.action(item); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// effects are the actions of a transition, and what it raises if it raises last.
func (x *xstate) effects(v *value) (actions, raise []string) {
	items := v.items()
	end := len(items)
	for end > 0 && raised(items[end-1]) != "" {
		end--
	}
	for _, item := range items[:end] {
		if name := x.action(item); name != "" {
			actions = append(actions, name)
		}
	}
	for _, item := range items[end:] {
		raise = append(raise, x.m.event(raised(item)))
	}
	return actions, raise
}

// raised is the event that an action raises, or empty.
func raised(v *value) string {
	if typ := typeOf(v); typ != "raise" && typ != "xstate.raise" {
		return ""
	}
	for _, event := range []*value{v.get("event"), v.get("params").get("event")} {
		if typ := typeOf(event); event != nil && typ != "" {
			return typ
		}
	}
	return ""
}

func (x *xstate) action(v *value) string {
	typ := typeOf(v)
	raw := x.raw(v)
	if event := raised(v); event != "" {
		return x.m.hook(&x.m.actions, "action "+raw, "raise_"+event, "Raises "+x.m.event(event)+".", Effect{Raise: x.m.event(event)})
	}
	if typ == "" {
		x.notTaken(v.offset, "an action without a type is left out", "give it a name")
		return ""
	}
	name, known := x.m.hookNames.names["action "+raw]
	if known {
		return name
	}
	if params := v.get("params"); len(params.all()) > 0 || strings.HasPrefix(typ, "xstate.") {
		about := ""
		if all := params.all(); len(all) > 0 {
			about = "_" + short(all[0].value.text())
		}
		name = x.m.hook(&x.m.actions, "action "+raw, typ+about, "Does "+raw+".", Effect{Text: raw})
		x.byHand(v.offset, "the params of "+typ+" are left out of the action "+name, "write them into the hook")
		return name
	}
	return x.m.hook(&x.m.actions, "action "+raw, typ, "", Effect{Text: typ})
}

func (x *xstate) invoke(n *node, v *value) invoke {
	src := typeOf(cmp.Or(v.get("src"), &value{}))
	if src == "" {
		x.notTaken(v.offset, "an invoke without a src by name", "give it one")
		src = "invoke"
	}
	out := invoke{
		src:    x.m.hook(&x.m.invokes, "invoke "+src, src, "", Effect{Text: src}),
		onDone: x.transitions(n, v.get("onDone")), onError: x.transitions(n, v.get("onError")),
	}
	for _, m := range v.members {
		switch m.key {
		case "src", "id", "onDone", "onError":
		default:
			x.notTaken(m.at, "`"+m.key+"` of an invoke is left out", "a spec has no word for it")
		}
	}
	return out
}

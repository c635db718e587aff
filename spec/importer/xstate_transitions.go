package importer

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

// targets are what a transition names as its target.
func targets(v *value) []*value {
	if v.kindIs('{') {
		return targets(v.get("target"))
	}
	if v.isNull() {
		return nil
	}
	return v.items()
}

// transitions are those of a list, up to the first that is always taken.
func (x *xstate) transitions(n *node, list []*value) []transition {
	var transitions []transition
	for _, item := range list {
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
	a.at = v.offset
	if v.kind == '{' {
		a.guard = x.both(x.guard(cmp.Or(v.get("guard"), v.get("cond"))), x.activeGuard(n, v.get("in")))
		a.actions, a.raise = x.effects(v.get("actions"))
		x.rest(v)
	}
	targets := targets(v)
	if len(targets) == 0 {
		return a, true
	}
	if len(targets) > 1 {
		x.notTaken(targets[0].offset, "of several targets only the first is taken", "parallel states are not supported yet")
	}
	to := x.resolve(n, targets[0])
	if to == nil {
		return a, false
	}
	a.target = to.name
	x.domain(&a, v, targets[0].text(), n, to)
	x.warnHistory(targets[0], n, to, a.reenter || v.get("reenter").isTrue())
	return a, true
}

// warnHistory reports a transition to a history whose parent is not left, where XState goes on in another state than a spec, or leaves
// fewer.
func (x *xstate) warnHistory(target *value, source, to *node, reenter bool) {
	inside := to.kind == "history" && source != to.parent && source.within(to.parent)
	switch {
	case inside && x.version == 4:
		x.notTaken(target.offset, "XState 4 goes on in the child that is active here; the spec goes to the one in which "+to.parent.name+" was left",
			"name a state")
	case inside && !reenter && x.mayStandFor(to, source):
		x.notTaken(target.offset, "XState 5 does not leave "+source.name+" if the history stands for it or a state inside; the spec does", "name a state")
	}
}

// mayStandFor reports whether a history can stand for a state. That of the root, which is hardly ever left, stands for its default.
func (x *xstate) mayStandFor(history, n *node) bool {
	if history.parent != x.root {
		return true
	}
	targets := history.config.get("target").items()
	if len(targets) == 0 {
		targets = initialTargets(x.root)
	}
	if len(targets) == 0 {
		return false
	}
	at := x.initialNode(x.root, targets[0])
	return at != nil && (n.within(at) || at.within(n))
}

// domain says which states a transition leaves. In XState 5 it does not leave its source unless it says `reenter`. In XState 4 it does,
// unless it says `internal` or its target begins with a dot; then it leaves only states that are not active afterwards.
func (x *xstate) domain(a *transition, v *value, target string, source, to *node) {
	reenter, internal := v.get("reenter"), v.get("internal")
	relative := strings.HasPrefix(target, x.delimiter)
	if x.version == 4 {
		a.keeps = relative && internal == nil || internal.isTrue()
		a.reenter = !a.keeps && to.within(source)
		return
	}
	a.reenter = reenter.isTrue() || internal != nil && internal.scalar == false
	a.within = to == x.root && source != x.root && !a.reenter
	a.relative = relative
	a.loose = x.version == 0 && (to.within(source) || to == x.root)
	a.reenter = a.reenter && to.within(source)
}

// both is a guard that holds if two do; one that is empty always holds.
func (x *xstate) both(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return joined('&', parseGuard(a), parseGuard(b)).text()
}

// rest reports what a transition of XState has and one of a spec has not.
func (x *xstate) rest(v *value) {
	for _, m := range v.members {
		switch m.key {
		case "target", "guard", "cond", "actions", "reenter", "internal", "description", "in", "event", "eventType", "source":
		case "delay":
			// the time of an `after`
		default:
			if !m.value.isNull() {
				x.notTaken(m.at, "`"+m.key+"` of a transition is left out", "a spec has no word for it")
			}
		}
	}
}

// typeOf is the name of an implementation: a text, or the type of an object. Version 4 wraps the name of a guard into another object.
func typeOf(v *value) string {
	typ := v.get("type").text()
	switch {
	case v.text() != "":
		return v.text()
	case typ == "xstate.guard":
		return v.get("name").text()
	default:
		return typ
	}
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
	if active := params.get("stateValue"); strings.HasSuffix(typ, "stateIn") && active != nil {
		return x.activeGuard(x.root, active)
	}
	raw := x.raw(v)
	if name, known := x.m.hookNames.names["guard "+raw]; known {
		return name
	}
	if combination.MatchString(typ) && strings.ContainsAny(typ, "!&|") {
		return word.ReplaceAllStringFunc(typ, func(name string) string {
			return x.m.hook(&x.m.guards, "guard "+name, name, "", Effect{Text: name})
		})
	}
	if typ == "not" || typ == "and" || typ == "or" || !identifier.MatchString(typ) || len(params.all()) > 0 {
		name := x.m.hook(&x.m.guards, "guard "+raw, "guard_"+short(typ), "Holds if "+raw+".", Effect{Text: raw})
		x.byHand(v.offset, "the guard "+raw+" becomes "+name, "write it as a hook, or as an expression")
		return name
	}
	return x.hook(&x.m.guards, "guard ", typ, v)
}

// hook declares a hook of the config, which has a name there.
func (x *xstate) hook(in *[]declaration, kind, name string, v *value) string {
	given, known := x.m.hookNames.names[kind+name]
	if !known {
		given = x.m.hook(in, kind+name, name, "", Effect{Text: name})
		x.m.document(*in, given, x.renamed(v, name, given))
	}
	return given
}

// activeGuard is the guard that a state is active, which it is where the state is named from.
func (x *xstate) activeGuard(n *node, v *value) string {
	if v.isNull() {
		return ""
	}
	path, inner := v.text(), v
	for inner.kindIs('{') && len(inner.members) == 1 {
		path = strings.TrimPrefix(path+x.delimiter+inner.members[0].key, x.delimiter)
		if inner = inner.members[0].value; inner.text() != "" {
			path += x.delimiter + inner.text()
		}
	}
	at := x.root
	if n.parent != nil && n.parent.parent != nil {
		at = n.parent.parent
	}
	if rest, ok := strings.CutPrefix(path, "#"); ok {
		at, path = x.byID(rest)
	}
	for at != nil && path != "" {
		var key string
		key, path, _ = strings.Cut(path, x.delimiter)
		at = at.child(key)
	}
	switch at {
	case nil:
		x.refuse(codeNotTaken, v.offset, "the condition names no state", "name a state of the machine")
		return ""
	case x.root:
		return ""
	}
	return x.m.hook(&x.m.guards, "in #"+at.id, "in_"+at.name, "Holds in "+at.name+".", Effect{In: at.name})
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

// invoke takes over work. Work that a state does twice is done by two hooks.
func (x *xstate) invoke(n *node, s *state, v invoked) invoke {
	src := typeOf(cmp.Or(v.config.get("src"), v.config))
	if src == "" || v.config.get("src") == nil && v.config.kind == '{' && v.id != src {
		x.notTaken(v.config.offset, "an invoke without a src by name becomes the hook "+cmp.Or(snake(v.id), "invoke"), "give it one")
		src = cmp.Or(v.id, "invoke")
	}
	name := x.hook(&x.m.invokes, "invoke ", src, v.config)
	for i := 2; s.does(name); i++ {
		again := src + " " + string(rune('0'+i))
		name = x.m.hook(&x.m.invokes, "invoke "+again, again, "The same work as "+src+".", Effect{Text: src})
		x.byHand(v.config.offset, "`"+src+"` is done twice here, so its second hook is "+name, "let it do the same")
	}
	x.warnFailure(n, v, src)
	for _, m := range v.config.all() {
		switch m.key {
		case "src", "id", "onDone", "onError", "type":
		default:
			if !m.value.isNull() {
				x.notTaken(m.at, "`"+m.key+"` of an invoke is left out", "a spec has no word for it")
			}
		}
	}
	return invoke{src: name, onDone: x.sent(n, resultOf+v.id), onError: x.sent(n, errorOf+v.id)}
}

// warnFailure reports work whose failure may be handled by no state, which ends a machine of XState 5.
func (x *xstate) warnFailure(n *node, v invoked, src string) {
	handled := false
	for o := n; o != nil; o = o.parent {
		list := x.candidates(o, errorOf+v.id)
		if slices.ContainsFunc(list, always) {
			return
		}
		handled = handled || len(list) > 0
	}
	when := "if `" + src + "` fails"
	if handled {
		when += " and no guard holds"
	}
	if x.version != 4 {
		x.notTaken(v.config.offset, "XState ends the machine with an error "+when+"; here it goes on", "add `onError`")
	}
}

func (s *state) does(src string) bool {
	for _, v := range s.invokes {
		if v.src == src {
			return true
		}
	}
	return false
}

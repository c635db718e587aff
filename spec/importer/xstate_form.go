package importer

import (
	"slices"
	"strings"
)

// Words of a config that only one version of XState has.
var (
	wordsOf4 = []string{
		"cond", "internal", "in", "predictableActionArguments", "preserveActionOrder", "tsTypes", "schema", "strict", "delimiter",
		"activities", "onEntry", "onExit", "parallel", "autoForward", "services",
	}
	wordsOf5   = []string{"guard", "reenter", "params", "output", "input", "types", "onSnapshot", "systemId", "route", "schemas"}
	prefixOf4  = []string{"done.invoke.", "error.platform.", "done.state.", "xstate.after("}
	prefixOf5  = []string{"xstate.done.", "xstate.error.", "xstate.snapshot."}
	actionsOf4 = []string{"xstate.send", "xstate.choose", "xstate.pure", "xstate.start", "xstate.escalate", "xstate.update"}
	actionsOf5 = []string{"xstate.sendTo", "xstate.enqueueActions", "xstate.emit", "xstate.spawnChild", "xstate.stopChild"}
)

// versionOf is the version that a config was written for: 4, 5, or 0 if nothing says it. A word of version 5 counts more.
func versionOf(config *value) int {
	var s signs
	s.state(config)
	s.rootTargets(config.get("on"))
	switch {
	case s.five:
		return 5
	case s.four:
		return 4
	case s.partial:
		return 5
	default:
		return 0
	}
}

// signs are what was found that only one version of XState has. In version 4, `a.*` may be the name of an event.
type signs struct{ four, five, partial bool }

func (s *signs) see(four, five bool) { s.four, s.five = s.four || four, s.five || five }

func (s *signs) state(v *value) {
	for _, m := range v.all() {
		s.see(slices.Contains(wordsOf4, m.key), slices.Contains(wordsOf5, m.key))
		switch m.key {
		case "entry", "exit":
			s.actions(m.value)
		case "always", "onDone":
			s.transitions(m.value)
		case "on", "after":
			s.on(m.key, m.value)
		case "invoke":
			s.invokes(m.value)
		case "history":
			s.see(m.value.isTrue(), false)
		case "states":
			for _, inner := range m.value.all() {
				s.state(inner.value)
			}
		}
	}
}

func (s *signs) on(word string, v *value) {
	s.see(v.kind == '[', false)
	if v.kind == '[' {
		s.transitions(v)
	}
	for _, m := range v.all() {
		if word == "on" {
			s.see(m.key == "" || hasPrefix(m.key, prefixOf4), hasPrefix(m.key, prefixOf5))
			s.partial = s.partial || strings.HasSuffix(m.key, ".*")
		}
		s.transitions(m.value)
	}
}

func (s *signs) invokes(v *value) {
	for _, i := range v.items() {
		for _, m := range i.all() {
			s.see(m.key == "data" || m.key == "autoForward", m.key == "input" || m.key == "onSnapshot" || m.key == "systemId")
		}
		s.see(i.get("src").get("type") != nil, false)
		s.transitions(i.get("onDone"))
		s.transitions(i.get("onError"))
	}
}

func (s *signs) transitions(v *value) {
	for _, t := range v.items() {
		for _, m := range t.all() {
			s.see(m.key == "cond" || m.key == "internal" || m.key == "in", m.key == "guard" || m.key == "reenter")
		}
		s.actions(t.get("actions"))
	}
}

func (s *signs) actions(v *value) {
	for _, a := range v.items() {
		s.see(slices.Contains(actionsOf4, typeOf(a)), slices.Contains(actionsOf5, typeOf(a)))
	}
}

// rootTargets looks whether the root names its children as if they were beside it, which version 5 refuses.
func (s *signs) rootTargets(on *value) {
	for _, m := range on.all() {
		for _, t := range m.value.items() {
			target := t.text()
			if t.kind == '{' {
				target = t.get("target").text()
			}
			s.see(target != "" && !strings.HasPrefix(target, ".") && !strings.HasPrefix(target, "#"), false)
		}
	}
}

func hasPrefix(text string, of []string) bool {
	return slices.ContainsFunc(of, func(p string) bool { return strings.HasPrefix(text, p) })
}

// isSerialized reports whether a value is what JSON.stringify makes of a machine, and no config.
func isSerialized(config *value) bool {
	return config.get("transitions") != nil && config.get("order") != nil && config.get("key") != nil
}

// unserialize makes a config of what JSON.stringify makes of a machine.
func (x *xstate) unserialize(root *value) {
	lost := "inline functions and the defaults of histories"
	if x.version != 4 {
		lost = "eventless transitions, " + lost
	}
	x.notTaken(root.offset, "this is JSON.stringify of a machine, in which "+lost+" are missing", "import JSON.stringify(machine.config)")
	x.unserializeState(root)
}

func (x *xstate) unserializeState(v *value) {
	for _, word := range []string{"transitions", "order", "key"} {
		if at := v.get(word); at != nil && (word != "key" || v.get("id") != nil) {
			v.set(member{key: word, value: &value{offset: at.offset}, at: at.offset})
		}
	}
	if start := v.get("initial"); start.kindIs('{') && len(start.get("target").items()) == 0 {
		v.set(member{key: "initial", value: &value{offset: start.offset}, at: start.offset})
	}
	x.unserializeDelays(v)
	for _, m := range v.get("states").all() {
		if m.value.kind == '{' {
			x.unserializeState(m.value)
		}
	}
}

// unserializeDelays makes `after` of the events that stand for it, and takes away the actions that start and stop its times.
func (x *xstate) unserializeDelays(v *value) {
	on := v.get("on")
	if on == nil {
		return
	}
	after := &value{kind: '{', offset: on.offset}
	kept := &value{kind: '{', offset: on.offset}
	for _, m := range on.members {
		delay := m.value.items()
		if !strings.HasPrefix(m.key, "xstate.after") || len(delay) == 0 || delay[0].get("delay") == nil {
			kept.set(m)
			continue
		}
		after.set(member{key: strings.Trim(x.raw(delay[0].get("delay")), `"`), value: m.value, at: m.at})
	}
	if len(after.members) == 0 {
		return
	}
	v.set(member{key: "on", value: kept, at: on.offset})
	v.set(member{key: "after", value: after, at: on.offset})
	for _, word := range []string{"entry", "exit"} {
		if list := v.get(word); list.kindIs('[') {
			list.list = list.list[:len(list.list)-min(len(after.members), len(list.list))]
		}
	}
}

package importer

import (
	"cmp"
	"slices"
	"strings"
)

// owned are the events that a state sends to its machine: when it is done, when its work ends, and when its times are over.
func (n *node) owned() []string {
	var events []string
	if n.kind == "compound" && slices.ContainsFunc(n.inner, func(c *node) bool { return c.kind == "final" }) {
		events = append(events, doneOf+n.id)
	}
	for _, v := range n.invokes {
		events = append(events, resultOf+v.id, errorOf+v.id)
	}
	for _, d := range n.after {
		events = append(events, d.event)
	}
	return events
}

// learnEvents finds the events of the config. One that a state sends to its machine is an event of the spec only if another state can
// take it.
func (x *xstate) learnEvents() {
	nodes, owned := x.root.all(), map[string]bool{}
	for _, n := range nodes {
		if !slices.ContainsFunc(n.handlers, func(h handler) bool { return strings.HasPrefix(h.descriptor, errorOf) && h.acts() }) {
			continue
		}
		for _, v := range n.invokes {
			x.failures[errorOf+v.id] = true
		}
	}
	waiting := x.waiting(nodes)
	for _, n := range nodes {
		for _, event := range n.owned() {
			if owned[event] = true; x.taken(n, event, waiting) {
				x.raisedAs[event] = ""
			}
		}
	}
	for _, event := range x.opt.Events {
		x.know(event, 0)
	}
	for _, n := range nodes {
		for _, h := range n.handlers {
			switch {
			case owned[h.descriptor] || strings.HasSuffix(h.descriptor, "*") || h.written == "onDone":
			case strings.HasPrefix(h.descriptor, "xstate."):
				x.notTaken(h.at, "the event `"+h.written+"` is left out: nothing in the file sends it", "name the state or the work by its id")
			default:
				x.know(h.descriptor, h.at)
			}
		}
		x.learnRaised(n.config)
	}
	for _, n := range nodes {
		for _, event := range n.owned() {
			if _, ok := x.raisedAs[event]; ok && x.raisedAs[event] == "" {
				x.raisedAs[event] = x.m.ownEvent(strings.TrimPrefix(event, "xstate."))
			}
		}
	}
	x.learnWild(nodes)
	x.warnFinal(nodes)
}

// warnFinal reports what takes the done event of a final state itself, which XState 4 sends beside that of the state around it.
func (x *xstate) warnFinal(nodes []*node) {
	for _, n := range nodes {
		if x.version != 4 || n.kind != "final" || n.parent == x.root {
			continue
		}
		for o := n.parent; o != nil; o = o.parent {
			for _, h := range o.handlers {
				if x.stands(h.descriptor, doneOf+n.id) {
					x.notTaken(h.at, "`"+h.written+"` does not take done.state."+n.id+", which XState 4 sends before that of the state around",
						"wait for done.state."+n.parent.id)
				}
			}
		}
	}
}

// acts reports whether one of the transitions has a target or actions.
func (h handler) acts() bool {
	return slices.ContainsFunc(h.list, func(v *value) bool { return len(targets(v))+len(v.get("actions").items()) > 0 })
}

// waiting are the states with handlers that do not name just one event of the surroundings.
func (x *xstate) waiting(nodes []*node) map[*node]bool {
	waiting := map[*node]bool{}
	for _, n := range nodes {
		for _, h := range n.handlers {
			if strings.HasPrefix(h.descriptor, "xstate.") || strings.HasSuffix(h.descriptor, "*") {
				waiting[n] = true
			}
		}
	}
	return waiting
}

// taken reports whether another state than the one that sends an event can take it: one inside, or one around if none of its own
// transitions is always taken.
func (x *xstate) taken(n *node, event string, waiting map[*node]bool) bool {
	own := x.candidates(n, event)
	if !slices.ContainsFunc(own, always) {
		for o := n.parent; o != nil; o = o.parent {
			if waiting[o] && len(x.candidates(o, event)) > 0 {
				return true
			}
		}
	}
	for _, o := range n.all()[1:] {
		isIn := !strings.HasPrefix(event, doneOf) || o.kind == "final" && o.parent == n
		if waiting[o] && isIn && len(x.candidates(o, event)) > 0 {
			return true
		}
	}
	return false
}

// always reports whether a transition has no condition.
func always(v *value) bool {
	return cmp.Or(v.get("guard"), v.get("cond")).isNull() && v.get("in").isNull()
}

// know takes an event for one of the config.
func (x *xstate) know(event string, at int64) {
	if _, known := x.m.eventNames.names[event]; known {
		return
	}
	x.events = append(x.events, event)
	name := x.m.event(event)
	if lossy(event) {
		x.m.document(x.m.events, name, x.renamedAt(at, event, name))
	}
}

// learnRaised finds the events that actions of a state raise.
func (x *xstate) learnRaised(config *value) {
	for _, m := range config.all() {
		if m.key == "states" || m.key == "context" || m.key == "meta" {
			continue
		}
		x.learnRaisedIn(m.value)
	}
}

func (x *xstate) learnRaisedIn(v *value) {
	if event := sentEvent(v); event != "" {
		x.know(event, v.offset)
	}
	for _, item := range v.listed() {
		x.learnRaisedIn(item)
	}
	for _, m := range v.all() {
		x.learnRaisedIn(m.value)
	}
}

// learnWild looks at what stands for several events: a spec names each. Where the config names none, one stands for all.
func (x *xstate) learnWild(nodes []*node) {
	for _, n := range nodes {
		for _, h := range n.handlers {
			prefix, partial := strings.CutSuffix(h.descriptor, ".*")
			switch {
			case !partial || strings.HasPrefix(h.descriptor, "xstate."):
			case x.version == 4:
				x.notTaken(h.at, "`"+h.descriptor+"` is left out: in XState 4 it stands for no other event", "name each event")
			case !slices.ContainsFunc(x.events, func(e string) bool { return x.stands(h.descriptor, e) }):
				x.know(prefix, h.at)
				x.notTaken(h.at, "`"+h.descriptor+"` becomes the event "+x.m.event(prefix)+", as the file names none that it stands for", "name each event")
			}
		}
	}
	if len(x.m.events) > 0 {
		return
	}
	for _, n := range nodes {
		for _, h := range n.handlers {
			if h.descriptor == "*" {
				x.know("any event", h.at)
				x.notTaken(h.at, "`*` becomes the event any_event, as the file names no event", "name each event")
				return
			}
		}
	}
}

package importer

import (
	"fmt"
	"slices"
	"strings"
)

// SCXML converts a State Chart XML document. A document that is no XML, or no SCXML, is a [*SyntaxError]. What it
// says in code becomes hooks.
//
// An event `done.state.x` that only x itself waits for becomes x's onDone. Where others wait for it, x raises it.
func SCXML(src []byte, opt Options) (Result, error) {
	x := &scxml{importer: importer{opt: opt, source: src}}
	root, err := x.readXML()
	if err != nil {
		return Result{}, err
	}
	if root.name != "scxml" {
		return Result{}, x.syntax(root.offset, "the root is "+root.name+"; want scxml")
	}
	name := root.attrs["name"]
	if snake(name) == "" {
		name = x.name()
	}
	if !slices.ContainsFunc(root.inner, func(e *element) bool { return isState(e) && !e.foreign }) {
		return Result{}, x.syntax(root.offset, "the document has no states")
	}
	if x.refuseParallel(root) {
		return x.refused(), nil
	}
	x.m = newMachine(name)
	x.m.doc = x.renamedAt(root.offset, name, x.m.name)
	x.leaveForeign(root)
	x.learn(root)
	x.leftOut(root)
	x.m.states = x.states(root)
	x.m.initial = x.initial(root, &x.m.states)
	if root.child("history") != nil {
		around := &state{name: x.m.stateNames.free(x.m.name), children: x.m.states, initial: x.m.initial}
		x.m.states, x.m.initial = []*state{around}, around.name
		x.m.moveFinals(around)
	}
	x.place(x.m)
	return x.result(x.m)
}

// scxml converts one document.
type scxml struct {
	importer
	m     *machine
	names map[*element]string // the names of states in the spec
	ids   map[string]*element // the states by their ids
	known []string            // every event of the document, in the order in which it is named

	dotted map[string][]int // events by what they begin with, as places in known
	onDone []*element       // the transitions that an event done.state.x may set off
}

func isState(e *element) bool {
	return e.name == "state" || e.name == "parallel" || e.name == "final" || e.name == "history"
}

// learn finds the states and the events of a document.
func (x *scxml) learn(root *element) {
	x.names, x.ids, x.dotted = map[*element]string{}, map[string]*element{}, map[string][]int{}
	for e := range root.all() {
		id := e.attrs["id"]
		switch {
		case !isState(e):
		case id == "":
			x.names[e] = x.m.stateNames.free(e.name)
		case x.ids[id] != nil:
			x.refuse(codeNotTaken, e.offset, "the id "+id+" is that of two states", "give each state an id of its own")
			x.names[e] = x.m.stateNames.free(id)
		default:
			x.names[e], x.ids[id] = x.m.stateNames.of(id), e
			x.renamedAt(e.offset, id, x.names[e])
		}
	}
	x.learnEvents(root)
}

// refuseParallel reports the states that are active side by side.
func (x *scxml) refuseParallel(root *element) bool {
	for e := range root.all() {
		if e.name == "parallel" {
			x.refuse(codeUnsupported, e.offset, "parallel states are not supported yet, so this file is not imported",
				"make a machine of each region")
		}
	}
	return len(x.found) > 0
}

// leaveForeign takes out the elements of other namespaces, and reports each namespace once.
func (x *scxml) leaveForeign(root *element) {
	first, count := map[string]*element{}, map[string]int{}
	for e := range root.all() {
		for _, inner := range append([]*element{e}, e.inner...) {
			if inner.space == "" || inner != e && !inner.foreign {
				continue
			}
			if count[inner.space]++; first[inner.space] == nil {
				first[inner.space] = inner
			}
		}
		e.inner = slices.DeleteFunc(e.inner, func(inner *element) bool { return inner.foreign })
	}
	for space, e := range first {
		x.notTaken(e.offset, fmt.Sprintf("what is of the namespace %s is left out (elements with it: %d)", space, count[space]),
			"SCXML does not say what it does; write it as an action in Go")
	}
}

// places are the elements that may be directly in others. What is in executable content is not here.
var places = map[string][]string{
	"scxml":   {"state", "parallel", "final", "history", "initial", "datamodel", "script"},
	"state":   {"state", "parallel", "final", "history", "initial", "onentry", "onexit", "transition", "datamodel", "invoke"},
	"final":   {"onentry", "onexit", "donedata"},
	"history": {"transition"},
	"initial": {"transition"},
}

// leftOut reports the elements that a spec has no place for, and those that are where SCXML does not have them.
func (x *scxml) leftOut(root *element) {
	for e := range root.all() {
		what := "<" + e.name + ">"
		if in := places[e.parent.name]; in != nil && !slices.Contains(in, e.name) {
			x.notTaken(e.offset, what+" in <"+e.parent.name+"> is left out", "SCXML has no such element there")
			continue
		}
		switch e.name {
		case "invoke":
			x.notTaken(e.offset, what+" of another machine is left out", "a spec invokes hooks")
		case "data":
			x.notTaken(e.offset, what+" "+e.attrs["id"]+" is left out", "declare it under `data` with its Go type")
		case "donedata":
			x.notTaken(e.offset, what+" is left out", "let an action write it to `data`")
		case "script":
			if e.parent == root {
				x.notTaken(e.offset, what+" is left out", "write it as an action in Go")
			}
		}
	}
}

func (x *scxml) states(parent *element) []*state {
	var states []*state
	for _, e := range parent.inner {
		if isState(e) {
			states = append(states, x.state(e))
			if e.name == "history" {
				states = append(states, x.historyDefault(e, states[len(states)-1])...)
			}
		}
	}
	return states
}

func (x *scxml) state(e *element) *state {
	s := &state{name: x.names[e]}
	switch e.name {
	case "history":
		s.kind, s.deep = e.name, e.attrs["type"] == "deep"
		return s
	case "final":
		s.kind, s.entry = e.name, x.contentOf(e, "onentry")
		switch exit := x.contentOf(e, "onexit"); {
		case e.parent.name == "scxml": // it runs as the machine ends
			s.entry = append(s.entry, exit...)
		case len(exit) > 0:
			x.notTaken(e.child("onexit").offset, "<onexit> of a final state is left out", "a final state of a spec has entry actions and nothing else")
		}
		return s
	}
	s.entry, s.exit = x.contentOf(e, "onentry"), x.contentOf(e, "onexit")
	x.transitions(e, s)
	if s.children = x.states(e); len(s.children) > 0 {
		s.initial = x.initial(e, &s.children)
	}
	return s
}

// contentOf is what all elements of a name do that a state has.
func (x *scxml) contentOf(e *element, name string) []string {
	var actions []string
	for content := range e.children(name) {
		actions = append(actions, x.actions(content)...)
	}
	return actions
}

// initial is the child that a parent starts in. Where the document names a state further inside, or does something on
// the way, a state of its own leads there.
func (x *scxml) initial(parent *element, children *[]*state) string {
	target, way := parent.attrs["initial"], (*element)(nil)
	if start := parent.child("initial"); start != nil {
		if way = start.child("transition"); way != nil {
			target = way.attrs["target"]
		}
	}
	if target == "" {
		for _, e := range parent.inner {
			if isState(e) && e.name != "history" {
				return x.names[e]
			}
		}
		return ""
	}
	to, name := x.target(parent.offset, target)
	if to == nil || !to.within(parent) || to == parent {
		if to != nil {
			x.refuse(codeNotTaken, parent.offset, "the initial state "+target+" is not inside", "name a state inside")
		}
		to, name, way = nil, "", nil
		for _, e := range parent.inner {
			if to == nil && isState(e) && e.name != "history" {
				to, name = e, x.names[e]
			}
		}
	}
	if (way == nil || len(way.inner) == 0) && to != nil && to.parent == parent && to.name != "history" {
		return name
	}
	s := x.step(snake(parent.attrs["id"])+"_start", name, way)
	*children = append([]*state{s}, *children...)
	return s.name
}

// historyDefault gives a history the child that it stands for before its parent was ever left. Where that is further
// inside, or something is done on the way, it returns a state of its own that leads there.
func (x *scxml) historyDefault(e *element, s *state) []*state {
	way := e.child("transition")
	if way == nil {
		return nil
	}
	to, name := x.target(way.offset, way.attrs["target"])
	if to == nil {
		return nil
	}
	if len(way.inner) == 0 && to != nil && to.parent == e.parent && to.name != "history" {
		s.target = name
		return nil
	}
	step := x.step(s.name+"_default", name, way)
	s.target = step.name
	return []*state{step}
}

// step is a state that leads on at once.
func (x *scxml) step(name, target string, way *element) *state {
	a := transition{target: target}
	if way != nil {
		a.actions = x.actions(way)
	}
	return &state{name: x.m.stateNames.free(name), always: []transition{a}}
}

// target is the state that ids name, and its name. A spec has one target.
func (x *scxml) target(offset int64, ids string) (*element, string) {
	fields := strings.Fields(ids)
	if len(fields) > 1 {
		x.notTaken(offset, fmt.Sprintf("of the targets %s only the first is taken", ids), "parallel states are not supported yet")
	}
	if len(fields) == 0 {
		return nil, ""
	}
	to := x.ids[fields[0]]
	if to == nil {
		x.refuse(codeNotTaken, offset, "the target "+fields[0]+" is no state, so there is no such transition", "name a state of the document")
		return nil, ""
	}
	return to, x.names[to]
}

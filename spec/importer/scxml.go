package importer

import (
	"fmt"
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
	x.m = newMachine(name)
	x.learn(root)
	x.leftOut(root)
	x.m.states = x.states(root)
	x.m.initial = x.initial(root, &x.m.states)
	return x.result(x.m)
}

// scxml converts one document.
type scxml struct {
	importer
	m     *machine
	names map[*element]string // the names of states in the spec
	ids   map[string]*element // the states by their ids
	known []string            // every event of the document, in the order in which it is named
}

func isState(e *element) bool {
	return e.name == "state" || e.name == "parallel" || e.name == "final" || e.name == "history"
}

// learn finds the states and the events of a document.
func (x *scxml) learn(root *element) {
	x.names, x.ids = map[*element]string{}, map[string]*element{}
	for e := range root.all() {
		id := e.attrs["id"]
		switch {
		case !isState(e):
		case id == "":
			x.names[e] = x.m.stateNames.free(e.name)
		default:
			x.names[e], x.ids[id] = x.m.stateNames.of(id), e
		}
	}
	x.learnEvents(root)
}

// leftOut reports the elements that a spec has no place for.
func (x *scxml) leftOut(root *element) {
	for e := range root.all() {
		what := "<" + e.name + ">"
		switch e.name {
		case "parallel":
			x.notTaken(e.offset, what+": a spec has no parallel states yet", "make a machine of each region")
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
	case "final", "parallel":
		s.kind = e.name
	}
	for content := range e.children("onentry") {
		s.entry = append(s.entry, x.actions(content)...)
	}
	for content := range e.children("onexit") {
		s.exit = append(s.exit, x.actions(content)...)
	}
	x.transitions(e, s)
	if s.children = x.states(e); len(s.children) > 0 && e.name != "parallel" {
		s.initial = x.initial(e, &s.children)
	}
	return s
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
		x.notTaken(offset, fmt.Sprintf("of the targets %s only the first is taken", ids), "a spec has no parallel states yet")
	}
	if len(fields) == 0 {
		return nil, ""
	}
	return x.ids[fields[0]], x.m.stateNames.of(fields[0])
}

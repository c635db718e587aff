package golang

import (
	"errors"
	"fmt"
	"go/token"
	"go/types"
	"path/filepath"
	"slices"

	"github.com/fsmgen/fsmgen/spec"
)

// ClashError reports two things that need one Go name.
type ClashError struct {
	Path  string   // the spec
	Name  string   // the Go name, with the type that it belongs to: "Server.State"
	First spec.Pos // of what has the name; no place if the generated code needs it itself
	Pos   spec.Pos // of what needs it as well
	Owner string   // what First is: "event lock"
	What  string   // what Pos is
}

func (e *ClashError) Error() string {
	owner := e.Owner
	if e.First != (spec.Pos{}) {
		owner = fmt.Sprintf("%s (line %d)", owner, e.First.Line)
	}
	return fmt.Sprintf("golang: %s:%d:%d: %s: the Go name %s belongs to %s: %s",
		e.Path, e.Pos.Line, e.Pos.Column, e.What, e.Name, owner, e.Help())
}

// Help says what to do about it.
func (e *ClashError) Help() string {
	if e.First == (spec.Pos{}) {
		return "choose another name"
	}
	return "rename one of them"
}

// claims is the set of Go names of a package, with what has each.
type claims struct {
	path  string
	taken map[string]owner
	errs  []error
}

type owner struct {
	what string
	pos  spec.Pos
}

// claim gives a name in a scope, "Machine" or "" for the package, to something of the spec, and returns it.
func (c *claims) claim(scope, name, what string, pos spec.Pos) string {
	key := join(".", scope, name)
	if first, ok := c.taken[key]; ok {
		if first.what == what && first.pos == pos { // two names for one thing
			first = owner{what: "other code that is generated for it"}
		}
		c.errs = append(c.errs, &ClashError{
			Path: c.path, Name: key, First: first.pos, Pos: pos, Owner: first.what, What: what,
		})
		return name
	}
	c.taken[key] = owner{what, pos}
	return name
}

// reserve gives names to the generated code itself.
func (c *claims) reserve(scope string, all ...string) {
	for _, name := range all {
		c.taken[join(".", scope, name)] = owner{what: "every generated machine"}
	}
}

// newClaims returns the claims with those that every machine needs taken, and those of the words that this one uses.
func newClaims(m *spec.Machine) *claims {
	c := &claims{path: filepath.Base(m.Path), taken: map[string]owner{}}
	c.reserve("", "State", "States", "Event", "Params", "Data", "Hooks", "Ctx", "View", "Machine", "New", "NewWith", "Info", "info",
		"numEvents")
	c.reserve("Machine", "State", "Data", "Params", "Err", "Deadline", "Expire", "Step", "Terminate")
	c.reserve("Machine", "engine", "hooks", "params", "data", "init", "enter", "ctx", "view", "settle", "always", "onInvoke")
	c.reserveParts(m)
	c.reserve(hooksType(ownGroup(m)), "Terminated")
	if len(m.Invokes) > 0 {
		c.reserve("Machine", "Invocations", "Finish")
	}
	return c
}

// reserveParts gives the parts that a machine has their names. Those of the others are free.
func (c *claims) reserveParts(m *spec.Machine) {
	if m.Emits(spec.PartText) {
		c.reserve("", "ParseState")
	}
	if m.Emits(spec.PartData) {
		c.reserve("", "DefaultData")
	}
	if m.Emits(spec.PartServer) {
		c.reserve("", "Server", "Start", "StartAt")
		c.reserve("Server", "State", "In", "Done", "Err", "Control", "Post", "server", "m", "enter")
	}
	if !m.Emits(spec.PartSnapshot) {
		return
	}
	c.reserve("", "Snapshot", "Restore", "RestoreWith", "ReadSnapshot", "shape", "stored", "typedSnapshot")
	c.reserve("Machine", "Snapshot", "load", "resume", "waiting")
	if m.Emits(spec.PartServer) {
		c.reserve("", "RestoreServer")
		c.reserve("Server", "Snapshot", "resume")
	}
	for s := range m.All() {
		if s.Kind == spec.History {
			c.reserve("", "Memory")
		}
		if len(s.Postpone) > 0 {
			c.reserve("", "Events")
		}
	}
}

func (c *claims) err() error { return errors.Join(c.errs...) }

// local returns the name of a parameter for a payload field. It differs from everything else that a body needs.
func local(name string) string {
	v := spec.GoLocal(name)
	ours := []string{
		"m", "s", "x", "w", "d", "ctx", "err", "reply", "then", "from", "to", "outcome", "would", "fsm", "context", "time",
	}
	if slices.Contains(ours, v) || token.IsKeyword(v) || types.Universe.Lookup(v) != nil {
		return v + "Arg"
	}
	return v
}

// ownGroup is the name of the group of the hooks that name none.
func ownGroup(m *spec.Machine) string { return m.Name.Value }

func hooksType(group string) string { return spec.GoName(group) + "Hooks" }

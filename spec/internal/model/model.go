// Package model is a machine as its spec declares it, and what the words of the language mean together: which
// transitions a machine tries for a trigger, and which states a transition leaves and enters.
package model

import (
	"iter"
	"slices"

	"github.com/fsmgen/fsmgen/spec/expr"
	"github.com/fsmgen/fsmgen/spec/internal/decl"
	"github.com/fsmgen/fsmgen/spec/internal/syntax"
)

// Machine is one state machine, as its spec declares it. Every list is in the order of the spec. Package check fills
// the fields that say "resolved"; they are nil where the name has no declaration, which is a finding.
type Machine struct {
	Path    string      // the file as it was named to Parse, for findings and headers
	Source  string      // the bytes of the file, for excerpts
	Version syntax.Text // the language version, `fsm: 1`
	Name    syntax.Text
	Doc     syntax.Text
	Go      Go

	Strict syntax.Text // "true": every cell must be decided

	Types   []*decl.Type
	Params  []*decl.Param
	Data    []*decl.Field
	Events  []*decl.Event
	Timers  []*decl.NamedTimer
	Guards  []*decl.Hook
	Actions []*decl.Hook
	Replies []*decl.Hook
	Invokes []*decl.Hook
	Choices []*decl.Hook

	Initial      syntax.Text
	InitialState *State // resolved
	States       []*State

	Properties []*Property
	Snapshots  Snapshots
}

// Go says in which package and directory the Go code of a machine is written.
type Go struct {
	Pos     syntax.Pos
	Package syntax.Text   // empty means doorfsm for a machine called door
	Out     syntax.Text   // directory, relative to the spec; empty means beside the spec
	Imports []syntax.Text // standard-library packages whose types the declarations use
	Emit    []syntax.Text // the parts that the spec asks for; nil if it does not say, as [Machine.Emits] knows
}

// StateKind is the `type` of a state.
type StateKind uint8

// The kinds of state. A state with children is compound without saying so.
const (
	Atomic StateKind = iota + 1
	Compound
	Final
	History // no state to be in: a target that stands for the child that was left last
)

// State is a node of the state tree.
type State struct {
	Pos  syntax.Pos
	Name string // its own name, unique in the machine
	Kind StateKind
	Doc  syntax.Text

	Renamed []syntax.Text // what it was called in older versions

	Parent       *State // nil at the top
	States       []*State
	Initial      syntax.Text
	InitialState *State // resolved; nil unless compound

	Memory       syntax.Text // of a history: `deep` or `shallow`; empty means shallow
	Deep         bool        // of a history: it stands for the leaf, not for the child, that was left last
	Default      syntax.Text // of a history: the `target` while its parent was never left; empty means the parent's initial state
	DefaultState *State      // resolved, also where the spec says nothing

	Entry        []*decl.HookRef
	Exit         []*decl.HookRef
	On           []*Handler
	After        []*Timer
	Every        []*Timer
	EventTimeout *Timer // cancelled by any event
	Always       []*Transition
	Invokes      []*Invocation
	OnDone       []*Transition // of a compound state: what happens once it is in a final child

	Postpone []*decl.EventRef
	Ignore   []*decl.EventRef
}

// Handler lists the transitions of a state for one event. The first that has no guard, or a guard that holds, is taken.
type Handler struct {
	Event       decl.EventRef // `*` stands for every event that is sent and that the level does not mention; its Event is nil
	Transitions []*Transition
}

// Any reports whether the handler is that of `*`.
func (h *Handler) Any() bool { return h.Event.Value == "*" }

// Timer is an `after`, an `every` or the `event_timeout` of a state: it starts on entry of the state and is cancelled on its exit.
type Timer struct {
	decl.Length
	Every       bool // it is an `every`: it is delivered once a period
	Transitions []*Transition
	Name        syntax.Text   // not of an `event_timeout`: what snapshots call it; empty means as its length
	Renamed     []syntax.Text // not of an `event_timeout`: the names, or the lengths, that older versions had for it
}

// Times returns the timers of `after` and then those of `every`.
func (s *State) Times() []*Timer { return slices.Concat(s.After, s.Every) }

// Word returns the word of the spec that declares an `after` or an `every`.
func (t *Timer) Word() string {
	if t.Every {
		return "every"
	}
	return "after"
}

// Invocation is work beside the machine that runs as long as the machine is in a state.
type Invocation struct {
	Pos     syntax.Pos
	Src     decl.HookRef
	OnDone  []*Transition // the payload is the result of the hook
	OnError []*Transition // the payload is `error`
}

// Transition is a reaction of a state to a trigger: its actions, and the states that it leaves and enters.
type Transition struct {
	Pos      syntax.Pos
	Source   *State     // the state that declares it
	Guard    *Condition // nil: always
	Choose   *Choose    // nil: none. A transition that chooses has nothing else but a guard
	Target   syntax.Text
	To       *State // resolved; nil for an internal transition
	Actions  []*decl.HookRef
	Reply    *decl.HookRef // nil: none
	Later    bool          // `reply: later`: an action takes the caller and answers it some time
	LaterPos syntax.Pos    // where it says so
	Raise    []*decl.EventRef
	Start    []*decl.TimerRef
	Cancel   []*decl.TimerRef
	Update   []*decl.TimerRef
	Reenter  bool

	Postpone    bool // the event is tried again after the change of the state
	PostponePos syntax.Pos
}

// Choose lets a hook decide between transitions before anything is committed.
type Choose struct {
	Pos      syntax.Pos
	Src      decl.HookRef
	Outcomes []*Outcome // in the order of the spec; each outcome of the choice is there once
}

// Outcome is the transition that follows one answer of a choice.
type Outcome struct {
	syntax.Text             // the outcome's name
	Transition  *Transition // never has a guard or a choice of its own
}

// Property is a claim about a machine that holds whatever its guards and its surroundings do. Package check looks at
// its names; package verify explores the machine to find out whether it holds.
type Property struct {
	Pos  syntax.Pos
	Name syntax.Text
	Kind PropertyKind
	From *StateRef // EventuallyPossible and LeadsTo; nil is `any`
	// State is what is claimed about: that it can be reached, that it can be reached again and again, that it is
	// reached, or that it never happens.
	State   *StateRef
	Accepts *decl.EventRef   // only of Never: the state never takes this event; nil means that the state is never entered
	Fair    []*decl.EventRef // only of LeadsTo: the events that happen again and again while they can
}

// StateRef is the use of a state by name.
type StateRef struct {
	syntax.Text
	State *State // resolved
}

// PropertyKind is the kind of claim that a property makes.
type PropertyKind uint8

// The kinds of property.
const (
	Reachable          PropertyKind = iota + 1 // the state can be reached from the start
	EventuallyPossible                         // wherever the machine is (inside From), the state can still be reached
	Never                                      // the state is never entered, or never takes an event
	LeadsTo                                    // once in From, the state is reached, if the fair events go on happening
)

// Condition is the guard of a transition: a name, or an expression over names and values.
type Condition struct {
	syntax.Text            // as the spec says it
	Expr        *expr.Expr // nil where a finding says why
}

// Hook returns the guard of a condition that is its name alone, and nil for any other.
func (c *Condition) Hook() *decl.Hook {
	if c.Expr == nil || c.Expr.Op != expr.OpGuard {
		return nil
	}
	return c.Expr.Guard.Hook
}

// Guards yields the guards that the condition names, from left to right. A guard that is there twice comes twice.
func (c *Condition) Guards() iter.Seq[*decl.HookRef] {
	return func(yield func(*decl.HookRef) bool) {
		for e := range c.Expr.All() {
			if e.Op == expr.OpGuard && !yield(e.Guard) {
				return
			}
		}
	}
}

func (k StateKind) String() string {
	switch k {
	case Atomic:
		return "atomic"
	case Compound:
		return "compound"
	case Final:
		return "final"
	case History:
		return "history"
	default:
		return "invalid"
	}
}

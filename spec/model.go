package spec

import "time"

// Pos is a place in a spec file. Lines and columns start at 1; a column counts characters, not bytes. The zero Pos is
// no place.
type Pos struct {
	Line, Column int
}

// Text is a scalar of the spec and where it stands.
type Text struct {
	Pos   Pos
	Value string
}

// Machine is one state machine, as its spec declares it. Every list is in the order of the spec. [Check] fills the
// fields that say "resolved"; they are nil where the name has no declaration, which is a finding.
type Machine struct {
	Path    string // the file as it was named to Parse, for findings and headers
	Source  string // the bytes of the file, for excerpts
	Version Text   // the language version, `fsm: 1`
	Name    Text
	Doc     Text
	Go      Go

	Types   []*Type
	Params  []*Param
	Data    []*Field
	Events  []*Event
	Guards  []*Hook
	Actions []*Hook
	Replies []*Hook

	Initial      Text
	InitialState *State // resolved
	States       []*State
}

// Go says where and as what the Go code of a machine is written.
type Go struct {
	Pos     Pos
	Package Text   // empty means doorfsm for a machine called door
	Out     Text   // directory, relative to the spec; empty means beside the spec
	Imports []Text // standard-library packages whose types the declarations use
}

// Type is a struct that payloads and replies use.
type Type struct {
	Pos    Pos
	Name   string
	Doc    Text
	Fields []*Field
}

// Field is a typed name: a field of a type, of a payload or of the machine's data.
type Field struct {
	Pos     Pos
	Name    string // snake_case, as in the spec
	Type    Text   // a Go type expression
	Default Text   // only of data; empty means the zero value
	Doc     Text
}

// Param is a knob that is set once per machine.
type Param struct {
	Pos     Pos
	Name    string
	Type    Text // int, int64, uint64, float64, bool, string or duration
	Default Text
	Min     Text // empty means unbounded
	Max     Text // empty means unbounded
	Doc     Text
}

// Event is something that can happen to a machine.
type Event struct {
	Pos     Pos
	Name    string
	Doc     Text
	Payload []*Field
	Call    Text   // the Go type of the reply; empty for an event without one
	Record  []Text // payload fields that a history entry keeps
}

// HookKind says what a hook is for.
type HookKind uint8

// The kinds of hook.
const (
	Guard HookKind = iota + 1
	Action
	Reply
)

// Hook is a function that the user of the generated package writes: a guard, an action or a reply.
type Hook struct {
	Pos     Pos
	Kind    HookKind
	Name    string
	Group   Text   // the interface it belongs to; the machine's name where the spec says nothing
	Payload []Text // names of the payload fields it takes
	Doc     Text
}

// StateKind is the `type` of a state.
type StateKind uint8

// The kinds of state. A state with children is compound without saying so.
const (
	Atomic StateKind = iota + 1
	Compound
	Final
)

// State is a node of the state tree.
type State struct {
	Pos  Pos
	Name string // its own name, unique in the machine
	Kind StateKind
	Doc  Text

	Parent       *State // nil at the top
	States       []*State
	Initial      Text
	InitialState *State // resolved; nil unless compound

	Entry []*HookRef
	Exit  []*HookRef
	On    []*Handler
	After []*Timer

	Postpone []*EventRef
	Ignore   []*EventRef
}

// HookRef is the use of a hook by name.
type HookRef struct {
	Text
	Hook *Hook // resolved
}

// EventRef is the use of an event by name.
type EventRef struct {
	Text
	Event *Event // resolved
}

// Handler is what a state does on one event: the first arm whose guard holds is taken.
type Handler struct {
	Event EventRef
	Arms  []*Arm
}

// Timer is an `after` of a state: it starts on entry of the state and is cancelled on its exit.
type Timer struct {
	Text                   // the duration or the param as the spec says it
	Duration time.Duration // where the spec says a duration
	Param    *Param        // where it names one; resolved
	Arms     []*Arm
}

// Arm is one way a state can react.
type Arm struct {
	Pos     Pos
	Source  *State   // the state that declares it
	Guard   *HookRef // nil: always
	Target  Text
	To      *State // resolved; nil for an internal transition
	Actions []*HookRef
	Reply   *HookRef // nil: none
	Reenter bool
}

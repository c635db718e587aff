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

	Strict Text // "true": every cell must be decided

	Types   []*Type
	Params  []*Param
	Data    []*Field
	Events  []*Event
	Timers  []*NamedTimer
	Guards  []*Hook
	Actions []*Hook
	Replies []*Hook
	Invokes []*Hook
	Choices []*Hook

	Initial      Text
	InitialState *State // resolved
	States       []*State

	Properties []*Property
}

// Go says where and as what the Go code of a machine is written.
type Go struct {
	Pos     Pos
	Package Text   // empty means doorfsm for a machine called door
	Out     Text   // directory, relative to the spec; empty means beside the spec
	Imports []Text // standard-library packages whose types the declarations use
	Emit    []Text // the parts that the spec asks for; nil if it does not say, as [Machine.Emits] knows
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
	Renamed Text // only of data: what it was called in older versions
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
	Renamed Text   // what it was called in older versions

	Timer *NamedTimer // the timer that delivers it; nil for an event that is sent
}

// NamedTimer is one of `timers`: gen_statem's generic time-out. It survives changes of the state, and delivers an event of
// its own name, which nobody else can send.
type NamedTimer struct {
	Length
	Pos   Pos
	Name  string
	Every bool // it starts anew whenever it has been delivered
	Doc   Text
	Event *Event // what it delivers; never nil
}

// Length is how long a timer runs.
type Length struct {
	Text                   // the duration or the param as the spec says it
	Duration time.Duration // where the spec says a duration
	Param    *Param        // where it names one; resolved
}

// HookKind says what a hook is for.
type HookKind uint8

// The kinds of hook.
const (
	Guard HookKind = iota + 1
	Action
	Reply
	Invoke
	Choice
)

// Hook is a function that the user of the generated package writes.
type Hook struct {
	Pos      Pos
	Kind     HookKind
	Name     string
	Group    Text     // the interface it belongs to; the machine's name where the spec says nothing
	Payload  []Text   // names of the payload fields it takes; not of an invoke
	Result   []*Field // only of an invoke: what its onDone has as payload. Its onError has the field error
	Outcomes []Text   // only of a choice: what it decides between, in this order
	Doc      Text
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
	Pos  Pos
	Name string // its own name, unique in the machine
	Kind StateKind
	Doc  Text

	Renamed Text // what it was called in older versions

	Parent       *State // nil at the top
	States       []*State
	Initial      Text
	InitialState *State // resolved; nil unless compound

	Memory       Text   // of a history: `deep` or `shallow`; empty means shallow
	Deep         bool   // of a history: it stands for the leaf, not for the child, that was left last
	Default      Text   // of a history: the `target` while its parent was never left; empty means the parent's initial state
	DefaultState *State // resolved, also where the spec says nothing

	Entry        []*HookRef
	Exit         []*HookRef
	On           []*Handler
	After        []*Timer
	EventTimeout *Timer // cancelled by any event
	Always       []*Arm
	Invokes      []*Invocation
	OnDone       []*Arm // of a compound state: what happens once it is in a final child

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
	Event *Event // resolved; for a named timer the event that it delivers
}

// TimerRef is the use of a named timer.
type TimerRef struct {
	Text
	Timer *NamedTimer // resolved
}

// Handler is what a state does on one event: the first arm whose guard holds is taken.
type Handler struct {
	Event EventRef // `*` stands for every event that is sent and that the level does not mention; its Event is nil
	Arms  []*Arm
}

// Any reports whether the handler is that of `*`.
func (h *Handler) Any() bool { return h.Event.Value == "*" }

// Timer is an `after` or the `event_timeout` of a state: it starts on entry of the state and is cancelled on its exit.
type Timer struct {
	Length
	Arms []*Arm
}

// Invocation is work beside the machine that lasts while a state does.
type Invocation struct {
	Pos     Pos
	Src     HookRef
	OnDone  []*Arm // the payload is the result of the hook
	OnError []*Arm // the payload is `error`
}

// Arm is one way a state can react.
type Arm struct {
	Pos      Pos
	Source   *State     // the state that declares it
	Guard    *Condition // nil: always
	Choose   *Choose    // nil: none. An arm that chooses has nothing else but a guard
	Target   Text
	To       *State // resolved; nil for an internal transition
	Actions  []*HookRef
	Reply    *HookRef // nil: none
	Later    bool     // `reply: later`: an action takes the caller and answers it some time
	LaterPos Pos      // where it says so
	Raise    []*EventRef
	Start    []*TimerRef
	Cancel   []*TimerRef
	Update   []*TimerRef
	Reenter  bool
}

// Choose lets a hook decide between arms before anything is committed.
type Choose struct {
	Pos      Pos
	Src      HookRef
	Outcomes []*Outcome // in the order of the spec; each outcome of the choice is there once
}

// Outcome is what follows one answer of a choice.
type Outcome struct {
	Text      // the outcome's name
	Arm  *Arm // never has a guard or a choice of its own
}

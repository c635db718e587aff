// Package decl is what a machine declares beside its states: types, params, data, events, timers and hooks, with the
// names and the values that a spec can give them.
package decl

import (
	"time"

	"github.com/fsmgen/fsmgen/spec/internal/syntax"
)

// Type is a struct that payloads and replies use.
type Type struct {
	Pos    syntax.Pos
	Name   string
	Doc    syntax.Text
	Fields []*Field
}

// Field is a typed name: a field of a type, of a payload or of the machine's data.
type Field struct {
	Pos     syntax.Pos
	Name    string      // snake_case, as in the spec
	Type    syntax.Text // a Go type expression
	Default syntax.Text // only of data; empty means the zero value
	Doc     syntax.Text
	Renamed []syntax.Text // what it was called in older versions; not of a result
}

// Param is a setting of a machine, which is fixed when the machine starts.
type Param struct {
	Pos     syntax.Pos
	Name    string
	Type    syntax.Text // int, int64, uint64, float64, bool, string or duration
	Default syntax.Text
	Min     syntax.Text // empty means unbounded
	Max     syntax.Text // empty means unbounded
	Doc     syntax.Text
	Renamed []syntax.Text // what it was called in older versions
}

// Event is something that can happen to a machine.
type Event struct {
	Pos     syntax.Pos
	Name    string
	Doc     syntax.Text
	Payload []*Field
	Call    syntax.Text   // the Go type of the reply; empty for an event without one
	Record  []syntax.Text // payload fields that a history entry keeps
	Renamed []syntax.Text // what it was called in older versions

	Timer *NamedTimer // the timer that delivers it; nil for an event that is sent
}

// NamedTimer is one of `timers`: gen_statem's generic time-out. It survives changes of the state, and delivers an event
// of its own name, which only the timer can send.
type NamedTimer struct {
	Length
	Pos     syntax.Pos
	Name    string
	Every   bool // it starts anew whenever it has been delivered
	Doc     syntax.Text
	Event   *Event        // what it delivers; never nil
	Renamed []syntax.Text // what it was called in older versions
}

// Length is the duration of a timer.
type Length struct {
	syntax.Text               // the duration or the param as the spec says it
	Duration    time.Duration // where the spec says a duration
	Param       *Param        // where it names one; resolved
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
	Pos      syntax.Pos
	Kind     HookKind
	Name     string
	Group    syntax.Text   // the interface it belongs to; the machine's name where the spec says nothing
	Payload  []syntax.Text // names of the payload fields it takes; not of an invoke
	Result   []*Field      // only of an invoke: what its onDone has as payload. Its onError has the field error
	Discard  bool          // only of an invoke: a second function gets a result that comes too late
	Outcomes []syntax.Text // only of a choice: what it decides between, in this order
	Fails    bool          // only of a reply: it returns an error beside the value
	Doc      syntax.Text

	DiscardPos syntax.Pos // where it says so
}

// HookRef is the use of a hook by name.
type HookRef struct {
	syntax.Text
	Hook *Hook // resolved
}

// EventRef is the use of an event by name.
type EventRef struct {
	syntax.Text
	Event *Event // resolved; for a named timer the event that it delivers
}

// TimerRef is the use of a named timer.
type TimerRef struct {
	syntax.Text
	Timer *NamedTimer // resolved
}

// HookKinds are the kinds in the order of the sections of a spec.
var HookKinds = []HookKind{Guard, Action, Reply, Invoke, Choice}

func (k HookKind) String() string {
	switch k {
	case Guard:
		return "guard"
	case Action:
		return "action"
	case Reply:
		return "reply"
	case Invoke:
		return "invoke"
	case Choice:
		return "choice"
	default:
		return "invalid"
	}
}

// Section is the word under which hooks of the kind are declared.
func (k HookKind) Section() string {
	if k == Reply {
		return "replies"
	}
	return k.String() + "s"
}

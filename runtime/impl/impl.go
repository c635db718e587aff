package impl

import (
	"context"
	"errors"
	"time"

	fsm "github.com/fsmgen/fsmgen/runtime"
	"github.com/fsmgen/fsmgen/runtime/internal/engine"
	"github.com/fsmgen/fsmgen/runtime/internal/record"
	"github.com/fsmgen/fsmgen/runtime/internal/reply"
)

// GenVersion1 is a constant that generated code refers to. Code that was generated for a newer
// runtime does not compile with this one.
const GenVersion1 = 1

// The parts of a machine.
type (
	// Engine is the part of a machine that holds its state, queues and timers. It belongs to the
	// goroutine that runs the machine.
	Engine = engine.Engine
	// Stepper is a machine as an Engine runs it: Step runs one event to completion, Terminate runs
	// once, after the last event.
	Stepper = engine.Stepper
	// Server is the part of a live machine that many goroutines use.
	Server = engine.Server
	// Work is the work of an invoke.
	Work = engine.Work
	// Outcome is the result of the work of an invoke. It is the content of its event.
	Outcome = engine.Outcome
)

// The description of a machine type.
type (
	// Info is the description of a machine type as a generated package writes it. [NewInfo]
	// completes it.
	Info = engine.Info
	// TransitionRow is a transition of an Info, with the numbers of its states and its event.
	TransitionRow = engine.TransitionRow
	// TimerInfo is a timer of an Info, with the event that it delivers.
	TimerInfo = engine.TimerInfo
	// Type is what all machines of one type share: an Info that is complete. It embeds the
	// [fsm.Info] that observers get.
	Type = engine.Type
)

// EventAlways is the event of a [TransitionRow] that needs none.
const EventAlways = engine.EventAlways

// NewInfo returns the type of the machines that info describes.
func NewInfo(info Info) *Type { return engine.NewInfo(info) }

// Event is an event in a box: its kind, its content, and the address for the reply if it is a call.
type Event = engine.Event

// The kinds of event that generated code writes.
const (
	KindCast         = engine.KindCast         // sent without waiting for a reply
	KindCall         = engine.KindCall         // sent by a caller that waits for the reply
	KindEventTimeout = engine.KindEventTimeout // no event happened for some time
)

// Then returns an event that is a call, with a function that gets the answer: once, on the goroutine
// that answers.
func Then(content any, answer func(value any, err error)) Event {
	return Event{Kind: KindCall, Content: content, From: reply.NewFrom(answer)}
}

// CallerOf returns the caller of ev. If ev is not a call, answers to it are dropped.
func CallerOf[R any](ev Event) fsm.Caller[R] { return fsm.Caller[R]{From: ev.From} }

// ErrUnfinished is the error of a direct step until the step is complete. See Server.Leave.
var ErrUnfinished = engine.ErrUnfinished

// Take runs one event that cannot be handled directly, and returns its reply.
func Take[R any](e *Engine, m Stepper, content any) (R, error) {
	value, err := e.Handle(m, Event{Kind: KindCast, Content: content})
	reply, _ := value.(R) // nil if there is an error
	return reply, err
}

// TakeRetried runs one event that a transition may postpone and move on. The result is that of the
// state which handles the event in the end; [fsm.ErrPending] if it still waits then.
func TakeRetried[R any](e *Engine, m Stepper, content any) (result R, err error) {
	var answer any
	answered := false
	_, _ = e.Handle(m, Then(content, func(value any, failure error) { answer, err, answered = value, failure, true }))
	if !answered {
		return result, fsm.ErrPending
	}
	result, _ = answer.(R) // nil if there is an error
	return result, err
}

// Call sends an event and waits for its reply, for the end of ctx, or for the end of the machine.
// If ctx ends first, the error is a [fsm.WaitError]: an event that the machine has not handled yet is
// withdrawn; any other event is handled and its reply is dropped (R068). Generated methods use Call
// if the event has to wait.
func Call[R any](ctx context.Context, s *Server, content any) (R, error) {
	return engine.Call[R](ctx, s, content)
}

// Recorded is a payload field that the spec marks as recorded, with an unboxed value: recording a
// field does not allocate.
type Recorded = record.Recorded

// RecordString records a string.
func RecordString(name, v string) Recorded { return record.String(name, v) }

// RecordInt records an int.
func RecordInt(name string, v int) Recorded { return record.Int(name, v) }

// RecordInt64 records an int64.
func RecordInt64(name string, v int64) Recorded { return record.Int64(name, v) }

// RecordDuration records a duration.
func RecordDuration(name string, v time.Duration) Recorded { return record.Duration(name, v) }

// RecordAny records a value of any type. The conversion to an interface may allocate.
func RecordAny(name string, v any) Recorded { return record.Any(name, v) }

// ParamErrors collects the errors of the parameters of one machine.
type ParamErrors []error

// Check adds a [fsm.ParamError] unless ok.
func (l *ParamErrors) Check(machine, param string, value any, ok bool, bound string) {
	if !ok {
		*l = append(*l, &fsm.ParamError{Machine: machine, Param: param, Value: value, Bound: bound})
	}
}

// Err joins the errors; it returns nil if there are none.
func (l ParamErrors) Err() error { return errors.Join(l...) }

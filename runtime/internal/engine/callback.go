package engine

import (
	"time"

	fsm "github.com/fsmgen/fsmgen/runtime"
)

// The methods in this file are for machines written by hand: package statem adapts their callbacks to
// the engine.

// InitCallback initializes the engine of a machine written by hand. Its states have no numbers:
// stateName returns the name of the current one. [Engine.OpenBare] or [Server.Open] comes next.
func (e *Engine) InitCallback(machine string, stateName func() string) {
	e.Init(&Type{Info: fsm.Info{Machine: machine}, stateName: stateName}, 0)
	e.ensureExt()
}

// QueueInit enqueues the first event of the machine. Its step does the actions of Init.
func (e *Engine) QueueInit() {
	e.ensureExt().queue = []Event{{}}
	e.flags |= flagQueued
}

// Server returns the server of the machine; nil if it has none.
func (e *Engine) Server() *Server { return e.server }

// Mute makes the engine report no more steps.
func (e *Engine) Mute() { e.flags &^= flagWatched }

// Insert inserts an event that the machine handles after the current step.
func (e *Engine) Insert(ev Event) { e.ext.inserts = append(e.ext.inserts, ev) }

// SetTimer makes the engine do an operation on a timer after the current step. It reports false if
// the operation is not valid.
func (e *Engine) SetTimer(op TimerOp) bool {
	if !op.valid() {
		return false
	}
	e.ext.ops = append(e.ext.ops, op)
	return true
}

// Hibernate makes the engine release the memory of its queues and timers after the current step if
// all of them are empty.
func (e *Engine) Hibernate() { e.ext.hibernate = true }

// KeepEventTimer makes the current step leave the event time-out running.
func (e *Engine) KeepEventTimer() { e.ext.keep = true }

// EndCallback tells the engine what the callback made of the event of the current step.
func (e *Engine) EndCallback(postponed, changed bool) {
	e.ext.postpone, e.ext.changed = postponed, changed
}

// ReportStep reports a step of the machine to its observers.
func (e *Engine) ReportStep(kind fsm.StepKind, from, event, to string, left bool) {
	e.report(&stepRecord{kind: kind, transition: -1, from: from, event: event, to: to, left: left})
}

// Traced reports whether an observer wants replies and timers reported.
func (e *Engine) Traced() bool { return e.flags&flagTraced != 0 }

// ReportReply reports an answer to a call, which the step of event has sent.
func (e *Engine) ReportReply(event string) { e.traced(fsm.StepReplied, event) }

// Timeout is a timer that runs.
type Timeout struct {
	Timer    Timer
	Content  any
	Deadline time.Duration // on the machine's clock
}

// Timeouts returns the timers that run, zero time-outs included.
func (e *Engine) Timeouts() []Timeout {
	var out []Timeout
	for t := e.timers; t != nil; t = t.next {
		if t.runs() {
			out = append(out, Timeout{Timer: t.timeout.key, Content: t.timeout.content, Deadline: t.deadline})
		}
	}
	if e.ext == nil {
		return out
	}
	for _, z := range e.ext.zeroTimeouts {
		out = append(out, Timeout{Timer: z.key, Content: z.content, Deadline: e.clock.Now()})
	}
	return out
}

// Serve serves the messages of the machine on the goroutine of its owner until none is left, and
// gives the machine back.
func (s *Server) Serve() { s.drain(unlimited()) }

// SendEvent sends an event of any kind.
func (s *Server) SendEvent(ev Event) error {
	return s.send(&message{event: ev}, drainBudget{messages: batchSize})
}

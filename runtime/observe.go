package runtime

import (
	"slices"
	"time"
)

// Info is the description of a machine type: what is known about every machine before it runs. All
// machines of a type share one, which must not be changed. Observers get it with each step. For a
// machine written by hand it has only the name.
type Info struct {
	Machine     string
	States      []string // by state number; number 0 is no state
	Events      []string // by event number
	Calls       []bool   // by event number: whether the event has a reply type
	Parents     []int    // by state number: the parent state; 0 for a state without a parent
	Handles     [][]int  // by state number: the events that the state or a parent handles, ignores or postpones
	Transitions []TransitionInfo
	Timers      []string // by timer number
	Invokes     []string // by invoke number
}

// TransitionInfo describes one transition of a spec for one event. Its index in [Info.Transitions]
// is the id of the transition in steps.
type TransitionInfo struct {
	From      string // the state that has the transition in the spec; a step may take it from any state inside
	Event, To string // To equals From if the transition is internal
	Guard     string // empty: always true
	Internal  bool
	Pos       string // the position in the spec, "worker.fsm.yaml:40"
}

// StateName returns the name of a state, "State(invalid)" for a number that is none.
func (i *Info) StateName(state int) string {
	if state <= 0 || state >= len(i.States) {
		return "State(invalid)"
	}
	return i.States[state]
}

// IsIn reports whether state is the state of, or inside it.
func (i *Info) IsIn(state, of int) bool {
	for state != of && state != 0 {
		state = i.Parents[state]
	}
	return state == of
}

// Accepts reports whether the state handles, ignores or postpones the event, guards aside.
func (i *Info) Accepts(state, event int) bool {
	return slices.Contains(i.Handles[state], event)
}

// StepKind is the kind of a [Step].
type StepKind uint8

// The kinds of step: the result of an event, the end of a machine, and details. Details go only to
// an observer that is [Selective], and to [Control.Trace].
const (
	StepAccepted       StepKind = iota + 1 // a transition was taken, also an internal one
	StepRejected                           // the state has no transition for the event, or every guard is false
	StepPostponed                          // the event waits for a state change
	StepIgnored                            // the state ignores the event
	StepStopped                            // the machine ended
	StepCrashed                            // the machine ended because a hook failed
	StepTimerSet                           // a timer was started or restarted
	StepTimerFired                         // a timer has expired; its event is handled next
	StepTimerCancelled                     // a running timer was stopped
	StepReplied                            // a call was answered

	stepKinds = StepReplied + 1
)

var stepKindNames = [stepKinds]string{
	StepAccepted: "accepted", StepRejected: "rejected", StepPostponed: "postponed", StepIgnored: "ignored",
	StepStopped: "stopped", StepCrashed: "crashed",
	StepTimerSet: "timer_set", StepTimerFired: "timer_fired", StepTimerCancelled: "timer_cancelled", StepReplied: "replied",
}

func (k StepKind) String() string {
	if k == 0 || k >= stepKinds {
		return "StepKind(invalid)"
	}
	return stepKindNames[k]
}

// Field is a payload field that the spec marks as recorded.
type Field struct {
	Name  string
	Value any
}

// Step is the report of one step of a machine to its observers.
type Step struct {
	Machine    string // the name of the instance
	Kind       StepKind
	Transition int // index into Info.Transitions; -1 unless accepted
	From       string
	Event      string // the name of the timer if the step is about one
	To         string // equals From unless a transition was taken
	At         time.Time
	InState    time.Duration // the duration of the state that was left; 0 if none was left, or if its begin was not observed
	Fields     []Field       // must not be changed
	Reason     error         // the reason of the end of the machine, or why the work of an invoke has failed
	Mailbox    int           // number of casts and calls in the mailbox
	Queued     int           // number of events that wait inside: raised, or postponed and due for their retry
	Postponed  int           // number of events that wait for a state change
}

// Observer is a receiver of the steps of a machine. It runs after the commit of the step, on the
// goroutine that runs the machine. It must not block and must not call the machine. An observer
// that panics is removed, and that is logged. Unless it is [Selective], it gets the result of every
// event, and the end of the machine.
type Observer interface {
	Observe(info *Info, step Step)
}

// Selective is an [Observer] that chooses the kinds of step that it gets. Other kinds cost nothing.
// An observer of timers or replies makes every event take the long path, as if it had to wait.
type Selective interface {
	Observer
	// Wants is called once for each kind, when the machine starts.
	Wants(kind StepKind) bool
}

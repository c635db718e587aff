package runtime

import "time"

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
	Reason     error         // the reason of the end of the machine
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

package runtime

import "time"

// StepKind says what a step is about.
type StepKind uint8

// What can become of an event, how a machine can end, and the small things that only an observer that is [Selective], or
// [Server.Trace], is shown.
const (
	StepAccepted       StepKind = iota + 1 // a transition was taken, internal ones included
	StepRejected                           // the state had no arm for it, or no guard held
	StepPostponed                          // it waits for a state change
	StepIgnored                            // it was dropped on purpose
	StepStopped                            // the machine ended
	StepCrashed                            // the machine ended because a hook failed
	StepTimerSet                           // a timer was started, anew if it ran
	StepTimerFired                         // a timer has expired, and its event is the next
	StepTimerCancelled                     // a timer that ran was stopped
	StepReplied                            // a call was answered
	stepKinds
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

// Step is what those who look learn of one event.
type Step struct {
	Machine    string // the name of the instance
	Kind       StepKind
	Transition int // index into Info.Transitions; -1 unless accepted
	From       string
	Event      string // the timer, where the step is about one
	To         string // equals From unless a transition was taken
	At         time.Time
	InState    time.Duration // how long the state that was left had lasted; 0 where none was left, or nobody looked before
	Fields     []Field       // not to be changed
	Reason     error         // why the machine has ended
	Mailbox    int           // how many casts and calls wait in the mailbox
	Queued     int           // how many events wait inside: raised, or postponed once and due again
	Postponed  int           // how many events wait for a state change
}

// Observer gets the steps of a machine, after their commit, on the goroutine that runs the machine. It must not block and
// must not call the machine. One that panics is removed, and that is logged. Unless it is [Selective] it gets what became
// of every event, and the end.
type Observer interface {
	Observe(info *Info, step Step)
}

// Selective is an [Observer] that chooses. What it does not want costs nothing. One that wants timers or replies has every
// event handled with the care of one that had to wait, which takes longer.
type Selective interface {
	Observer
	// Wants is asked once for each kind, when the machine starts.
	Wants(kind StepKind) bool
}

package runtime

import (
	"fmt"
	"os"
	"sync"
	"time"
)

// StepKind is the kind of a [Step].
type StepKind uint8

// The kinds of step: the result of an event, the end of a machine, and details. Details go only to
// an observer that is [Selective], and to [Server.Trace].
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

// History is a ring buffer of the last steps of a machine. It may be read while the machine runs.
type History struct {
	mu        sync.Mutex // a leaf: held for one step or one copy
	ring      []historyEntry
	at        int // index of the next step
	total     uint64
	discarded historyEntry // takes the step if the size is 0
}

// historyEntry is a step of a history. Its fields are boxed when the history is read, because most
// entries are overwritten before.
type historyEntry struct {
	step     Step
	recorded []Recorded // memory that the next step in this entry reuses
}

// NewHistory returns a history of the last size steps. It allocates all of them.
func NewHistory(size int) *History { return &History{ring: make([]historyEntry, max(size, 0))} }

// next returns the entry for the next step. The lock is held.
func (h *History) next() *historyEntry {
	h.total++
	if len(h.ring) == 0 {
		return &h.discarded
	}
	next := &h.ring[h.at]
	if h.at++; h.at == len(h.ring) {
		h.at = 0
	}
	return next
}

// Steps returns the steps that are kept, oldest first.
func (h *History) Steps() []Step {
	h.mu.Lock()
	defer h.mu.Unlock()
	steps := make([]Step, 0, len(h.ring))
	if h.total >= uint64(len(h.ring)) {
		steps = appendSteps(steps, h.ring[h.at:])
	}
	return appendSteps(steps, h.ring[:h.at])
}

// appendSteps appends the steps of entries with their fields boxed.
func appendSteps(steps []Step, entries []historyEntry) []Step {
	for i := range entries {
		step := entries[i].step
		step.Fields = boxFields(entries[i].recorded)
		steps = append(steps, step)
	}
	return steps
}

// Total returns the number of steps so far, including those no longer kept.
func (h *History) Total() uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.total
}

// Coverage is an [Observer] that appends every transition that it sees for the first time to a
// file, one line each. `fsmgen cover` counts them. A line has the machine, the id in
// [Info.Transitions], From, Event, To and Pos of the transition, separated by tabs. Several
// observers and processes may append to one file at the same time.
type Coverage struct {
	path string

	mu   sync.Mutex // guards the fields below
	seen map[string]bool
	err  error
}

// NewCoverage returns a Coverage that appends to the file at path. With an empty path it writes
// nothing.
func NewCoverage(path string) *Coverage {
	return &Coverage{path: path, seen: map[string]bool{}}
}

// Observe writes the transition of the step if it is new.
func (c *Coverage) Observe(info *Info, step Step) {
	if c.path == "" || step.Kind != StepAccepted || step.Transition < 0 {
		return
	}
	t := &info.Transitions[step.Transition]
	line := fmt.Sprintf("%s\t%d\t%s\t%s\t%s\t%s\n", info.Machine, step.Transition, t.From, t.Event, t.To, t.Pos)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.seen[line] {
		return
	}
	c.seen[line] = true
	if err := appendTo(c.path, line); err != nil && c.err == nil {
		c.err = fmt.Errorf("fsm: coverage: %w", err)
	}
}

// Err returns the first error of a write.
func (c *Coverage) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// appendTo appends one line with one write, so that the lines of several processes do not mix.
func appendTo(path, line string) error {
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	if _, err := file.WriteString(line); err != nil {
		_ = file.Close() // the error of the write counts
		return err
	}
	return file.Close()
}

package runtime

import (
	"fmt"
	"os"
	"sync"
	"time"
)

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

// History keeps the last steps of a machine. It may be read while the machine runs.
type History struct {
	mu        sync.Mutex // a leaf: held for one step or one copy
	ring      []historyEntry
	at        int // where the next step goes
	total     uint64
	discarded historyEntry // where it goes if nothing is kept
}

// entry is a step of a history. Its fields are boxed when the history is read: most entries are overwritten before.
type historyEntry struct {
	step     Step
	recorded []Recorded // memory that is used again for the next step here
}

// NewHistory returns a history of the last size steps. It allocates room for all of them.
func NewHistory(size int) *History { return &History{ring: make([]historyEntry, max(size, 0))} }

// next returns the place of the next step, under the lock.
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

// Steps returns what is kept, oldest first.
func (h *History) Steps() []Step {
	h.mu.Lock()
	defer h.mu.Unlock()
	steps := make([]Step, 0, len(h.ring))
	if h.total >= uint64(len(h.ring)) {
		steps = appendSteps(steps, h.ring[h.at:])
	}
	return appendSteps(steps, h.ring[:h.at])
}

func appendSteps(steps []Step, entries []historyEntry) []Step {
	for i := range entries {
		step := entries[i].step
		step.Fields = boxFields(entries[i].recorded)
		steps = append(steps, step)
	}
	return steps
}

// Total returns how many steps there have been, those no longer kept included.
func (h *History) Total() uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.total
}

// Coverage is an [Observer] that appends every transition it sees for the first time to a file, one line each, from which
// `fsmgen cover` counts them. A line has the machine, the id in [Info.Transitions], From, Event, To and Pos of the transition,
// separated by tabs. Many may append to one file at once, also from several processes.
type Coverage struct {
	path string

	mu   sync.Mutex // guards what follows
	seen map[string]bool
	err  error
}

// NewCoverage returns a Coverage that appends to the file at path. With an empty path it does nothing.
func NewCoverage(path string) *Coverage {
	return &Coverage{path: path, seen: map[string]bool{}}
}

// Observe writes the transition of the step, if there is one.
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

// Err returns the first error of writing.
func (c *Coverage) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

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

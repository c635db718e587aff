package runtime

import (
	"slices"
	"strconv"
)

// GenVersion1 is referenced by generated code. Code that was generated for a newer runtime does not compile with this one.
const GenVersion1 = 1

// Info is what is known about a machine type before it runs. Generated packages make one with [NewInfo] and share it
// between all their machines; adapters precompute from it what they need for each transition.
type Info struct {
	Machine string
	States  []string // by state number; number 0 is no state
	Events  []string // by event number
	Calls   []bool   // by event number: whether its callers wait for a value
	Parents []int    // by state number: the state that one is inside; 0, or left out at the end, if it is inside none
	// Handles has, by state number, the events that are handled, ignored or postponed there. What is left out is inherited: NewInfo
	// adds to each state what the states around it handle.
	Handles     [][]int
	Transitions []TransitionInfo
	Rows        []TransitionRow // by transition id, as generated code writes them: NewInfo makes Transitions of them
	Spec        string          // the name of the file of the spec, for the places of Rows
	Timers      []TimerInfo     // by timer number
	Invokes     []string        // by number of the invoke
	Defers      bool            // some calls are answered later, by whoever keeps their From: see [ErrLater]

	stateName func() string    // of a machine written by hand, which has no numbers and knows its state itself
	timeouts  []timeout        // by timer number
	unhandled []UnhandledError // [state][event], so that a rejection allocates nothing
	refused   []UnhandledError
	noReply   []NoReplyError
}

// TransitionInfo describes one arm of a spec on one event. Its index in [Info.Transitions] is the id that steps carry.
type TransitionInfo struct {
	From      string // the state that the spec gives the arm to; a step may take it from any state inside
	Event, To string // To equals From where the transition is internal
	Guard     string // empty: always
	Internal  bool
	Pos       string // where the spec says so, "worker.fsm.yaml:40"
}

// TransitionRow is a [TransitionInfo] with the numbers of states and events.
type TransitionRow struct {
	From    int
	Event   int    // or EventAlways
	To      int    // 0 where the transition is internal or leads to a history
	History string // the name of the history that it leads to; empty if it leads to none
	Guard   string
	Line    int // of the spec
}

// EventAlways is the event of a [TransitionRow] that needs none.
const EventAlways = -1

// TimerInfo describes one timer of a spec.
type TimerInfo struct {
	Name  string
	Event any  // what it delivers
	Kind  Kind // KindEventTimeout if any event stops it (R029); otherwise only the machine does, as of a KindNamedTimeout
}

func (t *TimerInfo) key() Timer {
	if t.Kind == KindEventTimeout {
		return Timer{KindEventTimeout, t.Name}
	}
	return NamedTimer(t.Name)
}

// NewInfo completes info, so that rejecting an event is a look-up.
func NewInfo(info Info) *Info {
	states, events := len(info.States), len(info.Events)
	info.Parents = append(slices.Clone(info.Parents), make([]int, states-len(info.Parents))...)
	info.Handles = info.inherit()
	for _, row := range info.Rows {
		info.Transitions = append(info.Transitions, info.transition(row))
	}
	info.unhandled = make([]UnhandledError, states*events)
	info.refused = make([]UnhandledError, states*events)
	info.noReply = make([]NoReplyError, states*events)
	for s := range states {
		allowed := make([]string, len(info.Handles[s]))
		for i, ev := range info.Handles[s] {
			allowed[i] = info.Events[ev]
		}
		for ev := range events {
			e := UnhandledError{Machine: info.Machine, State: info.States[s], Event: info.Events[ev], Allowed: allowed}
			info.unhandled[s*events+ev] = e
			e.Refused = true
			info.refused[s*events+ev] = e
			info.noReply[s*events+ev] = NoReplyError{Machine: e.Machine, State: e.State, Event: e.Event}
		}
	}
	for _, t := range info.Timers {
		info.timeouts = append(info.timeouts, timeout{t.key(), t.Event})
	}
	return &info
}

// transition describes a transition by its names.
func (i *Info) transition(row TransitionRow) TransitionInfo {
	t := TransitionInfo{
		From: i.States[row.From], Event: "always", To: row.History, Guard: row.Guard, Pos: i.Spec + ":" + strconv.Itoa(row.Line),
	}
	if row.Event != EventAlways {
		t.Event = i.Events[row.Event]
	}
	switch {
	case row.To != 0:
		t.To = i.States[row.To]
	case row.History == "":
		t.To, t.Internal = t.From, true
	}
	return t
}

// StateName returns the name of a state, "State(invalid)" for a number that is none.
func (i *Info) StateName(state int) string {
	if state <= 0 || state >= len(i.States) {
		return "State(invalid)"
	}
	return i.States[state]
}

// inherit returns the events of each state with those of the states around it, in the order of their numbers.
func (i *Info) inherit() [][]int {
	all := make([][]int, len(i.States))
	for s := range i.States {
		var events []int
		for at := s; at != 0; at = i.Parents[at] {
			if at < len(i.Handles) {
				events = append(events, i.Handles[at]...)
			}
		}
		slices.Sort(events)
		all[s] = slices.Compact(events)
	}
	return all
}

// IsIn reports whether a state is another one, or inside it.
func (i *Info) IsIn(state, of int) bool {
	for state != of && state != 0 {
		state = i.Parents[state]
	}
	return state == of
}

// Accepts reports whether the state has a use for the event, guards aside.
func (i *Info) Accepts(state, event int) bool {
	return slices.Contains(i.Handles[state], event)
}

func (i *Info) cell(state, event int) int { return state*len(i.Events) + event }

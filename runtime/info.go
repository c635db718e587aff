package runtime

import (
	"slices"
	"strconv"
)

// GenVersion1 is a constant that generated code refers to. Code that was generated for a newer
// runtime does not compile with this one.
const GenVersion1 = 1

// Info is the description of a machine type. A generated package makes one with [NewInfo] and
// shares it between all machines. Adapters precompute values for each transition from it.
type Info struct {
	Machine string
	States  []string // by state number; number 0 is no state
	Events  []string // by event number
	Calls   []bool   // by event number: whether the event has a reply type
	Parents []int    // by state number: the parent state; 0, or left out at the end, for a state without a parent
	// Handles lists, by state number, the events that the state handles, ignores or postpones.
	// NewInfo adds the events of the parent states.
	Handles     [][]int
	Transitions []TransitionInfo
	Rows        []TransitionRow // by transition id, as generated code writes them: NewInfo makes Transitions of them
	Spec        string          // the name of the file of the spec, for the places of Rows
	Timers      []TimerInfo     // by timer number
	Invokes     []string        // by invoke number
	Defers      bool            // a hook may keep the From of a call and answer later: see [ErrLater]

	stateName func() string    // of a machine written by hand: its states have no numbers
	timeouts  []timeout        // by timer number
	unhandled []UnhandledError // [state][event], so that a rejection allocates nothing
	refused   []UnhandledError
	noReply   []NoReplyError
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
	Event any  // the content that it delivers
	Kind  Kind // KindEventTimeout if any event stops it (R029); otherwise KindNamedTimeout: only the machine stops it
}

// key returns the timer as the engine knows it. An event time-out may have a name, so that there
// can be several.
func (t *TimerInfo) key() Timer {
	if t.Kind == KindEventTimeout {
		return Timer{KindEventTimeout, t.Name}
	}
	return NamedTimer(t.Name)
}

// NewInfo completes info. It makes the error of each state and event in advance, so that rejecting
// an event is a look-up.
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

// inherit returns the events of each state together with those of its parents, in the order of
// their numbers.
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

// cell returns the index of a state and event in the tables of errors.
func (i *Info) cell(state, event int) int { return state*len(i.Events) + event }

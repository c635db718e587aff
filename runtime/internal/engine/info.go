package engine

import (
	"slices"
	"strconv"

	fsm "github.com/fsmgen/fsmgen/runtime"
)

// Info is the description of a machine type as a generated package writes it. [NewInfo] completes
// it.
type Info struct {
	Machine string
	States  []string // by state number; number 0 is no state
	Events  []string // by event number
	Calls   []bool   // by event number: whether the event has a reply type
	Parents []int    // by state number: the parent state; 0, or left out at the end, for a state without a parent
	// Handles lists, by state number, the events that the state handles, ignores or postpones.
	// NewInfo adds the events of the parent states.
	Handles     [][]int
	Transitions []fsm.TransitionInfo
	Rows        []TransitionRow // by transition id, as generated code writes them: NewInfo makes Transitions of them
	Spec        string          // the name of the file of the spec, for the places of Rows
	Timers      []TimerInfo     // by timer number
	Invokes     []string        // by invoke number
	Defers      bool            // a hook may keep the From of a call and answer later: see [fsm.ErrLater]
	Retries     bool            // a transition may change the state and postpone its event: see [Engine.Retry]
}

// Type is what all machines of one type share: their description, and what the engine works out from
// it in advance.
type Type struct {
	fsm.Info

	defers    bool
	retries   bool
	stateName func() string        // of a machine written by hand: its states have no numbers
	timeouts  []timeout            // by timer number
	unhandled []fsm.UnhandledError // [state][event], so that a rejection allocates nothing
	refused   []fsm.UnhandledError
	noReply   []fsm.NoReplyError
}

// TransitionRow is a [fsm.TransitionInfo] with the numbers of states and events.
type TransitionRow struct {
	From    int
	Event   int    // or EventAlways
	To      int    // 0 where the transition is internal or leads to a history
	History string // the name of the history that it leads to; empty if it leads to none
	Guard   string // empty: always true
	Choice  string // the outcome of a choice that takes the transition, "route is express"; empty if none decides
	Line    int    // of the spec
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
	return Timer{KindNamedTimeout, t.Name}
}

// NewInfo returns the type of the machines that info describes. It makes the error of each state and event in advance, so that rejecting
// an event is a look-up.
func NewInfo(info Info) *Type {
	states := len(info.States)
	info.Parents = append(slices.Clone(info.Parents), make([]int, states-len(info.Parents))...)
	info.Handles = info.inherit()
	for _, row := range info.Rows {
		info.Transitions = append(info.Transitions, info.transition(row))
	}
	t := &Type{
		Info: fsm.Info{
			Machine: info.Machine, States: info.States, Events: info.Events, Calls: info.Calls, Parents: info.Parents,
			Handles: info.Handles, Transitions: info.Transitions, Invokes: info.Invokes,
		},
		defers: info.Defers, retries: info.Retries,
	}
	t.makeErrors(info.guards())
	for _, timer := range info.Timers {
		t.Timers = append(t.Timers, timer.Name)
		t.timeouts = append(t.timeouts, timeout{timer.key(), timer.Event})
	}
	return t
}

// makeErrors fills the tables of errors. guards has those of each refusal.
func (t *Type) makeErrors(guards [][]string) {
	states, events := len(t.States), len(t.Events)
	t.unhandled = make([]fsm.UnhandledError, states*events)
	t.refused = make([]fsm.UnhandledError, states*events)
	t.noReply = make([]fsm.NoReplyError, states*events)
	for s := range states {
		allowed := make([]string, len(t.Handles[s]))
		for i, ev := range t.Handles[s] {
			allowed[i] = t.Events[ev]
		}
		for ev := range events {
			e := fsm.UnhandledError{Machine: t.Machine, State: t.States[s], Event: t.Events[ev], Allowed: allowed}
			t.unhandled[s*events+ev] = e
			e.Refused, e.Guards = true, guards[s*events+ev]
			t.refused[s*events+ev] = e
			t.noReply[s*events+ev] = fsm.NoReplyError{Machine: e.Machine, State: e.State, Event: e.Event}
		}
	}
}

// transition describes a transition by its names.
func (i *Info) transition(row TransitionRow) fsm.TransitionInfo {
	t := fsm.TransitionInfo{
		From: i.States[row.From], Event: "always", To: row.History, Guard: row.Guard, Pos: i.Spec + ":" + strconv.Itoa(row.Line),
	}
	switch {
	case row.Choice == "":
	case row.Guard == "":
		t.Guard = row.Choice
	default:
		t.Guard += ", " + row.Choice
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

// guards returns, by state and event as [Type.cell] counts them, the guards that a state and the
// states around it ask, innermost first. A guard that several transitions have comes once.
func (i *Info) guards() [][]string {
	cell := func(state, event int) int { return state*len(i.Events) + event }
	own := make([][]string, len(i.States)*len(i.Events))
	for _, row := range i.Rows {
		if row.Guard != "" && row.Event != EventAlways {
			at := cell(row.From, row.Event)
			own[at] = append(own[at], row.Guard)
		}
	}
	all := make([][]string, len(own))
	for s := range i.States {
		for ev := range i.Events {
			var guards []string
			for at := s; at != 0; at = i.Parents[at] {
				for _, guard := range own[cell(at, ev)] {
					if !slices.Contains(guards, guard) {
						guards = append(guards, guard)
					}
				}
			}
			all[cell(s, ev)] = guards
		}
	}
	return all
}

// cell returns the index of a state and event in the tables of errors.
func (t *Type) cell(state, event int) int { return state*len(t.Events) + event }

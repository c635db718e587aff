package spec

// Property is a claim about a machine that holds whatever its guards and its surroundings do. [Check] looks at its names;
// whether it holds is found out by exploring the machine.
type Property struct {
	Pos  Pos
	Name Text
	Kind PropertyKind
	From *StateRef // EventuallyPossible and LeadsTo; nil is `any`
	// State is what is claimed about: that it can be reached, that it can be reached again and again, that it is reached,
	// or that it never happens.
	State   *StateRef
	Accepts *EventRef   // only of Never: the state never takes this event; nil means that the state is never entered
	Fair    []*EventRef // only of LeadsTo: the events that happen again and again while they can
}

// StateRef is the use of a state by name.
type StateRef struct {
	Text
	State *State // resolved
}

// PropertyKind is what a property claims.
type PropertyKind uint8

// The kinds of property.
const (
	Reachable          PropertyKind = iota + 1 // the state can be reached from the start
	EventuallyPossible                         // wherever the machine is (inside From), the state can still be reached
	Never                                      // the state is never entered, or never takes an event
	LeadsTo                                    // once in From, the state is reached, if the fair events go on happening
)

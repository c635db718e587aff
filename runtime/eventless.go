package runtime

import "fmt"

// EventlessLimit is how many transitions without an event a machine may take in a row. One that takes more would never stop.
const EventlessLimit = 1000

// EventlessError reports a machine that has ended because its transitions without an event led in a circle.
type EventlessError struct {
	Machine string
	State   string // where it was then
}

func (e *EventlessError) Error() string {
	return fmt.Sprintf("fsm: %s: more than %d transitions without an event in a row, the last into state %s: their guards must fail some time",
		e.Machine, EventlessLimit, e.State)
}

// UnknownOutcomeError reports a choice that has decided for none of its outcomes. The machine ends with it as with a panic.
type UnknownOutcomeError struct {
	Machine string
	Choice  string
	Outcome int
}

func (e *UnknownOutcomeError) Error() string {
	return fmt.Sprintf("fsm: %s: choice %s: %d is not one of its outcomes", e.Machine, e.Choice, e.Outcome)
}

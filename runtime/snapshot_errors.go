package runtime

import "fmt"

// SnapshotError reports a snapshot that was taken of another version of the machine.
type SnapshotError struct {
	Machine   string
	Field     string // what does not fit, for instance "version"
	Got, Want string
}

func (e *SnapshotError) Error() string {
	return fmt.Sprintf("fsm: %s: snapshot: %s is %s; want %s", e.Machine, e.Field, e.Got, e.Want)
}

// UnknownTimerError reports a snapshot with a timer that the machine does not have.
type UnknownTimerError struct {
	Machine string
	Name    string
}

func (e *UnknownTimerError) Error() string {
	return fmt.Sprintf("fsm: %s: snapshot: there is no timer %q", e.Machine, e.Name)
}

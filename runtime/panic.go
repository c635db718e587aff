package runtime

import (
	"fmt"
)

// PanicError reports a hook that panicked or ended its goroutine. It ends the machine, and the
// panic does not unwind further. State, Event and Hook are empty where they are not known.
type PanicError struct {
	Machine string
	State   string // the state of the machine at the panic
	Event   string // the event that was being handled; empty at the start and at the end of the machine
	Hook    string // the function, "door.(*hooks).Ring", or the name of an invoke
	Value   any    // the value of the panic; nil after runtime.Goexit
	Stack   []byte
}

// maxPanicValue is how many bytes of the value of a panic an error has.
const maxPanicValue = 200

func (e *PanicError) Error() string {
	text := "fsm: " + e.Machine + ": a hook"
	if e.Hook != "" {
		text = "fsm: " + e.Machine + ": hook " + e.Hook
	}
	if e.Value == nil {
		text += " ended its goroutine"
	} else {
		text += " panicked"
	}
	if e.Event != "" {
		text += " on event " + shortened(e.Event, maxPanicValue)
	}
	if e.State != "" {
		text += " in state " + e.State
	}
	if e.Value != nil {
		text += ": " + shortened(fmt.Sprint(e.Value), maxPanicValue)
	}
	return text
}

// Unwrap returns the value of the panic if it is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

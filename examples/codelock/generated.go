package codelock

import (
	"slices"

	"github.com/fsmgen/fsmgen/examples/codelock/lockfsm"
)

// Generated is what is left to write of a lock that is generated. It is the hooks of one lock.
type Generated struct {
	Code []int
	Tell func(what string) // is told what the door does

	buttons []int
}

var _ lockfsm.LockHooks = (*Generated)(nil)

// Completes reports whether the last buttons are the code.
func (l *Generated) Completes(_ *lockfsm.View, digit int) bool {
	return slices.Equal(pressed(l.buttons, digit, len(l.Code)), l.Code)
}

// Keep remembers a button.
func (l *Generated) Keep(_ *lockfsm.Ctx, digit int) {
	l.buttons = pressed(l.buttons, digit, len(l.Code))
}

// Forget forgets all buttons.
func (l *Generated) Forget(*lockfsm.Ctx) { l.buttons = nil }

// Open opens the door.
func (l *Generated) Open(*lockfsm.Ctx) { l.Tell("open") }

// Close closes the door.
func (l *Generated) Close(*lockfsm.Ctx) { l.Tell("closed") }

// Length returns how long the code is.
func (l *Generated) Length(*lockfsm.View) int { return len(l.Code) }

// Terminated tells that there is no lock any more.
func (l *Generated) Terminated(*lockfsm.Ctx, error) { l.Tell("gone") }

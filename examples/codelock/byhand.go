package codelock

import (
	"fmt"
	"slices"
	"time"

	"github.com/fsmgen/fsmgen/runtime/statem"
)

// State is where a lock written by hand is.
type State string

// The states of a lock.
const (
	Locked State = "locked"
	Opened State = "opened"
)

// Data is what a lock written by hand remembers: its last buttons, as many as its code has.
type Data struct{ Buttons []int }

// What happens to a lock. Length is a call.
type (
	Button struct{ Digit int }
	Length struct{}

	forget    struct{} // the next button was not pressed in time
	closeDoor struct{} // the door has been open for long enough
)

type (
	turn   = statem.Turn[State, Data]
	result = statem.Result[State, Data]
)

// ByHand is a door with a code lock, as a callback.
type ByHand struct {
	Code     []int
	OpenTime time.Duration     // how long the door stays open
	Patience time.Duration     // how long the lock waits for the next button
	Tell     func(what string) // is told what the door does
}

// Callback returns the code of the lock.
func (l ByHand) Callback() *statem.Callback[State, Data] {
	return &statem.Callback[State, Data]{
		Name:      "lock",
		Init:      func(x turn) result { return x.Next(Locked) },
		Enter:     l.enter,
		Handle:    l.handle,
		Terminate: func(State, Data, error) { l.Tell("gone") },
	}
}

func (l ByHand) enter(x turn, _ State) result {
	x.Data.Buttons = nil
	if x.State == Opened {
		l.Tell("open")
		return x.Keep(statem.StateTimer().After(l.OpenTime, closeDoor{}))
	}
	l.Tell("closed")
	return x.Keep()
}

func (l ByHand) handle(x turn) result {
	switch ev := x.Event.Content.(type) {
	case Button:
		if x.State == Opened {
			return x.Keep(statem.Postpone(true))
		}
		return l.press(x, ev.Digit)
	case Length:
		return x.Keep(statem.Reply(x.Event.From, len(l.Code)))
	case forget:
		x.Data.Buttons = nil
		return x.Keep()
	case closeDoor:
		return x.Next(Locked)
	default:
		return x.Stop(fmt.Errorf("lock: unknown event %T", ev))
	}
}

func (l ByHand) press(x turn, digit int) result {
	x.Data.Buttons = pressed(x.Data.Buttons, digit, len(l.Code))
	if slices.Equal(x.Data.Buttons, l.Code) {
		return x.Next(Opened)
	}
	return x.Keep(statem.StateTimer().After(l.Patience, forget{}))
}

// pressed returns the last n buttons when digit is pressed after others. It leaves those alone.
func pressed(others []int, digit, n int) []int {
	all := append(slices.Clone(others), digit)
	return all[max(0, len(all)-n):]
}

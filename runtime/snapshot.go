package runtime

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// ArmedTimer is a running timer in a snapshot. Its deadline is a wall-clock time, which another
// process can use later.
type ArmedTimer struct {
	Name     string    `json:"name"` // of [Info.Timers]
	Deadline time.Time `json:"deadline"`
}

// ArmedTimers returns the timers of [Info.Timers] that run, in the order of their numbers. A timer
// that has expired still runs until its event is handled.
func (e *Engine) ArmedTimers() []ArmedTimer {
	var armed []ArmedTimer
	for number := range e.info.timeouts {
		key := e.info.timeouts[number].key
		if t := e.findTimer(key); t != nil {
			armed = append(armed, ArmedTimer{e.info.Timers[number].Name, e.clock.wall(t.deadline)})
		} else if e.zeroIndex(key) >= 0 {
			armed = append(armed, ArmedTimer{e.info.Timers[number].Name, e.clock.wall(e.clock.Now())})
		}
	}
	return armed
}

// RestoreTimer starts the timer with this number for a deadline. A deadline in the past is
// delivered at once, behind the events that wait already.
func (e *Engine) RestoreTimer(number int, deadline time.Time) {
	e.ensureExt()
	e.armTimer(&e.info.timeouts[number], e.clock.instant(deadline))
}

// RestoreTimers starts timers that [Engine.ArmedTimers] returned. If the machine has no timer of
// one of the names, it starts none and returns an [UnknownTimerError].
func (e *Engine) RestoreTimers(armed []ArmedTimer) error {
	for _, a := range armed {
		if _, ok := e.info.TimerNumber(a.Name); !ok {
			return &UnknownTimerError{Machine: e.info.Machine, Name: a.Name}
		}
	}
	for _, a := range armed {
		number, _ := e.info.TimerNumber(a.Name)
		e.RestoreTimer(number, a.Deadline)
	}
	return nil
}

// TimerNumber returns the number of the timer with this name.
func (i *Info) TimerNumber(name string) (number int, ok bool) {
	number = slices.IndexFunc(i.Timers, func(t TimerInfo) bool { return t.Name == name })
	return number, number >= 0
}

// Postponed returns the events that wait for a state change, oldest first.
func (e *Engine) Postponed() []Event {
	if e.ext == nil {
		return nil
	}
	return slices.Clone(e.ext.postponed)
}

// RestorePostponed adds events, in this order, to those that wait for the next state change.
func (e *Engine) RestorePostponed(events ...Event) {
	for _, ev := range events {
		e.addPostponed(ev)
	}
}

// SnapshotVersion is the version of the layout of snapshots of generated machines.
const SnapshotVersion = 1

// DecodeSnapshot decodes a part of a snapshot, "data" or "postponed", from JSON. Unknown fields are
// an error. Every error is a [SnapshotError].
func DecodeSnapshot(machine, field string, text []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		if mismatch, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
			path := strings.TrimPrefix(mismatch.Field, "plain.") // the name of an embedded type in generated code
			return &SnapshotError{machine, field + "." + path, mismatch.Value, mismatch.Type.String()}
		}
		return &SnapshotError{machine, field, fmt.Sprintf("%.80s (%v)", text, err), "what a snapshot of this version has there"}
	}
	return nil
}

// NamedEvent is an event in a snapshot in JSON.
type NamedEvent struct {
	Event   string          `json:"event"`
	Payload json.RawMessage `json:"payload,omitempty"`
}

// EncodeEvent encodes the content of an event.
func EncodeEvent(name string, content any) (NamedEvent, error) {
	payload, err := json.Marshal(content)
	return NamedEvent{Event: name, Payload: payload}, err
}

// DecodeEvent decodes the content of an event. The error is a [SnapshotError].
func DecodeEvent[E any](machine string, named NamedEvent) (content E, err error) {
	if len(named.Payload) > 0 {
		err = DecodeSnapshot(machine, "postponed."+named.Event, named.Payload, &content)
	}
	return content, err
}

// ErrorText is an error of which JSON keeps only the text. An error with an empty text becomes nil.
type ErrorText struct {
	Err error
}

// MarshalText returns the text of the error.
func (e ErrorText) MarshalText() ([]byte, error) {
	if e.Err == nil {
		return nil, nil
	}
	return []byte(e.Err.Error()), nil
}

// UnmarshalText makes the text an error.
func (e *ErrorText) UnmarshalText(text []byte) error {
	if e.Err = nil; len(text) > 0 {
		e.Err = errors.New(string(text))
	}
	return nil
}

// SnapshotError reports a snapshot that does not fit this version of the machine.
type SnapshotError struct {
	Machine   string
	Field     string // the part that does not fit, for instance "version"
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

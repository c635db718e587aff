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

// ArmedTimer is a timer that runs, as a snapshot keeps it: it means the same in another process, and on another day.
type ArmedTimer struct {
	Name     string    `json:"name"` // of [Info.Timers]
	Deadline time.Time `json:"deadline"`
}

// ArmedTimers returns the timers of [Info.Timers] that run, in the order of their numbers. One that has expired and is not
// delivered still runs.
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

// RestoreTimer starts the timer with this number so that it expires at deadline; at once, but behind what waits already, if
// that has passed.
func (e *Engine) RestoreTimer(number int, deadline time.Time) {
	e.ensureExt()
	e.armTimer(&e.info.timeouts[number], e.clock.instant(deadline))
}

// RestoreTimers starts timers as [Engine.ArmedTimers] gave them. If the machine has none of one of the names, it starts none
// and returns an [UnknownTimerError].
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

// RestorePostponed makes events wait for the next state change, in this order, behind those that do.
func (e *Engine) RestorePostponed(events ...Event) {
	for _, ev := range events {
		e.addPostponed(ev)
	}
}

// SnapshotVersion is the layout of the snapshots of generated machines.
const SnapshotVersion = 1

// DecodeSnapshot reads a part of a snapshot, "data" or "postponed", from JSON. What has no place in it is an error, and every
// error is a [SnapshotError].
func DecodeSnapshot(machine, field string, text []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		if mismatch, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
			path := strings.TrimPrefix(mismatch.Field, "plain.") // generated code embeds it as plain
			return &SnapshotError{machine, field + "." + path, mismatch.Value, mismatch.Type.String()}
		}
		return &SnapshotError{machine, field, fmt.Sprintf("%.80s (%v)", text, err), "what a snapshot of this version has there"}
	}
	return nil
}

// NamedEvent is an event as a snapshot in JSON keeps it.
type NamedEvent struct {
	Event   string          `json:"event"`
	Payload json.RawMessage `json:"payload,omitempty"`
}

// EncodeEvent makes an event one with a name.
func EncodeEvent(name string, content any) (NamedEvent, error) {
	payload, err := json.Marshal(content)
	return NamedEvent{Event: name, Payload: payload}, err
}

// DecodeEvent reads the payload of an event. The error is a [SnapshotError].
func DecodeEvent[E any](machine string, named NamedEvent) (content E, err error) {
	if len(named.Payload) > 0 {
		err = DecodeSnapshot(machine, "postponed."+named.Event, named.Payload, &content)
	}
	return content, err
}

// ErrorText is an error that JSON keeps the text of. An error without a text is none.
type ErrorText struct {
	Err error
}

// MarshalText gives the text of the error.
func (e ErrorText) MarshalText() ([]byte, error) {
	if e.Err == nil {
		return nil, nil
	}
	return []byte(e.Err.Error()), nil
}

// UnmarshalText makes a text an error.
func (e *ErrorText) UnmarshalText(text []byte) error {
	if e.Err = nil; len(text) > 0 {
		e.Err = errors.New(string(text))
	}
	return nil
}

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

package worker

import (
	"fmt"

	"github.com/fsmgen/fsmgen/bench/worker/workerfsm"
)

// State and Failure are those of the generated machine, so that all implementations speak of the same things.
type (
	State   = workerfsm.State
	Failure = workerfsm.Failure
)

const stateCount = workerfsm.StateTerminated + 1

// maxFailures is how many failures make a worker degraded.
const maxFailures = 3

// Event is what can happen to a worker, for libraries that want it as a value.
type Event uint8

// The events, of which CheckinError and HealthFailed carry a Failure.
const (
	InitComplete Event = iota
	InitFailed
	Checkout
	CheckinOK
	CheckinError
	HealthOK
	HealthFailed
	Drain
	Stop
	CleanupComplete
	eventCount
)

var eventNames = [eventCount]string{
	"init_complete", "init_failed", "checkout", "checkin_ok", "checkin_error",
	"health_ok", "health_failed", "drain", "stop", "cleanup_complete",
}

func (e Event) String() string { return eventNames[e] }

// Entries counts how often each state was entered. It is what the hooks of every implementation write.
type Entries [stateCount]uint32

// RejectError reports an event that the state has no use for. Those of the hand-written machines are made once, like
// those of the generated one, so a rejection allocates nothing.
type RejectError struct {
	State State
	Event Event
}

func (e *RejectError) Error() string {
	return fmt.Sprintf("worker: event %v is not handled in state %v", e.Event, e.State)
}

var rejections = func() (all [stateCount][eventCount]RejectError) {
	for s := range stateCount {
		for e := range eventCount {
			all[s][e] = RejectError{s, e}
		}
	}
	return all
}()

func reject(s State, e Event) error { return &rejections[s][e] }

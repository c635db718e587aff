package worker

import (
	"fmt"

	"github.com/fsmgen/fsmgen/bench/compare"
	"github.com/fsmgen/fsmgen/bench/worker/workerfsm"
)

// Cycle is a checkout and a checkin.
func Cycle() compare.Loops {
	return compare.Loops{
		Title: "ready -> busy -> ready: two transitions",
		Limit: compare.Loop{Name: switchWithHooks, Run: cycleHooked},
		Others: []compare.Loop{
			{Name: switchAlone, Run: cycleCalled},
			{Name: switchInlined, Run: cycleInline},
			{Name: generated, Goal: 2, Run: cycleGenerated},
			{Name: onStateless, Run: firing(readyStateless, cycle)},
			{Name: onLooplab, Run: firing(readyLooplab, cycle)},
			{Name: onStatekit, Run: firing(readyStatekit, cycle)},
			{Name: onFluo, Run: firing(readyFluo, cycle)},
		},
	}
}

func cycleHooked(n int) error {
	m := readyHooked()
	for range n {
		if m.Checkout() != nil || m.CheckinOK() != nil {
			return errUnexpected
		}
	}
	return nil
}

func cycleCalled(n int) error {
	m := readyCalled()
	for range n {
		if m.Checkout() != nil || m.CheckinOK() != nil {
			return errUnexpected
		}
	}
	return nil
}

func cycleInline(n int) error {
	m := readyInline()
	for range n {
		if m.Checkout() != nil || m.CheckinOK() != nil {
			return errUnexpected
		}
	}
	return nil
}

func cycleGenerated(n int) error {
	m, err := readyGenerated()
	if err != nil {
		return err
	}
	for range n {
		if m.Checkout() != nil || m.CheckinOK() != nil {
			return errUnexpected
		}
	}
	return nil
}

func cycle(m Machine, n int) error {
	for range n {
		if m.Fire(Checkout, Failure{}) != nil || m.Fire(CheckinOK, Failure{}) != nil {
			return errUnexpected
		}
	}
	return nil
}

// State and Failure are those of the generated machine, so that all implementations speak of the same things.
type (
	State   = workerfsm.State
	Failure = workerfsm.Failure
)

const stateCount = workerfsm.StateTerminated + 1

// maxFailures is how many failures make a worker degraded.
const maxFailures = 3

// Event is an event of a worker, for libraries that take it as a value.
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

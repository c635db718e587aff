package pool

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/fsmgen/fsmgen/pool/internal/core"
	"github.com/fsmgen/fsmgen/pool/recovery"
)

// TestEventOf_EachKindOfTheCore becomes a type of its own with all that the core has said.
func TestEventOf_EachKindOfTheCore(t *testing.T) {
	why := errors.New("why")
	in := core.Event{Worker: 7, Version: "v2", Session: "s", Reason: "exited", Action: "remove", Count: 3, Duration: time.Second, Err: why}
	seen := map[reflect.Type]bool{}
	for kind, want := range map[core.EventKind]Event{
		core.CheckedOut:      EventCheckedOut{Worker: 7, Version: "v1", Session: "s", Waited: time.Second},
		core.CheckedIn:       EventCheckedIn{Worker: 7, Version: "v1", Session: "s", Held: time.Second, Err: why},
		core.Decided:         EventDecided{Worker: 7, Version: "v1", Failure: recovery.Exited, Action: recovery.Remove, Err: why},
		core.WorkerReady:     EventWorkerReady{Worker: 7, Version: "v1", Took: time.Second},
		core.WorkerFailed:    EventWorkerFailed{Worker: 7, Version: "v1", Err: why},
		core.WorkerGone:      EventWorkerGone{Worker: 7, Version: "v1", Reason: "exited", Age: time.Second, Err: why},
		core.SessionsMoved:   EventSessionsMoved{Worker: 7, Version: "v1", Count: 3},
		core.SessionsLost:    EventSessionsLost{Worker: 7, Version: "v1", Session: "s", Count: 3},
		core.SessionsExpired: EventSessionsExpired{Count: 3},
		core.StateNotKept:    EventStateNotKept{Session: "s", Bytes: 3},
		core.Resized:         EventResized{Wanted: 3},
		core.BreakerOpened:   EventBreakerOpened{Failures: 3, Pause: time.Second, Err: why},
		core.BreakerClosed:   EventBreakerClosed{},
		core.UpgradePhase:    EventUpgrading{Version: "v2", Phase: "exited", Err: why},
	} {
		in.Kind = kind
		got := eventOf(&in, "v1")
		if diff := cmp.Diff(want, got, cmpopts.EquateErrors()); diff != "" {
			t.Errorf("%s: %s", kind, diff)
		}
		if seen[reflect.TypeOf(got)] {
			t.Errorf("%s: %T is the type of another kind", kind, got)
		}
		seen[reflect.TypeOf(got)] = true
	}
}

func TestEventOf_ErrorsAreThoseOfThisPackage(t *testing.T) {
	in := core.Event{Kind: core.WorkerGone, Err: &core.Cause{Reason: core.ReasonAge}}
	gone, _ := eventOf(&in, "").(EventWorkerGone)
	if why, ok := gone.Err.(*leaveError); !ok || why.reason != ReasonAge {
		t.Errorf("Err is %v; want an error because of the age", gone.Err)
	}
}

func TestEventOf_EndOfAnUpgrade(t *testing.T) {
	for phase, ended := range map[string]bool{"ramping": false, "rolling_back": false, outcomeDone: true, outcomeRolledBack: true, outcomeAbandoned: true} {
		in := core.Event{Kind: core.UpgradePhase, Reason: phase}
		if ev, _ := eventOf(&in, "").(EventUpgrading); ev.Phase != phase || ev.Ended != ended {
			t.Errorf("the event is %+v; want the phase %s, ended: %v", ev, phase, ended)
		}
	}
}

package kitchenfsm

import (
	"errors"
	"slices"
	"testing"
	"time"

	fsm "github.com/fsmgen/fsmgen/runtime"
)

var errBlack = errors.New("black")

func TestInvoke_Result(t *testing.T) {
	k := coldKitchen(t)
	k.is(StateCold)
	k.heated(12, nil)
	k.is(StateIdle, "remember 12", "wipe")
}

func TestInvoke_Error(t *testing.T) {
	k := coldKitchen(t)
	k.heated(0, errBlack)
	k.is(StateClosed, "complain: black", "terminated: <nil>")
}

func TestInvoke_ResultAfterTheStateWasLeft(t *testing.T) {
	k := coldKitchen(t)
	begun := k.Invocations()
	k.must(k.Close())
	if begun[0].Context().Err() == nil {
		t.Error("the context goes on although its state was left")
	}
	begun[0].Resolve(HeatResult{PID: 1}, nil)
	k.must(k.Finish(begun[0]))
	k.is(StateClosed, "terminated: <nil>")
}

func TestChoice_EachOutcome(t *testing.T) {
	tests := []struct {
		route Route
		state State
		ran   []string
	}{
		{RoutePan, StateFrying, []string{"note 4", "note 4"}}, // the second one is raised
		{RouteOven, StateBaking, []string{"note 4"}},
		{RouteRefuse, StateIdle, nil},
	}
	for _, test := range tests {
		t.Run(test.route.String(), func(t *testing.T) {
			k := openKitchen(t)
			k.route = test.route
			k.order()
			k.is(test.state, test.ran...)
		})
	}
}

func TestChoice_GuardIsAskedBefore(t *testing.T) {
	k := openKitchen(t)
	k.soldOut = "soup"
	k.order()
	k.is(StateIdle)
}

func TestReply_FailureGoesToTheCallerOfATakenTransition(t *testing.T) {
	tests := []struct {
		route Route
		state State
		ran   []string
	}{
		{RoutePan, StateFrying, []string{"note 4", "note 4"}},
		{RouteOven, StateBaking, []string{"note 4"}},
		{RouteRefuse, StateIdle, nil},
	}
	for _, test := range tests {
		t.Run(test.route.String(), func(t *testing.T) {
			k := openKitchen(t)
			k.route, k.confirm = test.route, errBlack
			slip, err := k.Order(4, "soup")
			failed, ok := errors.AsType[*fsm.ReplyError](err)
			if !ok || !errors.Is(err, errBlack) || failed.State != "idle" || failed.Event != "order" || slip != (Slip{}) {
				t.Errorf("Order() = %+v, %v; want no slip and the failure of an order in idle", slip, err)
			}
			k.is(test.state, test.ran...)
		})
	}
}

func TestReply_AfterAFailure(t *testing.T) {
	k := openKitchen(t)
	k.route, k.confirm = RouteRefuse, errBlack
	for range 2 {
		if _, err := k.Order(4, "soup"); !errors.Is(err, errBlack) {
			t.Errorf("Order() = %v; want %v", err, errBlack)
		}
	}
	k.confirm = nil
	if slip, err := k.Order(4, "soup"); err != nil || slip != (Slip{4, "soup"}) {
		t.Errorf("Order() = %+v, %v; want the slip", slip, err)
	}
}

// An error of the hook is never taken for the machine's own way to say that the call waits.
func TestReply_FailsWithThePendingErrorOfAnotherMachine(t *testing.T) {
	for _, other := range []error{fsm.ErrPending, fsm.ErrLater} {
		k := openKitchen(t)
		k.route, k.confirm = RouteRefuse, other
		_, err := k.Order(4, "soup")
		failed, ok := errors.AsType[*fsm.ReplyError](err)
		if !ok || failed.Err != other || errors.Is(err, other) {
			t.Errorf("Order() = %v; want a ReplyError that says %v and does not match it", err, other)
		}
		if waiting := k.Snapshot().Postponed; len(waiting) != 0 {
			t.Errorf("%v wait; want the order handled", waiting)
		}
	}
}

func TestChoice_UnknownOutcome(t *testing.T) {
	defer func() {
		unknown, ok := recover().(*fsm.UnknownOutcomeError)
		if !ok || unknown.Choice != "route" || unknown.Outcome != 9 {
			t.Errorf("the panic is %v; want an UnknownOutcomeError about route", unknown)
		}
	}()
	k := openKitchen(t)
	k.route = 9
	_, _ = k.Order(4, "soup")
}

func TestGuard_DataParamsAndPayload(t *testing.T) {
	k := openKitchen(t)
	for range 2 {
		k.order()
		k.must(k.Burn(4, errBlack))
	}
	k.is(StateIdle, "note 4", "note 4", "ring in frying", "curse: black", "wipe",
		"note 4", "note 4", "ring in frying", "curse: black", "wipe")
	if got := k.Data(); got.Burnt != 2 || got.Trouble != errBlack {
		t.Errorf("the data are %+v; want two dishes burnt", got)
	}
	k.order()
	for range 2 {
		refused, ok := errors.AsType[*fsm.UnhandledError](k.Serve(0)) // no such table
		if !ok || !refused.Refused || !slices.Equal(refused.Guards, []string{`payload.table > 0 && data.mood != "wild"`}) {
			t.Errorf("Serve(0) = %+v; want it refused by its guard", refused)
		}
	}
	k.is(StateFrying, "note 4", "note 4")
}

func TestOnDone_FinalChildEntered(t *testing.T) {
	k := openKitchen(t)
	k.data.Burnt = 2
	k.order()
	k.told()
	k.must(k.Burn(4, errBlack))
	k.is(StateClosed, "ring in frying", "curse: black", "terminated: <nil>")
}

func TestAlways_FollowsTheStep(t *testing.T) {
	k := openKitchen(t)
	k.order()
	k.data.Burnt = 5
	k.told()
	k.must(k.Serve(4)) // into idle, on into ruined, and so open is done
	k.is(StateClosed, "ring in frying", "wipe", "terminated: <nil>")
}

func TestAlways_RepeatsWhileItsGuardHolds(t *testing.T) {
	k := openKitchen(t)
	k.data.Mood, k.patience = "wild", 1000
	k.must(k.Pause())
	if k.is(StatePaused); k.calmed != 1000 {
		t.Errorf("the guests were calmed %d times; want 1000", k.calmed)
	}
}

func TestAlways_EndlessCircle(t *testing.T) {
	k := openKitchen(t)
	k.data.Mood = "wild"
	k.must(k.Pause())
	endless, ok := errors.AsType[*fsm.EventlessError](k.Err())
	if !ok || endless.State != "paused" || k.calmed != 1001 {
		t.Errorf("the guests were calmed %d times, and the machine ended with %v; want 1001 and an EventlessError", k.calmed, k.Err())
	}
}

func TestHistory_GoesBackToTheLastState(t *testing.T) {
	tests := []struct {
		name  string
		back  func(*kitchen) error
		state State
	}{
		{"a deep one to the leaf", func(k *kitchen) error { return k.Resume() }, StateBaking},
		{"a shallow one to the child", func(k *kitchen) error { return k.Restart() }, StateFrying},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			k := openKitchen(t)
			k.route = RouteOven
			k.order()
			k.must(k.Pause())
			k.is(StatePaused, "note 4", "ring in baking")
			k.must(test.back(k))
			k.is(test.state)
		})
	}
}

func TestHistory_DefaultBeforeTheFirstVisit(t *testing.T) {
	for want, send := range map[State]func(*Machine) error{StateIdle: (*Machine).Resume, StateFrying: (*Machine).Restart} {
		m, err := Restore(new(brigade).hooks(), Params{}, Snapshot{Version: fsm.SnapshotVersion, State: StatePaused})
		if err != nil {
			t.Fatal(err)
		}
		if err := send(m); err != nil || m.State() != want {
			t.Errorf("the state is %v, %v; want %v", m.State(), err, want)
		}
	}
}

func TestWildcard_EventsThatTheLevelDoesNotMention(t *testing.T) {
	k := coldKitchen(t)
	k.must(k.Serve(1))
	k.must(k.Knock())
	k.is(StateCold, "ring in cold", "ring in cold")
	if _, err := k.Order(1, "soup"); err != fsm.ErrPending {
		t.Errorf("Order() = %v; want it postponed", err)
	}
}

func TestWould_AsksTheGuardsAndChangesNothing(t *testing.T) {
	k := openKitchen(t)
	k.order()
	k.told()
	if !k.WouldServe(1) || k.WouldServe(0) {
		t.Error("WouldServe is wrong about the table")
	}
	k.data.Mood = "wild"
	if k.WouldServe(1) || !k.CanServe() {
		t.Error("WouldServe is wrong about the mood, or CanServe asks a guard")
	}
	k.is(StateFrying)
}

func TestEventTimeout_StoppedByAnyEvent(t *testing.T) {
	k := openKitchen(t)
	k.engine.StopTimer(timerProbe) // it would be an event
	k.wait(9 * time.Second)
	k.must(k.Serve(1)) // ignored, and yet an event
	k.wait(time.Minute)
	k.is(StateIdle)
	k.order()
	k.must(k.Serve(1))
	k.engine.StopTimer(timerProbe)
	k.told()
	k.wait(10 * time.Second)
	k.is(StateIdle, "ring in idle")
	k.wait(time.Minute)
	k.is(StateIdle)
}

func TestEventTimeout_RejectedEventsLeaveIt(t *testing.T) {
	k := openKitchen(t)
	k.engine.StopTimer(timerProbe)
	for range 3 {
		k.wait(3 * time.Second)
		if _, rejected := errors.AsType[*fsm.UnhandledError](k.Restart()); !rejected {
			t.Error("Restart() is not rejected")
		}
	}
	k.is(StateIdle)
	k.wait(time.Second)
	k.is(StateIdle, "ring in idle")
}

func TestTimer_Every(t *testing.T) {
	k := openKitchen(t)
	k.wait(14 * time.Second)
	k.is(StateIdle, "ring in idle", "ring in idle")
	k.must(k.Pause())
	k.wait(10 * time.Second) // ignored there
	k.must(k.Resume())
	k.is(StateIdle, "wipe")
	k.wait(time.Second)
	k.is(StateIdle, "ring in idle")
}

func TestTimer_SurvivesItsStateUntilCancelled(t *testing.T) {
	k := openKitchen(t)
	k.route = RouteOven
	k.order() // starts cleaning
	k.must(k.Serve(4))
	k.engine.StopTimer(timerProbe)
	k.engine.StopTimer(timerIdleEventTimeout)
	k.told()
	k.wait(30 * time.Second)
	k.is(StateIdle, "clean")
	k.order()
	k.told()
	k.must(k.Close())
	k.is(StateClosed, "ring in baking", "terminated: <nil>")
	if next, ok := k.Expire(); ok {
		t.Errorf("a timer is due at %v in a closed kitchen", next)
	}
}

func TestTimer_UpdateOfATimerThatDoesNotRun(t *testing.T) {
	k := openKitchen(t)
	k.order()
	k.told()
	k.must(k.Knock())
	k.is(StateFrying, "clean")
}

func TestTimer_PostponedTimeOut(t *testing.T) {
	k := openKitchen(t)
	k.route = RouteOven
	k.order()
	k.must(k.Pause())
	k.wait(30 * time.Second) // cleaning is due
	k.told()
	k.must(k.Resume())
	k.is(StateBaking, "clean")
}

func TestReply_LaterIsGivenToThen(t *testing.T) {
	k := openKitchen(t)
	var answers []time.Duration
	k.AskThen(1, func(reply time.Duration, err error) {
		k.must(err)
		answers = append(answers, reply)
	})
	if len(answers) > 0 {
		t.Fatalf("the answer is %v before there is one", answers)
	}
	k.callers[0].Reply(time.Minute)
	k.callers[0].Reply(time.Hour)
	if len(answers) != 1 || answers[0] != time.Minute {
		t.Errorf("the answers are %v; want a minute, once", answers)
	}
	if _, err := k.Ask(2); err != fsm.ErrLater {
		t.Errorf("Ask() = %v; want ErrLater", err)
	}
	k.must(k.Close())
	k.AskThen(3, func(_ time.Duration, err error) {
		if !errors.Is(err, fsm.ErrStopped) {
			t.Errorf("a closed kitchen answers %v; want ErrStopped", err)
		}
	})
}

func TestKitchen_DirectEventDoesNotAllocate(t *testing.T) {
	k := openKitchen(t)
	k.order()
	k.engine.StopTimer(timerProbe)
	m := k.Machine
	if n := testing.AllocsPerRun(100, func() { _ = m.Serve(0) }); n > 0 {
		t.Errorf("an event that a guard refuses allocates %v times", n)
	}
	if n := testing.AllocsPerRun(100, func() { _ = m.WouldServe(1) }); n > 0 {
		t.Errorf("asking a guard allocates %v times", n)
	}
}

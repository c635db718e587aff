package kitchenfsm

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	fsm "github.com/fsmgen/fsmgen/runtime"
)

// thaw makes a snapshot JSON and reads it again.
func thaw(t *testing.T, now Snapshot) Snapshot {
	t.Helper()
	text, err := json.Marshal(now)
	if err != nil {
		t.Fatal(err)
	}
	var then Snapshot
	if err := json.Unmarshal(text, &then); err != nil {
		t.Fatalf("%v\nof %s", err, text)
	}
	return then
}

func TestSnapshot_RoundTripThroughJSON(t *testing.T) {
	k := openKitchen(t)
	k.data.Trouble = errBlack
	k.route = RouteOven
	k.order()
	k.must(k.Pause())
	_ = k.Burn(2, errBlack)
	_, _ = k.Order(1, "soup")
	now := k.Snapshot()
	if len(now.Postponed) != 2 || len(now.Memories) != 1 || len(now.Timers) != 2 {
		t.Fatalf("the snapshot is %+v; want two events, a memory and two timers", now)
	}
	sameText := cmp.Comparer(func(a, b error) bool { return a.Error() == b.Error() })
	if diff := cmp.Diff(now, thaw(t, now), sameText); diff != "" {
		t.Errorf("snapshot (-before +after):\n%s", diff)
	}
}

func TestRestore_GoesOnInItsState(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, new(brigade))
		synctest.Wait()
		if _, err := s.Order(t.Context(), 1, "soup"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(18 * time.Second) // between two probes
		now, err := s.Snapshot(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		end(t, s)
		time.Sleep(time.Second)
		b := new(brigade)
		again, err := RestoreServer(b.hooks(), Params{}, thaw(t, now), fsm.Config{})
		if err != nil {
			t.Fatal(err)
		}
		defer end(t, again)
		if err := again.Control().Inspect(t.Context(), func() {
			if again.State() != StateFrying || len(b.ran) > 0 {
				t.Errorf("the state is %v and %q ran; want frying and no hook", again.State(), b.ran)
			}
		}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Second) // 29 s since the order, of the 30 s that it may take
		synctest.Wait()
		if again.State() != StateFrying {
			t.Errorf("after 29 s the state is %v; want frying", again.State())
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if again.State() != StateIdle {
			t.Errorf("after 31 s the state is %v; want idle", again.State())
		}
	})
}

func TestRestore_BeginsItsInvokesAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := RestoreServer(new(brigade).hooks(), Params{}, Snapshot{Version: fsm.SnapshotVersion, State: StateCold}, fsm.Config{})
		if err != nil {
			t.Fatal(err)
		}
		defer end(t, s)
		synctest.Wait()
		if s.State() != StateIdle {
			t.Errorf("the state is %v; want idle, since the stove is hot", s.State())
		}
	})
}

func TestRestore_PostponedEvents(t *testing.T) {
	k := openKitchen(t)
	k.order()
	k.must(k.Pause())
	_ = k.Burn(2, errBlack)
	b := new(brigade)
	m, err := Restore(b.hooks(), Params{}, thaw(t, k.Snapshot()))
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Resume(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"ring in frying", "curse: black", "wipe"}, b.ran); diff != "" || m.State() != StateIdle {
		t.Errorf("the state is %v, and the hooks that ran (-want +got):\n%s", m.State(), diff)
	}
}

func TestRestore_SnapshotOfAnOlderVersion(t *testing.T) {
	const old = `{"version": 1, "shape": "old", "state": "paused", "data": {"misses": 2},
		"memories": [{"of": "open", "leaf": "empty"}], "postponed": [{"event": "spoil", "payload": {"Table": 1, "Reason": "black"}}]}`
	var then Snapshot
	if err := json.Unmarshal([]byte(old), &then); err != nil {
		t.Fatal(err)
	}
	if then.Data.Burnt != 2 || then.Data.Mood != "calm" || then.Memories[0].Leaf != StateIdle {
		t.Errorf("the snapshot is %+v; want two dishes burnt, calm, idle remembered", then)
	}
	if burn, ok := then.Postponed[0].(BurnEvent); !ok || burn.Table != 1 || burn.Reason.Error() != "black" {
		t.Errorf("the event is %#v; want a BurnEvent", then.Postponed[0])
	}
	var timer Snapshot
	if err := json.Unmarshal([]byte(`{"version": 1, "state": "empty", "data": {},
		"timers": [{"name": "empty event_timeout", "deadline": "2026-01-02T03:04:05Z"}]}`), &timer); err != nil {
		t.Fatal(err)
	}
	if _, err := Restore(new(brigade).hooks(), Params{}, timer); err != nil {
		t.Errorf("Restore() with a timer of the old name: %v", err)
	}
}

func TestRestore_UnknownContent(t *testing.T) {
	tests := []struct{ name, text, field string }{
		{"another layout", `{"version": 2, "state": "idle"}`, "version"},
		{"a state around others", `{"version": 1, "state": "open"}`, "state"},
		{"an unknown state", `{"version": 1, "state": "siesta"}`, "state"},
		{"an unknown part", `{"version": 1, "state": "idle", "menu": []}`, "menu"},
		{"a later revision", `{"version": 1, "revision": 1, "state": "idle"}`, "revision"},
		{"an unknown state with a history", `{"version": 1, "state": "idle", "memories": [{"of": "siesta", "leaf": "frying"}]}`, "memories"},
		{"a leaf of another state", `{"version": 1, "state": "idle", "memories": [{"of": "open", "leaf": "cold"}]}`, "memories"},
		{"an unknown timer", `{"version": 1, "state": "idle", "timers": [{"name": "siesta", "deadline": "2026-01-02T03:04:05Z"}]}`, "timers"},
		{"a timer of another state", `{"version": 1, "state": "idle", "timers": [{"name": "busy after patience", "deadline": "2026-01-02T03:04:05Z"}]}`, "timers"},
		{"a timer without a deadline", `{"version": 1, "state": "empty", "timers": [{"name": "empty event_timeout"}]}`, "timers"},
		{"unknown data", `{"version": 1, "state": "idle", "data": {"cooks": 2}}`, "data.cooks"},
		{"data of another type", `{"version": 1, "state": "idle", "data": {"burnt": "two"}}`, "data.Burnt"},
		{"an unknown event", `{"version": 1, "state": "idle", "postponed": [{"event": "sing"}]}`, "postponed"},
		{"another payload", `{"version": 1, "state": "idle", "postponed": [{"event": "order", "payload": {"wine": 1}}]}`, "postponed.order.wine"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var then Snapshot
			err := json.Unmarshal([]byte(test.text), &then)
			if err == nil {
				_, err = Restore(new(brigade).hooks(), Params{}, then)
			}
			refused, ok := errors.AsType[*fsm.SnapshotError](err)
			if !ok || !strings.EqualFold(refused.Field, test.field) {
				t.Errorf("the error is %v; want a SnapshotError about %s", err, test.field)
			}
		})
	}
	var state State
	if err := json.Unmarshal([]byte(`"siesta"`), &state); err == nil {
		t.Error("an unknown state is read")
	}
}

func TestSnapshot_KitchenThatHasEnded(t *testing.T) {
	s := start(t, &brigade{heat: func(context.Context) (int, error) { return 0, errBlack }})
	<-s.Done()
	now, err := s.Snapshot(t.Context())
	if now.State != StateClosed || err != nil {
		t.Errorf("Snapshot() = %+v, %v; want that of a closed kitchen", now, err)
	}
}

// stepCounter counts the steps that it observes.
type stepCounter int

func (n *stepCounter) Observe(*fsm.Info, fsm.Step) { *n++ }

// TestRestoreWith_ClockNameAndHistory are those of the owner, as of a machine that NewWith makes.
func TestRestoreWith_ClockNameAndHistory(t *testing.T) {
	k := openKitchen(t)
	k.order()
	now := thaw(t, k.Snapshot())
	due := now.Timers[0].Deadline
	for _, late := range []time.Duration{0, time.Hour} { // of the restart, behind the first deadline
		clock := fsm.NewVirtualClockAt(due.Add(late - time.Second))
		history, seen := fsm.NewHistory(10), new(stepCounter)
		m, err := RestoreWith(new(brigade).hooks(), Params{}, now, fsm.BareConfig{
			Name: "kitchen 7", Clock: clock, History: history,
			Observer: seen,
		})
		if err != nil {
			t.Fatal(err)
		}
		next, ok := m.Deadline()
		if want := time.Second - late; !ok || next > max(want, 0) {
			t.Errorf("the first time-out is due at %v, %v on the clock of the owner; want %v, or at once if that is over", next, ok, want)
		}
		clock.Advance(time.Second)
		m.Expire()
		steps := history.Steps()
		if len(steps) == 0 || int(*seen) != len(steps) || steps[0].Machine != "kitchen 7" {
			t.Errorf("the history has %+v, the observer saw %d steps; want those of the time-out, of kitchen 7", steps, *seen)
		}
	}
}

// TestState_Final tells the end of the machine from other states.
func TestState_Final(t *testing.T) {
	for _, s := range States() {
		if want := s == StateClosed; s.Final() != want {
			t.Errorf("%v.Final() = %v; want %v", s, s.Final(), want)
		}
	}
	_, err := Restore(new(brigade).hooks(), Params{}, Snapshot{Version: fsm.SnapshotVersion, State: StateOpen})
	if words := "a state without others inside"; err == nil || !strings.Contains(err.Error(), words) {
		t.Errorf("Restore = %v; want an error that says %q", err, words)
	}
}

// TestFinish_OfARestoredKitchen refuses work that the kitchen before it has begun, and waits for its own.
func TestFinish_OfARestoredKitchen(t *testing.T) {
	k := coldKitchen(t)
	before := k.Invocations()[0]
	before.Resolve(HeatResult{PID: 1}, nil)
	m, err := Restore(new(brigade).hooks(), Params{}, k.Snapshot())
	if err != nil {
		t.Fatal(err)
	}
	own := m.Invocations()[0]
	for range 2 {
		if err := m.Finish(before); !errors.Is(err, fsm.ErrForeignWork) {
			t.Errorf("Finish = %v; want ErrForeignWork", err)
		}
		if err := m.Finish(own); !errors.Is(err, fsm.ErrWorkNotDone) || m.State() != StateCold {
			t.Errorf("Finish = %v in state %v; want ErrWorkNotDone, and a cold kitchen", err, m.State())
		}
	}
	own.Run()
	if err := m.Finish(own); err != nil || m.State() == StateCold {
		t.Errorf("Finish = %v in state %v; want a kitchen that is not cold any more", err, m.State())
	}
}

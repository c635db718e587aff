package engine_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	fsm "github.com/fsmgen/fsmgen/runtime"
	"github.com/fsmgen/fsmgen/runtime/impl"
)

// alarmAfter has the turnstile note what when its alarm goes off, which is after d.
func alarmAfter(alarm int, d time.Duration, what string) func(t *turnstile) {
	return func(t *turnstile) {
		t.setAlarm(alarm, d, func(t *turnstile) { t.note("%s", what) })
	}
}

func TestArmedTimers_RunningTimers(t *testing.T) {
	began := time.Date(2026, 11, 21, 20, 0, 0, 0, time.UTC)
	clock := fsm.NewVirtualClockAt(began)
	m := newTurnstile(clock)
	_ = m.Do(alarmAfter(2, time.Hour, "in an hour"))
	_ = m.Do(alarmAfter(0, time.Minute, "stopped"))
	_ = m.Do(func(x *turnstile) { x.engine.StopTimer(timerAlarm) })
	_ = m.Do(func(x *turnstile) { x.engine.StartTimer(timerIdle, 2*time.Minute) })
	clock.Advance(time.Second)
	var armed []fsm.ArmedTimer
	_ = m.Do(func(x *turnstile) {
		alarmAfter(1, 0, "at once")(x)
		armed = x.engine.ArmedTimers()
	})
	want := []fsm.ArmedTimer{
		{Name: "alarm 1", Deadline: began.Add(time.Second)},
		{Name: "alarm 2", Deadline: began.Add(time.Hour)},
		{Name: "idle", Deadline: began.Add(2 * time.Minute)},
	}
	if diff := cmp.Diff(want, armed); diff != "" {
		t.Errorf("ArmedTimers() (-want +got):\n%s", diff)
	}
}

// restore starts a turnstile with timers as a snapshot has them.
func restore(t *testing.T, armed []fsm.ArmedTimer, setup func(x *turnstile)) *liveTurnstile {
	t.Helper()
	return start(fsm.Config{}, setup, func(x *turnstile) {
		restoreTimers(t, x, armed)
	})
}

// restoreTimers starts timers as a generated machine does.
func restoreTimers(t *testing.T, x *turnstile, armed []fsm.ArmedTimer) {
	t.Helper()
	for _, a := range armed {
		number, ok := turnstileInfo.TimerNumber(a.Name)
		if !ok {
			t.Fatalf("there is no timer %s", a.Name)
		}
		x.engine.RestoreTimer(number, a.Deadline)
	}
}

func TestRestoreTimer_KeepsDeadlines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		old := start(fsm.Config{})
		_ = old.Do(t.Context(), alarmAfter(0, time.Minute, "missed"))
		_ = old.Do(t.Context(), alarmAfter(1, time.Hour, "in time"))
		var text []byte
		_ = old.server.Inspect(t.Context(), func() { text, _ = json.Marshal(old.t.engine.ArmedTimers()) })
		stop(t, old)
		time.Sleep(10 * time.Minute)

		var armed []fsm.ArmedTimer
		if err := json.Unmarshal(text, &armed); err != nil {
			t.Fatal(err)
		}
		begin := time.Now()
		s := restore(t, armed, func(x *turnstile) {
			x.alarms[0], x.alarms[1] = noteAt(begin, "missed"), noteAt(begin, "in time")
		})
		defer stop(t, s)
		time.Sleep(time.Hour)
		if diff := cmp.Diff([]string{"missed at 0s", "in time at 50m0s"}, s.Log(t)); diff != "" {
			t.Errorf("log (-want +got):\n%s", diff)
		}
	})
}

func TestRestoreTimer_WallClockOfVirtualClock(t *testing.T) {
	now := time.Now()
	tests := []struct {
		name     string
		clock    *fsm.Clock
		deadline time.Time
		due      bool // within a day
	}{
		{"virtual, soon", fsm.NewVirtualClockAt(now), now.Add(time.Hour), true},
		{"virtual, late", fsm.NewVirtualClockAt(now), now.Add(48 * time.Hour), false},
		{"virtual, past", fsm.NewVirtualClockAt(now), now.Add(-time.Hour), true},
		{"live, soon", fsm.NewClock(), now.Add(time.Hour), true},
		{"live, further away than a clock can count", fsm.NewClock(), now.AddDate(1000, 0, 0), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := newTurnstile(tt.clock)
			m.engine.RestoreTimer(timerOpen, tt.deadline)
			deadline, runs := m.engine.Deadline()
			if due := runs && deadline < tt.clock.Now()+24*time.Hour; due != tt.due {
				t.Errorf("due at %v, %v; want it within a day: %v", deadline, runs, tt.due)
			}
		})
	}
}

// TestRestoreTimer_LongAgo restores a timer whose deadline is so long ago that no duration says how long, in a group with
// other machines.
func TestRestoreTimer_LongAgo(t *testing.T) {
	tests := map[string]time.Time{
		"no deadline":         {},
		"the year 1":          time.Date(1, 1, 1, 0, 0, 0, 1, time.UTC),
		"the year 1700":       time.Date(1700, 1, 1, 0, 0, 0, 0, time.UTC),
		"a thousand years BC": time.Date(-999, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	for name, deadline := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				group := fsm.NewGroup()
				time.Sleep(time.Hour) // the clock of the group is not at zero
				begin := time.Now()
				for i := range 10 {
					s := start(fsm.Config{Group: group}, alarmAt(begin, 0, "in time"))
					defer stop(t, s)
					_ = s.Do(t.Context(), func(x *turnstile) { x.engine.StartTimer(timerAlarm, time.Duration(i+1)*time.Second) })
					defer func() {
						if diff := cmp.Diff([]string{fmt.Sprintf("in time at %v", time.Duration(i+1)*time.Second)}, s.Log(t)); diff != "" {
							t.Errorf("log of machine %d of the group (-want +got):\n%s", i, diff)
						}
					}()
				}
				late := start(fsm.Config{Group: group}, alarmAt(begin, 0, "overdue"), func(x *turnstile) {
					x.engine.RestoreTimer(timerAlarm, deadline)
				})
				defer stop(t, late)
				time.Sleep(time.Minute)
				if diff := cmp.Diff([]string{"overdue at 0s"}, late.Log(t)); diff != "" {
					t.Errorf("log of the machine with the old timer (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// alarmAt has the turnstile note what and when its alarm goes off, from whichever goroutine.
func alarmAt(begin time.Time, alarm int, what string) func(*turnstile) {
	return func(x *turnstile) { x.alarms[alarm] = noteAt(begin, what) }
}

// TestArmedTimers_KeepTheDeadlineOfASnapshot restores a snapshot on a new clock, and takes the same one again.
func TestArmedTimers_KeepTheDeadlineOfASnapshot(t *testing.T) {
	deadlines := map[string]time.Time{
		"soon":                time.Now().Add(time.Hour).Round(0).UTC(),
		"in a hundred years":  time.Now().AddDate(100, 0, 0).Round(0).UTC(),
		"a hundred years ago": time.Now().AddDate(-100, 0, 0).Round(0).UTC(),
	}
	for name, deadline := range deadlines {
		t.Run(name, func(t *testing.T) {
			armed := []fsm.ArmedTimer{{Name: "alarm 0", Deadline: deadline}}
			for range 3 {
				m := newTurnstile(fsm.NewClock())
				restoreTimers(t, m, armed)
				again := m.engine.ArmedTimers()
				if len(again) != 1 || !again[0].Deadline.Equal(deadline) {
					t.Fatalf("ArmedTimers() = %v after a restore; want the deadline %v", again, deadline)
				}
				armed = again
			}
		})
	}
}

func TestArmedTimers_FarFutureAsJSON(t *testing.T) {
	for _, deadline := range []time.Time{{}, time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)} {
		m := newTurnstile(fsm.NewClock())
		m.engine.RestoreTimer(timerAlarm, deadline)
		armed := m.engine.ArmedTimers()
		if _, err := json.Marshal(armed); err != nil || len(armed) != 1 {
			t.Errorf("the timers %v as JSON: %v; want the one of %v", armed, err, deadline)
		}
	}
}

func TestTimerNumber_KnownAndUnknown(t *testing.T) {
	if number, ok := turnstileInfo.TimerNumber("alarm 0"); number != timerAlarm || !ok {
		t.Errorf("TimerNumber(alarm 0) = %d, %v; want %d", number, ok, timerAlarm)
	}
	if number, ok := turnstileInfo.TimerNumber("lunch"); ok {
		t.Errorf("TimerNumber(lunch) = %d; want none", number)
	}
}

func TestRestorePostponed_RetriedInOrder(t *testing.T) {
	old := newTurnstile(fsm.NewVirtualClock())
	if waiting := old.engine.Postponed(); len(waiting) > 0 {
		t.Fatalf("Postponed() = %v of a new machine; want none", waiting)
	}
	_ = old.Visit("first")
	_ = old.Visit("second")
	m := newTurnstile(fsm.NewVirtualClock())
	m.engine.RestorePostponed(old.engine.Postponed()...)
	_, _ = m.Coin()
	if diff := cmp.Diff([]string{"visit first", "visit second"}, m.log); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
}

func TestDecodeSnapshot_Strict(t *testing.T) {
	type data struct{ Count int }
	tests := []struct{ text, field, want string }{
		{`{"Count": 3}`, "", ""},
		{`{}`, "", ""},
		{`{"Count": "three"}`, "data.Count", "fsm: lamp: snapshot: data.Count: got string; want int"},
		{`{"Count": 31337}5`, "data", "fsm: lamp: snapshot: data: got text that is not JSON; want engine_test.data"},
		{`{"Count": 3.7}`, "data.Count", "fsm: lamp: snapshot: data.Count: got number; want int"},
		{`{"Weight": 31337}`, "data.Weight", "fsm: lamp: snapshot: data.Weight: got a value; want none: the machine has no such field"},
		{`{"Count": 31337`, "data", "fsm: lamp: snapshot: data: got text that is not JSON; want engine_test.data"},
	}
	for _, test := range tests {
		var into data
		err := impl.DecodeSnapshot("lamp", "data", []byte(test.text), &into)
		if test.field == "" {
			if err != nil {
				t.Errorf("%s: %v", test.text, err)
			}
			continue
		}
		refused, ok := errors.AsType[*fsm.SnapshotError](err)
		if !ok || refused.Field != test.field || err.Error() != test.want {
			t.Errorf("%s: the error is %v; want %s", test.text, err, test.want)
		}
	}
}

func TestEncodeEvent_PayloadAsJSON(t *testing.T) {
	type pressed struct{ Force int }
	named, err := impl.EncodeEvent("press", pressed{Force: 3})
	if err != nil || named.Event != "press" || string(named.Payload) != `{"Force":3}` {
		t.Fatalf("EncodeEvent() = %+v, %v", named, err)
	}
	got, err := impl.DecodeEvent[pressed]("lamp", named)
	if err != nil || got.Force != 3 {
		t.Errorf("DecodeEvent() = %+v, %v; want the event", got, err)
	}
	if got, err := impl.DecodeEvent[pressed]("lamp", impl.NamedEvent{Event: "press"}); err != nil || got.Force != 0 {
		t.Errorf("DecodeEvent() without payload = %+v, %v; want the zero event", got, err)
	}
}

func TestErrorText_JSON(t *testing.T) {
	for _, want := range []impl.ErrorText{{}, {Err: errors.New("black")}} {
		text, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		var got impl.ErrorText
		if err := json.Unmarshal(text, &got); err != nil {
			t.Fatal(err)
		}
		if (got.Err == nil) != (want.Err == nil) || got.Err != nil && got.Err.Error() != want.Err.Error() {
			t.Errorf("%s is read as %v; want %v", text, got.Err, want.Err)
		}
	}
}

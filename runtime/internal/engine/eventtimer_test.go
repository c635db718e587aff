package engine_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	fsm "github.com/fsmgen/fsmgen/runtime"
)

// bothIdle starts two event time-outs, as two states do of which one is inside the other.
func bothIdle(x *turnstile) {
	x.engine.StartTimer(timerIdle, time.Second)
	x.engine.StartTimer(timerBored, 2*time.Second)
}

// TestEventTimeout_StoppedByAnyEvent shows R029, which has an exception for events that are rejected, and R037 where they are started by the step of an event.
func TestEventTimeout_StoppedByAnyEvent(t *testing.T) {
	tests := []struct {
		name string
		then func(m *turnstile)
		want []string
	}{
		{"nothing happens, so that one stops the other", func(*turnstile) {}, []string{"idle"}},
		{"an event is taken", func(m *turnstile) { _, _ = m.Coin() }, nil},
		{"an event is rejected", func(m *turnstile) { _ = m.Push() }, []string{"idle"}},
		{"several events are rejected", func(m *turnstile) { _, _, _ = m.Push(), m.Push(), m.Push() }, []string{"idle"}},
		{"an event is postponed after one is rejected", func(m *turnstile) { _, _ = m.Push(), m.Visit("ada") }, nil},
		{"a rejected event is raised by the event that starts it", func(m *turnstile) {
			_ = m.Do(func(x *turnstile) { bothIdle(x); x.engine.Raise(push{}) })
		}, []string{"idle"}},
		{"it takes no time, and a rejected event is raised", func(m *turnstile) {
			_ = m.Do(func(x *turnstile) { x.engine.StartTimer(timerBored, 0); x.engine.Raise(push{}) })
		}, []string{"bored"}},
		{"an event is postponed", func(m *turnstile) { _ = m.Visit("ada") }, nil},
		{"the state stops one", func(m *turnstile) {
			_ = m.Do(func(x *turnstile) {
				x.engine.StartTimer(timerIdle, time.Second)
				x.engine.StartTimer(timerBored, 2*time.Second)
				x.engine.StopTimer(timerIdle)
			})
		}, []string{"bored"}},
		{"it is started by an event that stops it", func(m *turnstile) { _ = m.Do(bothIdle) }, []string{"idle"}},
		{"it takes no time", func(m *turnstile) {
			_ = m.Do(func(x *turnstile) { x.engine.StartTimer(timerBored, 0) })
		}, []string{"bored"}},
		{"it takes no time, and an event is raised", func(m *turnstile) {
			_ = m.Do(func(x *turnstile) {
				x.engine.StartTimer(timerBored, 0)
				x.engine.Raise(do{func(x *turnstile) { x.note("raised") }})
			})
		}, []string{"raised"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			clock := fsm.NewVirtualClock()
			m := newTurnstile(clock)
			_ = m.Do(bothIdle)
			tt.then(m)
			for range 3 {
				clock.Advance(clock.Now() + time.Second)
				m.engine.Expire(m)
			}
			if diff := cmp.Diff(tt.want, m.log); diff != "" {
				t.Errorf("log (-want +got):\n%s", diff)
			}
		})
	}
}

// TestUpdateTimer_ChangesContent shows R033 and R034 on timers with numbers.
func TestUpdateTimer_ChangesContent(t *testing.T) {
	clock := fsm.NewVirtualClock()
	m := newTurnstile(clock)
	_ = m.Do(alarmAfter(0, time.Minute, "alarm"))
	_ = m.Do(func(x *turnstile) {
		x.engine.UpdateTimer(timerAlarm, idle{"updated"})
		x.engine.UpdateTimer(timerOpen, idle{"did not run"})
	})
	clock.Advance(time.Minute)
	m.engine.Expire(m)
	if diff := cmp.Diff([]string{"did not run", "updated"}, m.log); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
}

package engine_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	fsm "github.com/fsmgen/fsmgen/runtime"
)

// TestRepeatTimer_FixedRate lets a machine look at its timers at some times, in seconds. The timer has a period of 5s, and
// notes when its event is handled.
func TestRepeatTimer_FixedRate(t *testing.T) {
	tests := []struct {
		name  string
		looks []time.Duration
		want  []string
		next  time.Duration // the deadline after the last look
	}{
		{"on time", []time.Duration{5, 10, 15}, []string{"at 5s", "at 10s", "at 15s"}, 20},
		{"late events do not delay the next", []time.Duration{6, 11, 16}, []string{"at 6s", "at 11s", "at 16s"}, 20},
		{"periods that have passed meanwhile are one", []time.Duration{21, 25}, []string{"at 21s", "at 25s"}, 30},
		{"a whole number of periods late", []time.Duration{15, 19, 20}, []string{"at 15s", "at 20s"}, 25},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			clock := fsm.NewVirtualClock()
			m := newTurnstile(clock)
			m.alarms[0] = func(x *turnstile) {
				x.engine.RepeatTimer(timerAlarm, 5*time.Second)
				x.note("at %v", clock.Now())
			}
			m.engine.StartPeriodic(timerAlarm, 5*time.Second)
			for _, at := range tt.looks {
				clock.Advance(at * time.Second)
				m.engine.Expire(m)
			}
			if diff := cmp.Diff(tt.want, m.log); diff != "" {
				t.Errorf("log (-want +got):\n%s", diff)
			}
			if next, ok := m.engine.Deadline(); !ok || next != tt.next*time.Second {
				t.Errorf("next deadline %v, %v; want %v", next, ok, tt.next*time.Second)
			}
		})
	}
}

func TestRepeatTimer_EventThatComesTwice(t *testing.T) {
	clock := fsm.NewVirtualClock()
	m := newTurnstile(clock)
	m.engine.StartPeriodic(timerAlarm, 5*time.Second)
	clock.Advance(3 * time.Second)
	m.engine.RepeatTimer(timerAlarm, 5*time.Second)
	if next, _ := m.engine.Deadline(); next != 5*time.Second {
		t.Errorf("deadline %v; want 5s, as the timer runs", next)
	}
}

func TestStartPeriodic_NoPeriod(t *testing.T) {
	for _, period := range []time.Duration{0, -time.Second} {
		m := newTurnstile(fsm.NewVirtualClock())
		m.engine.StartPeriodic(timerAlarm, time.Second)
		m.engine.StartPeriodic(timerAlarm, period)
		m.engine.RepeatTimer(timerAlarm, period)
		if running := m.engine.Timeouts(); len(running) > 0 {
			t.Errorf("with a period of %v these run: %v; want none", period, running)
		}
		m.engine.StartPeriodic(timerAlarm, time.Second)
		if next, ok := m.engine.Deadline(); !ok || next != time.Second {
			t.Errorf("started again it is due at %v, %v; want 1s", next, ok)
		}
	}
}

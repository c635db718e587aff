package statem_test

import (
	"bytes"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	fsm "github.com/fsmgen/fsmgen/runtime"
	"github.com/fsmgen/fsmgen/runtime/statem"
)

// What the scenarios of Erlang cannot show, or show only in part.

// TestSemantics_StateChangesIfNotEqual shows R006: two values of an interface differ also where only their types do.
func TestSemantics_StateChangesIfNotEqual(t *testing.T) {
	type at struct{ floor, room int }
	tests := []struct {
		name     string
		from, to any
		changed  bool
	}{
		{"the same number", 1, 1, false},
		{"another type", 1, 1.0, true},
		{"equal structs", at{1, 2}, at{1, 2}, false},
		{"different structs", at{1, 2}, at{1, 3}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var entered []any
			m, err := statem.NewCore(&statem.Callback[any, int]{
				Init:   func(x statem.Turn[any, int]) statem.Result[any, int] { return x.Next(tt.from) },
				Handle: func(x statem.Turn[any, int]) statem.Result[any, int] { return x.Next(x.Event.Content) },
				Enter: func(x statem.Turn[any, int], _ any) statem.Result[any, int] {
					entered = append(entered, x.State)
					return x.Keep()
				},
			}, fsm.NewVirtualClock())
			if err != nil {
				t.Fatal(err)
			}
			_ = m.Cast(tt.to)
			m.Run()
			if changed := len(entered) == 2; changed != tt.changed {
				t.Errorf("%v to %v: entered %v; want a state change: %v", tt.from, tt.to, entered, tt.changed)
			}
		})
	}
}

// note is an event for a counter that says what has come.
type noter func(what string) func(turn) result

// fired gives a counter an event that sets timers, and in the same burst some more events, lets an hour pass, and returns
// what was handled after that first event.
func fired(t *testing.T, set func(x turn, note noter) result, then ...string) []string {
	t.Helper()
	clock := fsm.NewVirtualClock()
	m, err := statem.NewCore(counter(new(string)), clock)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	note := func(what string) func(turn) result {
		return func(x turn) result { got = append(got, what); return x.Keep() }
	}
	_ = m.Cast(func(x turn) result { return set(x, note) })
	for _, what := range then {
		_ = m.Cast(note(what))
	}
	m.Run()
	clock.Advance(time.Hour)
	m.Run()
	return got
}

// TestSemantics_InstantZeroIsZeroTimeout shows the end of R039.
func TestSemantics_InstantZeroIsZeroTimeout(t *testing.T) {
	got := fired(t, func(x turn, note noter) result {
		return x.Keep(statem.NamedTimer("x").At(0, note("zero")), statem.NamedTimer("y").At(-1, note("past")))
	}, "mail")
	if want := []string{"zero", "mail", "past"}; !slices.Equal(got, want) {
		t.Errorf("handled %v; want %v", got, want)
	}
}

// TestSemantics_ZeroTimeoutRestarted shows R050.
func TestSemantics_ZeroTimeoutRestarted(t *testing.T) {
	for _, timer := range []statem.Timer{statem.StateTimer(), statem.NamedTimer("x")} {
		got := fired(t, func(x turn, note noter) result {
			later := func(x turn) result { return x.Keep(timer.After(time.Second, note("put off"))) }
			return x.Keep(timer.After(0, note("never")), statem.Raise(later))
		}, "mail")
		if want := []string{"mail", "put off"}; !slices.Equal(got, want) {
			t.Errorf("%v: handled %v; want %v", timer, got, want)
		}
	}
}

// TestSemantics_TimersWithOneDeadlineAllFire shows what R052 promises, which is not their order.
func TestSemantics_TimersWithOneDeadlineAllFire(t *testing.T) {
	got := fired(t, func(x turn, note noter) result {
		return x.Keep(statem.NamedTimer("a").After(time.Second, note("a")), statem.StateTimer().After(time.Second, note("b")),
			statem.NamedTimer("c").At(time.Second, note("c")))
	})
	slices.Sort(got)
	if want := []string{"a", "b", "c"}; !slices.Equal(got, want) {
		t.Errorf("handled %v; want each of %v once", got, want)
	}
}

// TestSemantics_EnterCannotChangeCallback shows R096.
func TestSemantics_EnterCannotChangeCallback(t *testing.T) {
	other := counter(new(string))
	actions := map[string]statem.Action{
		"change": statem.ChangeCallback(other), "push": statem.PushCallback(other), "pop": statem.PopCallback(),
	}
	for name, action := range actions {
		c := counter(new(string))
		c.Enter = func(x turn, _ string) result { return x.Keep(action) }
		m, err := statem.NewCore(c, fsm.NewVirtualClock())
		if err != nil {
			t.Fatal(err)
		}
		m.Run()
		if !errors.Is(m.Err(), statem.ErrBadEnterAction) {
			t.Errorf("%s: Err() = %v; want ErrBadEnterAction", name, m.Err())
		}
	}
}

// TestLogger_CrashAndNormalEnd shows R084.
func TestLogger_CrashAndNormalEnd(t *testing.T) {
	broken := errors.New("disk on fire")
	tests := []struct {
		name   string
		handle func(x turn) result
		want   []string
	}{
		{"end", func(x turn) result { return x.Stop(nil) }, []string{"level=DEBUG", "kind=stopped"}},
		{"end with a reason", func(x turn) result { return x.Stop(broken) }, []string{"level=DEBUG", "kind=stopped", "disk on fire"}},
		{"crash", func(turn) result { panic(broken) }, []string{"level=ERROR", "kind=crashed", "disk on fire"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var out bytes.Buffer
			logger := slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
			m, _ := counting(t)
			m.Watch("north", nil, nil, logger)
			_ = m.Cast(tt.handle)
			m.Run()
			lines := strings.Split(strings.TrimSpace(out.String()), "\n")
			for _, want := range tt.want {
				if last := lines[len(lines)-1]; !strings.Contains(last, want) {
					t.Errorf("the log ends with %s; want %s in it", last, want)
				}
			}
		})
	}
}

// TestTrace_ShowsDetails shows R104.
func TestTrace_ShowsDetails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := live(t, counter(new(string)), fsm.Config{})
		ctx := t.Context()
		var seen []string
		trace := observerFunc(func(_ *fsm.Info, s fsm.Step) {
			if s.Kind == fsm.StepAccepted || s.Kind == fsm.StepReplied {
				s.Event = "event"
			}
			seen = append(seen, s.Kind.String()+" "+s.Event)
		})
		act := func(actions ...statem.Action) {
			_, _ = m.Call(ctx, func(x turn) result { return x.Keep(append(actions, statem.Reply(x.Event.From, nil))...) })
		}
		probe := statem.NamedTimer("probe")
		idle := func(x turn) result { return x.Keep() }
		act(probe.After(time.Hour, idle)) // not yet
		if err := m.Trace(ctx, trace); err != nil {
			t.Fatal(err)
		}
		act(probe.Cancel())
		act(statem.StateTimer().After(time.Second, idle))
		time.Sleep(time.Minute)
		synctest.Wait()
		if err := m.Trace(ctx, nil); err != nil {
			t.Fatal(err)
		}
		act(probe.After(time.Hour, idle)) // no more
		want := []string{
			"replied event", "accepted event", "timer_cancelled probe",
			"replied event", "accepted event", "timer_set state_timeout",
			"timer_fired state_timeout", "accepted event",
		}
		if diff := cmp.Diff(want, seen); diff != "" {
			t.Errorf("traced (-want +got):\n%s", diff)
		}
	})
}

package statem_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	fsm "github.com/fsmgen/fsmgen/runtime"
	"github.com/fsmgen/fsmgen/runtime/statem"
)

type (
	turn   = statem.Turn[string, int]
	result = statem.Result[string, int]
)

// counter is a callback whose data is a number and whose events are functions: each says itself what the turn's result is.
// Terminate notes what it sees.
func counter(ended *string) *statem.Callback[string, int] {
	return &statem.Callback[string, int]{
		Name:   "counter",
		Init:   func(x turn) result { return x.Next("on") },
		Handle: func(x turn) result { return x.Event.Content.(func(turn) result)(x) },
		Terminate: func(state string, data int, reason error) {
			*ended = fmt.Sprintf("%s %d: %v", state, data, reason)
		},
	}
}

// counting returns a counter that runs, and what its Terminate notes.
func counting(t *testing.T) (*statem.Core[string, int], *string) {
	t.Helper()
	ended := new(string)
	m, err := statem.NewCore(counter(ended), fsm.NewVirtualClock())
	if err != nil {
		t.Fatal(err)
	}
	m.Run()
	return m, ended
}

func TestCore_CrashDiscardsChangesOfData(t *testing.T) {
	broken := errors.New("broken")
	tests := []struct {
		name    string
		handle  func(x turn) result
		ended   string // what Terminate saw
		callee  error  // matched by what the caller of the event got
		outside error  // matched by what the machine ended with
	}{
		{
			name:    "panic",
			handle:  func(x turn) result { x.Data = 7; panic(broken) },
			ended:   "on 1: fsm: counter: hook Handle panicked on event func(statem.Turn[string,int]) statem.Result[string,int] in state on: broken",
			callee:  broken,
			outside: broken,
		},
		{
			name: "exit",
			handle: func(x turn) result {
				x.Data = 7
				statem.Exit(broken)
				return x.Keep()
			},
			ended:   "on 1: broken",
			callee:  fsm.ErrStopped,
			outside: broken,
		},
		{
			name:    "stop",
			handle:  func(x turn) result { x.Data = 7; return x.Stop(broken) },
			ended:   "on 7: broken",
			callee:  fsm.ErrStopped,
			outside: broken,
		},
		{
			name:    "no result",
			handle:  func(x turn) result { x.Data = 7; return result{} },
			ended:   "on 1: fsm: counter: callback in state on: no result: return what a method of Turn gives",
			callee:  statem.ErrBadResult,
			outside: statem.ErrBadResult,
		},
		{
			name:    "zero action",
			handle:  func(x turn) result { x.Data = 7; return x.Next("off", statem.Action{}) },
			ended:   "off 7: fsm: counter: callback in state on: not an action: use what the package gives, with times that are not negative",
			callee:  statem.ErrBadAction,
			outside: statem.ErrBadAction,
		},
		{
			name:    "callback of another type",
			handle:  func(x turn) result { return x.Keep(statem.PushCallback(&statem.Callback[int, int]{})) },
			ended:   "on 1: fsm: counter: callback in state on: not an action: use what the package gives, with times that are not negative",
			callee:  statem.ErrBadAction,
			outside: statem.ErrBadAction,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, ended := counting(t)
			m.Replace("on", 1)
			var callee error
			_ = m.Call(tt.handle, func(_ any, err error) { callee = err })
			m.Run()
			if *ended != tt.ended {
				t.Errorf("Terminate saw %q; want %q", *ended, tt.ended)
			}
			if !errors.Is(callee, tt.callee) {
				t.Errorf("the caller got %v; want %v", callee, tt.callee)
			}
			if !errors.Is(m.Err(), tt.outside) || !errors.Is(m.Err(), fsm.ErrStopped) {
				t.Errorf("Err() = %v; want ErrStopped because of %v", m.Err(), tt.outside)
			}
		})
	}
}

func TestCore_CallAnsweredLater(t *testing.T) {
	m, _ := counting(t)
	var kept *statem.From
	var got []string
	note := func(reply any, err error) { got = append(got, fmt.Sprintf("%v %v", reply, err)) }
	_ = m.Call(func(x turn) result { kept = x.Event.From; return x.Keep() }, note)
	m.Run()
	_ = m.Cast(func(x turn) result { return x.Keep(statem.Reply(kept, "later"), statem.Reply(kept, "dropped")) })
	m.Run()
	_ = m.Call(func(x turn) result { kept = x.Event.From; return x.Keep() }, note)
	m.Run()
	if !kept.Reply("from outside") || kept.Fail(errors.New("dropped")) {
		t.Error("the first answer from outside did not count, or the second did")
	}
	_ = m.Call(func(x turn) result { return x.Keep(statem.ReplyError(x.Event.From, errors.New("no"))) }, note)
	m.Run()
	if diff := cmp.Diff([]string{"later <nil>", "from outside <nil>", "<nil> no"}, got); diff != "" {
		t.Errorf("answers (-want +got):\n%s", diff)
	}
}

func TestCore_EndFailsWaitingCalls(t *testing.T) {
	m, _ := counting(t)
	var failed []string
	note := func(name string) func(any, error) {
		return func(_ any, err error) {
			if errors.Is(err, fsm.ErrStopped) {
				failed = append(failed, name)
			}
		}
	}
	_ = m.Call(func(x turn) result { return x.Keep(statem.Postpone(true)) }, note("postponed"))
	_ = m.Call(func(x turn) result { return x.Stop(nil) }, note("the one it ended over"))
	_ = m.Call(func(x turn) result { return x.Keep() }, note("in the mailbox"))
	m.Request(func() { t.Error("a request was run after the end") })
	m.Run()
	err := m.Call(nil, note("too late"))
	if !errors.Is(err, fsm.ErrStopped) {
		t.Errorf("Call() after the end = %v; want ErrStopped", err)
	}
	m.Run()
	want := []string{"the one it ended over", "postponed", "in the mailbox", "too late"}
	if diff := cmp.Diff(want, failed); diff != "" {
		t.Errorf("failed (-want +got):\n%s", diff)
	}
}

func TestNewCore_ResultsOfInit(t *testing.T) {
	broken := errors.New("broken")
	tests := []struct {
		name string
		init func(x turn) result
		want error
	}{
		{"stop", func(x turn) result { return x.Stop(broken) }, broken},
		{"ignore", func(x turn) result { return x.Ignore() }, statem.ErrIgnored},
		{"panic", func(turn) result { panic(broken) }, broken},
		{"exit", func(x turn) result { statem.Exit(broken); return x.Keep() }, broken},
		{"keep", func(x turn) result { return x.Keep() }, statem.ErrBadResult},
		{"nothing", func(turn) result { return result{} }, statem.ErrBadResult},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var ended string
			c := counter(&ended)
			c.Init = tt.init
			m, err := statem.NewCore(c, fsm.NewVirtualClock())
			if m != nil || !errors.Is(err, tt.want) {
				t.Errorf("NewCore() = %v, %v; want %v", m, err, tt.want)
			}
			if ended != "" {
				t.Errorf("Terminate ran: %s", ended)
			}
		})
	}
}

func TestCore_ChangeCode(t *testing.T) {
	m, _ := counting(t)
	next := counter(new(string))
	next.Name = "next"
	double := func(state string, data int) (string, int, error) { return state, 2 * data, nil }
	m.Replace("on", 1)
	if err := m.ChangeCode(next, double); err != statem.ErrNotSuspended {
		t.Errorf("ChangeCode() of a running machine = %v; want ErrNotSuspended", err)
	}
	m.Suspend()
	refused := errors.New("refused")
	for _, migrate := range []func(string, int) (string, int, error){
		func(string, int) (string, int, error) { return "", 0, refused },
		func(string, int) (string, int, error) { panic(refused) },
	} {
		if err := m.ChangeCode(next, migrate); !errors.Is(err, refused) {
			t.Errorf("ChangeCode() = %v; want %v", err, refused)
		}
	}
	if s := m.Status(); s.Data != 1 || s.Callbacks[0].Name != "counter" || !s.Suspended {
		t.Errorf("status after refused changes = %+v; want nothing changed", s)
	}
	if err := m.ChangeCode(next, double); err != nil {
		t.Fatal(err)
	}
	if s := m.Status(); s.Data != 2 || s.Callbacks[0] != next {
		t.Errorf("status = %+v; want the data doubled and the next callback", s)
	}
}

func TestCore_Status(t *testing.T) {
	m, _ := counting(t)
	_ = m.Cast(func(x turn) result {
		return x.Keep(statem.Postpone(true), statem.NamedTimer("probe").After(time.Second, "look"), statem.StateTimer().At(time.Hour, "late"))
	})
	m.Run()
	s := m.Status()
	want := []statem.Timeout{
		{Timer: statem.NamedTimer("probe"), Content: "look", Deadline: time.Second},
		{Timer: statem.StateTimer(), Content: "late", Deadline: time.Hour},
	}
	if diff := cmp.Diff(want, s.Timeouts, cmp.Comparer(func(a, b statem.Timer) bool { return a == b })); diff != "" {
		t.Errorf("Timeouts (-want +got):\n%s", diff)
	}
	if len(s.Postponed) != 1 || s.Postponed[0].Kind != statem.KindCast {
		t.Errorf("Postponed = %v; want the cast", s.Postponed)
	}
	if next, ok := m.Deadline(); next != time.Second || !ok {
		t.Errorf("Deadline() = %v, %v; want 1s", next, ok)
	}
}

func TestCore_KeepEventTimer(t *testing.T) {
	tests := []struct {
		name string
		keep []statem.Action
		want bool
	}{
		{"an event stops it", nil, false},
		{"an event leaves it", []statem.Action{statem.KeepEventTimer()}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, _ := counting(t)
			_ = m.Cast(func(x turn) result { return x.Keep(statem.EventTimer().After(time.Second, "idle")) })
			m.Run()
			for range 2 {
				_ = m.Cast(func(x turn) result { return x.Keep(tt.keep...) })
				m.Run()
			}
			if _, runs := m.Deadline(); runs != tt.want {
				t.Errorf("the event time-out runs: %v; want %v", runs, tt.want)
			}
		})
	}
}

func TestCore_Hibernate(t *testing.T) {
	m, _ := counting(t)
	_ = m.Cast(func(x turn) result { return x.Keep(statem.Hibernate()) })
	_ = m.Cast(func(x turn) result {
		return x.Keep(statem.Hibernate(), statem.StateTimer().After(time.Second, "still there"), statem.Postpone(true))
	})
	m.Run()
	if s := m.Status(); len(s.Timeouts) != 1 || len(s.Postponed) != 1 {
		t.Errorf("status = %+v; want the timer and the postponed event", s)
	}
}

func TestCore_ReportsSteps(t *testing.T) {
	m, err := statem.NewCore(&statem.Callback[string, int]{
		Init: func(x turn) result { return x.Next("off") },
		Handle: func(x turn) result {
			switch x.Event.Content {
			case "switch on":
				return x.Next("on", statem.Raise("glow"))
			case "glow":
				return x.Keep(statem.Postpone(true))
			default:
				return x.Stop(nil)
			}
		},
	}, fsm.NewVirtualClock())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	m.Watch("lamp", observerFunc(func(_ *fsm.Info, s fsm.Step) {
		got = append(got, fmt.Sprintf("%s %s %s: %s -> %s, %v in state", s.Machine, s.Kind, s.Event, s.From, s.To, s.InState))
	}), nil, nil)
	_ = m.Cast("switch on")
	_ = m.Cast(42)
	m.Run()
	want := []string{
		"lamp accepted switch on: off -> on, 0s in state",
		"lamp postponed glow: on -> on, 0s in state",
		"lamp accepted int: on -> on, 0s in state",
		"lamp stopped : on -> on, 0s in state",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("observed (-want +got):\n%s", diff)
	}
}

// A timer that has expired is a message behind the events that wait. An event before that message
// starts the timer anew: the message must not deliver the new one.
func TestCore_ExpiredTimerStartedAnew(t *testing.T) {
	clock := fsm.NewVirtualClock()
	m, err := statem.NewCore(counter(new(string)), clock)
	if err != nil {
		t.Fatal(err)
	}
	var fired []string
	alarm := statem.NamedTimer("alarm")
	fire := func(text string) func(turn) result {
		return func(x turn) result {
			fired = append(fired, fmt.Sprintf("%s at %v", text, clock.Now()))
			return x.Keep()
		}
	}
	set := func(d time.Duration, text string) func(turn) result {
		return func(x turn) result { return x.Keep(alarm.After(d, fire(text))) }
	}
	_ = m.Cast(set(time.Second, "first"))
	m.Run()
	for _, text := range []string{"second", "third"} {
		m.Suspend()
		_ = m.Cast(set(time.Hour, text))
		clock.Advance(clock.Now() + 2*time.Hour)
		m.Run() // the message of the timer waits behind the event
		m.Resume()
		m.Run()
	}
	clock.Advance(clock.Now() + time.Hour)
	m.Run()
	want := []string{"third at 5h0m0s"}
	if diff := cmp.Diff(want, fired); diff != "" {
		t.Errorf("fired (-want +got):\n%s", diff)
	}
}

// observerFunc makes a function an observer.
type observerFunc func(info *fsm.Info, step fsm.Step)

func (f observerFunc) Observe(info *fsm.Info, step fsm.Step) { f(info, step) }

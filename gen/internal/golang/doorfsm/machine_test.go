package doorfsm

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	fsm "github.com/fsmgen/fsmgen/runtime"
	"github.com/fsmgen/fsmgen/runtime/impl"
)

// script is a list of events for a door with one owner.
type script []func(m *Machine) error

func button(digit int) func(*Machine) error { return func(m *Machine) error { return m.Button(digit) } }
func knock(m *Machine) error                { return m.Knock() }
func lock(m *Machine) error                 { return m.Lock() }
func scrap(m *Machine) error                { return m.Scrap(nil) }

func enter(m *Machine) error {
	_, err := m.Enter("Ada")
	return err
}

func TestDoor_StepRunsExitsThenActionsThenEntries(t *testing.T) {
	tests := []struct {
		name   string
		events script
		state  State
		ran    []string
	}{
		{"nothing happens at first", nil, StateLocked, nil},
		{"a wrong digit is kept", script{button(7)}, StateLocked, []string{"collect 7"}},
		{
			"the code opens",
			script{button(4), button(2)},
			StateClosed,
			[]string{"collect 4", "forget in locked", "unlock in closed"},
		},
		{
			"the wrong order does not",
			script{button(2), button(4)},
			StateLocked,
			[]string{"collect 2", "collect 4"},
		},
		{
			"the way back leaves both levels",
			script{button(4), button(2), enter, lock},
			StateLocked,
			[]string{"collect 4", "forget in locked", "unlock in closed", "bar in open"},
		},
		{
			"a parent's transition without a target leaves nothing",
			script{button(4), button(2), knock},
			StateClosed,
			[]string{"collect 4", "forget in locked", "unlock in closed", "ring"},
		},
		{
			"a child's transition goes before the parent's",
			script{button(4), button(2), enter, knock},
			StateOpen,
			[]string{"collect 4", "forget in locked", "unlock in closed"},
		},
		{"ignoring runs no hook", script{lock}, StateLocked, nil},
		{
			"what was postponed comes after the entries",
			script{enter, button(4), button(2)},
			StateOpen,
			[]string{"collect 4", "forget in locked", "unlock in closed"},
		},
		{
			"a final state ends it",
			script{button(4), scrap},
			StateScrapped,
			[]string{"collect 4", "forget in locked", "terminated in scrapped: <nil>"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			h := &house{code: "42"}
			m := newDoor(t, h)
			for i, send := range test.events {
				if err := send(m); err != nil && err != fsm.ErrPending {
					t.Fatalf("event %d: %v", i, err)
				}
			}
			if m.State() != test.state {
				t.Errorf("state is %v; want %v", m.State(), test.state)
			}
			if diff := cmp.Diff(test.ran, h.ran); diff != "" {
				t.Errorf("hooks that ran (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDoor_RejectedEventChangesNothing(t *testing.T) {
	h := &house{code: "42"}
	m := newDoor(t, h)
	err := m.Knock()
	unhandled, ok := errors.AsType[*fsm.UnhandledError](err)
	if !ok {
		t.Fatalf("Knock() = %v; want an UnhandledError", err)
	}
	want := &fsm.UnhandledError{
		Machine: "door", State: "locked", Event: "knock",
		Allowed: []string{"button", "enter", "lock", "scrap"},
	}
	if diff := cmp.Diff(want, unhandled); diff != "" {
		t.Errorf("error (-want +got):\n%s", diff)
	}
	if m.State() != StateLocked || h.ran != nil {
		t.Errorf("state is %v and %v ran; want locked and nothing", m.State(), h.ran)
	}
}

func TestDoor_PostponedCallIsAnsweredInTheNextState(t *testing.T) {
	m := newDoor(t, &house{code: "4"})
	if _, err := m.Enter("Ada"); err != fsm.ErrPending {
		t.Fatalf("Enter() in locked = %v; want ErrPending", err)
	}
	if err := m.Button(4); err != nil {
		t.Fatal(err)
	}
	if m.State() != StateOpen {
		t.Errorf("state is %v; want open: the postponed enter is retried", m.State())
	}
}

func TestDoor_CallReturnsItsReply(t *testing.T) {
	m := newDoor(t, &house{code: "4"})
	for range 2 {
		if err := errors.Join(m.Button(4), m.Lock()); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.Button(4); err != nil {
		t.Fatal(err)
	}
	got, err := m.Enter("Ada")
	if want := (Receipt{Opened: 3}); got != want || err != nil {
		t.Errorf("Enter() = %v, %v; want %v", got, err, want)
	}
}

func TestDoor_RaisedEventIsHandledBeforeTheMethodReturns(t *testing.T) {
	h := &house{code: "42"}
	h.inKey = func(x *Ctx) { x.Raise(ButtonEvent{Digit: 2}) }
	m := newDoor(t, h)
	if err := m.Button(4); err != nil {
		t.Fatal(err)
	}
	if m.State() != StateClosed {
		t.Errorf("state is %v; want closed", m.State())
	}
}

func TestDoor_CanAsksTheStateAndNoGuard(t *testing.T) {
	m := newDoor(t, &house{code: "4"})
	got := []bool{m.CanButton(), m.CanEnter(), m.CanKnock(), m.CanLock(), m.CanScrap()}
	if want := []bool{true, false, false, false, true}; !cmp.Equal(got, want) {
		t.Errorf("in locked: Can... = %v; want %v", got, want)
	}
	if err := m.Button(4); err != nil {
		t.Fatal(err)
	}
	got = []bool{m.CanButton(), m.CanEnter(), m.CanKnock(), m.CanLock(), m.CanScrap()}
	if want := []bool{false, true, true, true, true}; !cmp.Equal(got, want) {
		t.Errorf("in closed: Can... = %v; want %v", got, want)
	}
}

func TestDoor_EventsAfterTheEnd(t *testing.T) {
	m := newDoor(t, &house{code: "42"})
	if _, err := m.Enter("Ada"); err != fsm.ErrPending {
		t.Fatal(err)
	}
	if err := m.Scrap(nil); err != nil {
		t.Fatal(err)
	}
	if err := m.Button(4); !errors.Is(err, fsm.ErrStopped) {
		t.Errorf("Button() = %v; want ErrStopped", err)
	}
	if !errors.Is(m.Err(), fsm.ErrStopped) {
		t.Errorf("Err() = %v; want ErrStopped", m.Err())
	}
}

func TestNew_MissingHooks(t *testing.T) {
	complete := (&house{}).hooks()
	tests := []struct {
		name   string
		change func(h *Hooks, p *Params)
		want   string
	}{
		{"no own group", func(h *Hooks, _ *Params) { h.Door = nil }, "fsm: door: hooks: Door is nil: every group needs an implementation"},
		{"no bell", func(h *Hooks, _ *Params) { h.Bell = nil }, "fsm: door: hooks: Bell is nil: every group needs an implementation"},
		{"too short a time", func(_ *Hooks, p *Params) { p.OpenTime = 1 }, "fsm: door: params: OpenTime is 1ns; want at least 1ms"},
		{"too long a code", func(_ *Hooks, p *Params) { p.Length = 13 }, "fsm: door: params: Length is 13; want at least 1 and at most 12"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			h, p := complete, Params{}
			test.change(&h, &p)
			if m, err := New(h, p); m != nil || err == nil || err.Error() != test.want {
				t.Errorf("New() = %v, %v; want the error %q", m, err, test.want)
			}
			if s, err := Start(h, p, fsm.Config{}); s != nil || err == nil || err.Error() != test.want {
				t.Errorf("Start() = %v, %v; want the error %q", s, err, test.want)
			}
		})
	}
}

func TestDoor_StepWithUnknownEvent(t *testing.T) {
	m := newDoor(t, &house{})
	_, err := m.Step(impl.Event{Content: 42})
	if want := "doorfsm: int is not an event of a door"; err == nil || err.Error() != want {
		t.Errorf("Step() = %v; want %q", err, want)
	}
}

func TestDoor_TypedMethodsDoNotAllocate(t *testing.T) {
	m := newDoor(t, &house{code: "4"})
	if err := m.Button(4); err != nil {
		t.Fatal(err)
	}
	h := &quiet{}
	m.hooks.Bell = h
	allocs := testing.AllocsPerRun(100, func() {
		_ = m.Knock()
		_ = m.Button(1)
	})
	if allocs != 0 || h.rung == 0 {
		t.Errorf("a handled and a rejected event allocate %v times, %d rings; want 0 and some", allocs, h.rung)
	}
}

// quiet counts rings without a trace.
type quiet struct{ rung int }

func (q *quiet) Ring(*Ctx) { q.rung++ }

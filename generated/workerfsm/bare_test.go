package workerfsm_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fsmgen/fsmgen/generated/workerfsm"
	fsm "github.com/fsmgen/fsmgen/runtime"
)

// stepLog is an observer that keeps the steps it is shown.
type stepLog struct{ steps []fsm.Step }

func (l *stepLog) Observe(info *fsm.Info, step fsm.Step) {
	if step.Transition >= 0 && info.Transitions[step.Transition].Event != step.Event {
		panic("the transition is that of another event")
	}
	l.steps = append(l.steps, step)
}

func TestBareMachines_ShareAClock(t *testing.T) {
	clock := fsm.NewVirtualClockAt(time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC))
	var machines [3]*workerfsm.Machine
	for i := range machines {
		m, err := workerfsm.NewWith(new(diary).hooks(), workerfsm.Params{}, fsm.BareConfig{Clock: clock})
		if err != nil {
			t.Fatal(err)
		}
		machines[i] = m
	}
	for _, m := range machines {
		deadline, ok := m.Deadline()
		if !ok {
			t.Fatal("a worker that starts has no deadline")
		}
		if next, ok := m.Expire(); next != deadline || !ok || m.State() != workerfsm.StateInitializing {
			t.Errorf("Expire() before the deadline = %v, %v in %v; want %v, true in initializing", next, ok, m.State(), deadline)
		}
	}
	deadline, _ := machines[0].Deadline()
	clock.Advance(deadline)
	for _, m := range machines {
		if m.Expire(); m.State() == workerfsm.StateInitializing {
			t.Error("Expire() at the deadline left the worker in initializing")
		}
	}
}

func TestBareMachine_ShowsItsStepsAsAServerDoes(t *testing.T) {
	start := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	clock, history, observer := fsm.NewVirtualClockAt(start), fsm.NewHistory(4), new(stepLog)
	c := fsm.BareConfig{Name: "w7", Clock: clock, History: history, Observer: observer}
	m, err := workerfsm.NewWith(new(diary).hooks(), workerfsm.Params{}, c)
	if err != nil {
		t.Fatal(err)
	}
	clock.Advance(2 * time.Second)
	if err := m.Started(); err != nil {
		t.Fatal(err)
	}
	clock.Advance(7 * time.Second)
	if _, err := m.Checkout("s1"); err != nil {
		t.Fatal(err)
	}
	steps := history.Steps()
	if diff := cmp.Diff(steps, observer.steps); diff != "" {
		t.Errorf("history and observer differ:\n%s", diff)
	}
	if len(steps) != 2 {
		t.Fatalf("the history has %d steps; want 2", len(steps))
	}
	last := steps[1]
	last.Transition = 0
	want := fsm.Step{
		Machine: "w7", Kind: fsm.StepAccepted, From: "ready", Event: "checkout", To: "busy",
		At: start.Add(7 * time.Second), InState: 5 * time.Second, Fields: []fsm.Field{{Name: "session", Value: "s1"}},
	}
	if diff := cmp.Diff(want, last); diff != "" {
		t.Errorf("the step of a checkout (-want +got):\n%s", diff)
	}
}

func TestBareMachine_LooksAtAClockOfItsOwnUnlessToldWhich(t *testing.T) {
	m, err := workerfsm.NewWith(new(diary).hooks(), workerfsm.Params{}, fsm.BareConfig{})
	if err != nil {
		t.Fatal(err)
	}
	if deadline, ok := m.Deadline(); !ok || deadline <= 0 {
		t.Errorf("Deadline() = %v, %v; want one to come", deadline, ok)
	}
}

// quietHooks are those of a diary, without entries for a checkout and a checkin.
type quietHooks struct{ diary }

func (*quietHooks) BindSession(x *workerfsm.Ctx, _ string) { x.Data().Leases++ }
func (*quietHooks) Release(x *workerfsm.Ctx)               { x.Data().Leases-- }
func (*quietHooks) MarkHealthy(*workerfsm.Ctx)             {}
func (*quietHooks) Offer(*workerfsm.Ctx)                   {}
func (*quietHooks) Withdraw(*workerfsm.Ctx)                {}

func TestBareMachine_AllocatesNothingForAStep(t *testing.T) {
	tests := map[string]fsm.BareConfig{
		"a clock of its own": {},
		"a virtual clock":    {Clock: fsm.NewVirtualClock()},
		"a history":          {Clock: fsm.NewVirtualClock(), History: fsm.NewHistory(8)},
		"a live history":     {Clock: fsm.NewClock(), History: fsm.NewHistory(1)},
		"no room for steps":  {History: fsm.NewHistory(0)},
	}
	for name, c := range tests {
		t.Run(name, func(t *testing.T) {
			q := new(quietHooks)
			h := workerfsm.Hooks{Worker: q, Health: q, Process: q, Affinity: q, Recovery: q}
			m, err := workerfsm.NewWith(h, workerfsm.Params{}, c)
			if err != nil {
				t.Fatal(err)
			}
			cycle := func() {
				if _, err := m.Checkout("session"); err != nil {
					t.Fatal(err)
				}
				if err := m.CheckinOK(); err != nil {
					t.Fatal(err)
				}
				m.Expire()
			}
			if err := m.Started(); err != nil {
				t.Fatal(err)
			}
			for range 8 { // once around the history, whose places get their memory on first use
				cycle()
			}
			if n := testing.AllocsPerRun(100, cycle); n != 0 {
				t.Errorf("a checkout and a checkin allocate %v times; want 0", n)
			}
		})
	}
}

package fixed

import (
	"context"
	"errors"
	"testing"

	fsm "github.com/fsmgen/fsmgen/runtime"
)

// hooks notes why a thing has ended.
type hooks struct{ reasons []error }

func (h *hooks) Terminated(_ *Ctx, reason error) { h.reasons = append(h.reasons, reason) }

func TestNew_EntersTheInitialStateOrFails(t *testing.T) {
	if _, err := New(Hooks{}, Params{}, Data{}); !errors.As(err, new(*fsm.HookError)) {
		t.Errorf("New() without hooks = %v; want a HookError", err)
	}
	m, err := New(Hooks{Thing: new(hooks)}, Params{Limit: 3}, Data{})
	if err != nil {
		t.Fatal(err)
	}
	if m.State() != stateIdle || m.Data().Count != 3 || m.Err() != nil {
		t.Errorf("a new machine is in %v with %+v, %v; want idle with 3", m.State(), m.Data(), m.Err())
	}
	if _, ok := m.Deadline(); ok {
		t.Error("Deadline() is there; want none, since there are no timers")
	}
	if _, ok := m.Expire(); ok {
		t.Error("Expire() has another time-out; want none")
	}
	if len(m.Invocations()) != 0 {
		t.Error("there are invocations; want none")
	}
}

func TestCtxAndView_ShowTheMachine(t *testing.T) {
	m, err := New(Hooks{Thing: new(hooks)}, Params{Limit: 3}, Data{})
	if err != nil {
		t.Fatal(err)
	}
	m.ctx().Data().Count = 5
	if x := m.view(); x.Data().Count != 5 || x.Params().Limit != 3 || x.State() != stateIdle {
		t.Errorf("the view has %+v, %+v, %v", x.Data(), x.Params(), x.State())
	}
	if x := m.ctx(); x.Params().Limit != 3 || x.State() != stateIdle || x.Context() == nil {
		t.Errorf("the context has %+v, %v, %v", x.Params(), x.State(), x.Context())
	}
	m.ctx().Raise(TouchEvent{})
	m.engine.Settle(m)
	if m.Data().Count != 6 {
		t.Errorf("after an event that was raised the count is %d; want 6", m.Data().Count)
	}
}

func TestServer_LivesUntilItIsStopped(t *testing.T) {
	h := new(hooks)
	s, err := Start(Hooks{Thing: h}, Params{}, Data{}, fsm.Config{})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.Touch(t.Context()), s.Post(TouchEvent{}), s.Touch(t.Context())); err != nil {
		t.Fatal(err)
	}
	now, err := s.Snapshot(t.Context())
	if err != nil || now.State != stateIdle || now.Data.Count != 3 || !s.In(stateIdle) {
		t.Errorf("Snapshot() = %+v, %v; want idle, touched three times", now, err)
	}
	if err := s.Control().Stop(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	<-s.Done()
	if !errors.Is(s.Err(), fsm.ErrStopped) || len(h.reasons) != 1 {
		t.Errorf("after Stop: %v, Terminated ran %d times; want ErrStopped and once", s.Err(), len(h.reasons))
	}
}

func TestRestore_ContinuesOrFails(t *testing.T) {
	from := Snapshot{State: stateIdle, Data: Data{Count: 7}}
	m, err := Restore(Hooks{Thing: new(hooks)}, Params{}, from)
	if err != nil || m.Data().Count != 7 {
		t.Fatalf("Restore() = %+v, %v; want the count 7", m, err)
	}
	s, err := RestoreServer(Hooks{Thing: new(hooks)}, Params{}, from, fsm.Config{})
	if err != nil {
		t.Fatal(err)
	}
	if now, err := s.Snapshot(t.Context()); err != nil || now.Data.Count != 7 {
		t.Errorf("Snapshot() = %+v, %v; want the count 7", now, err)
	}
	if err := s.Control().Stop(context.Background(), nil); err != nil {
		t.Error(err)
	}
	if _, err := Restore(Hooks{Thing: new(hooks)}, Params{}, Snapshot{}); !errors.As(err, new(*fsm.SnapshotError)) {
		t.Errorf("Restore() of nothing = %v; want a SnapshotError", err)
	}
	if _, err := RestoreServer(Hooks{Thing: new(hooks)}, Params{}, Snapshot{}, fsm.Config{}); !errors.As(err, new(*fsm.SnapshotError)) {
		t.Errorf("RestoreServer() of nothing = %v; want a SnapshotError", err)
	}
}

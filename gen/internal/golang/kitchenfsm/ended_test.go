package kitchenfsm

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	fsm "github.com/fsmgen/fsmgen/runtime"
)

// TestRestore_EndedKitchen restores a kitchen that has closed: it is closed, nothing runs, and its events fail as before.
func TestRestore_EndedKitchen(t *testing.T) {
	k := openKitchen(t)
	k.must(k.Close())
	want := k.Knock()
	now := k.Snapshot()
	for range 2 {
		now = thaw(t, now)
		b := new(brigade)
		m, err := Restore(b.hooks(), Params{}, now)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if got := m.Knock(); !errors.Is(got, fsm.ErrStopped) || got.Error() != want.Error() {
				t.Errorf("Knock() = %v; want %v", got, want)
			}
		}
		if _, err := m.Order(1, "soup"); !errors.Is(err, fsm.ErrStopped) {
			t.Errorf("Order() = %v; want ErrStopped", err)
		}
		if _, ok := m.Deadline(); ok || m.State() != StateClosed || len(b.ran) > 0 || !errors.Is(m.Err(), fsm.ErrStopped) {
			t.Errorf("the state is %v, %q ran, the error is %v; want closed, nothing, ErrStopped", m.State(), b.ran, m.Err())
		}
		now = m.Snapshot()
	}
}

func TestRestoreServer_EndedKitchen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := openKitchen(t)
		k.must(k.Close())
		b := new(brigade)
		s, err := RestoreServer(b.hooks(), Params{}, thaw(t, k.Snapshot()), fsm.Config{})
		if err != nil {
			t.Fatal(err)
		}
		<-s.Done()
		if err := s.Knock(t.Context()); !errors.Is(err, fsm.ErrStopped) || !errors.Is(s.Err(), fsm.ErrStopped) {
			t.Errorf("Knock() = %v, Err() = %v; want ErrStopped", err, s.Err())
		}
		if err := s.CastKnock(); !errors.Is(err, fsm.ErrStopped) {
			t.Errorf("CastKnock() = %v; want ErrStopped", err)
		}
		again, err := s.Snapshot(t.Context())
		if err != nil || !again.Ended || again.State != StateClosed || len(b.ran) > 0 {
			t.Errorf("Snapshot() = %+v, %v after %q; want the end, and that nothing ran", again, err, b.ran)
		}
	})
}

// TestRestoreServer_FailedKitchen restores a kitchen that a hook has ended, and one that was stopped: the reason is still
// there.
func TestRestoreServer_FailedKitchen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for reason, stop := range map[string]func(s *Server){
			"unknown outcome": func(s *Server) { _, _ = s.Order(t.Context(), 4, "soup") },
			"fire":            func(s *Server) { _ = s.Control().Stop(t.Context(), errors.New("fire")) },
		} {
			old := start(t, &brigade{route: 9})
			synctest.Wait()
			stop(old)
			<-old.Done()
			now, err := old.Snapshot(t.Context())
			if err != nil || now.Failure == "" || now.State == StateClosed {
				t.Errorf("%s: Snapshot() = %+v, %v; want the failure", reason, now, err)
			}
			s, err := RestoreServer(new(brigade).hooks(), Params{}, thaw(t, now), fsm.Config{})
			if err != nil {
				t.Fatal(err)
			}
			<-s.Done()
			stopped, ok := errors.AsType[*fsm.StoppedError](s.Knock(t.Context()))
			if !ok || stopped.Cause == nil || stopped.Cause.Error() != now.Failure {
				t.Errorf("%s: Knock() = %v; want a StoppedError because of %s", reason, stopped, now.Failure)
			}
			if reason == "fire" && now.Failure != "fire" || strings.Contains(now.Failure, "\n") {
				t.Errorf("the failure is %q", now.Failure)
			}
		}
	})
}

// TestRestore_TimeInState restores a kitchen that has been idle for a while: the while counts, with and without a
// history in between.
func TestRestore_TimeInState(t *testing.T) {
	opened := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	history := fsm.NewHistory(10)
	clock := fsm.NewVirtualClockAt(opened)
	m, err := NewWith(new(brigade).hooks(), Params{}, fsm.BareConfig{Clock: clock, History: history})
	if err != nil {
		t.Fatal(err)
	}
	work := m.Invocations()[0]
	work.Resolve(HeatResult{PID: 1}, nil)
	if err := m.Finish(work); err != nil {
		t.Fatal(err)
	}
	now := thaw(t, m.Snapshot())
	if !now.Since.Equal(opened) {
		t.Fatalf("the state was entered at %v; want %v", now.Since, opened)
	}
	for _, between := range []*fsm.History{nil, fsm.NewHistory(10)} {
		later := fsm.NewVirtualClockAt(opened.Add(10 * time.Minute))
		m, err := RestoreWith(new(brigade).hooks(), Params{}, now, fsm.BareConfig{Clock: later, History: between})
		if err != nil {
			t.Fatal(err)
		}
		if again := m.Snapshot(); !again.Since.Equal(opened) {
			t.Errorf("the snapshot of the restored kitchen says %v; want %v", again.Since, opened)
		}
		if between == nil {
			later.Advance(time.Minute)
			if err := m.Pause(); err != nil {
				t.Fatal(err)
			}
			if again := m.Snapshot(); !again.Since.Equal(opened.Add(11 * time.Minute)) {
				t.Errorf("the paused kitchen says %v; want 11 minutes later", again.Since)
			}
			continue
		}
		later.Advance(20 * time.Minute)
		if err := m.Pause(); err != nil {
			t.Fatal(err)
		}
		steps := between.Steps()
		if last := steps[len(steps)-1]; last.InState != 30*time.Minute {
			t.Errorf("it was idle for %v; want the 30 minutes since it was opened", last.InState)
		}
	}
}

// TestRestore_TimeInStateUnknown restores a kitchen whose snapshot does not say when it was opened.
func TestRestore_TimeInStateUnknown(t *testing.T) {
	k := openKitchen(t)
	if now := k.Snapshot(); !now.Since.IsZero() {
		t.Errorf("a kitchen that reads no clock knows %v", now.Since)
	}
	history := fsm.NewHistory(10)
	clock := fsm.NewVirtualClockAt(time.Unix(1, 0))
	m, err := RestoreWith(new(brigade).hooks(), Params{}, thaw(t, k.Snapshot()), fsm.BareConfig{Clock: clock, History: history})
	if err != nil {
		t.Fatal(err)
	}
	clock.Advance(time.Second)
	if err := m.Pause(); err != nil {
		t.Fatal(err)
	}
	if steps := history.Steps(); steps[len(steps)-1].InState != 0 {
		t.Errorf("it was idle for %v; want 0, which is not known", steps[len(steps)-1].InState)
	}
}

package engine_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	fsm "github.com/fsmgen/fsmgen/runtime"
	"github.com/fsmgen/fsmgen/runtime/internal/engine"
)

// A typed method runs the machine on the goroutine of its caller, if the machine is idle. An event that the state does not
// handle changes nothing.
func TestServer_TypedEvent(t *testing.T) {
	s := start(fsm.Config{})
	defer stop(t, s)
	if coins, err := s.Coin(t.Context()); coins != 1 || err != nil {
		t.Fatalf("Coin() = %d, %v; want 1", coins, err)
	}
	if s.State() != "open" {
		t.Errorf("State() = %s; want open", s.State())
	}
	if _, err := s.Coin(t.Context()); !errors.As(err, new(*fsm.UnhandledError)) {
		t.Errorf("Coin() while open = %v; want an UnhandledError", err)
	}
}

// While the machine is busy, events wait in the mailbox and are handled in the order in which they were sent.
func TestServer_BusyMachineKeepsOrder(t *testing.T) {
	s := start(fsm.Config{})
	defer stop(t, s)
	held(t, s, func() {
		for _, who := range []string{"ann", "bob", "cy"} {
			if err := s.server.Cast(visit{who}); err != nil {
				t.Errorf("Cast() = %v", err)
			}
		}
		_ = s.server.Cast(coin{})
		_ = s.server.Post(push{})
	})
	want := []string{"visit ann", "visit bob", "visit cy"}
	if diff := cmp.Diff(want, s.Log(t)); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
	if s.State() != "locked" {
		t.Errorf("State() = %s; want locked", s.State())
	}
}

// A caller that has the reply reads at least the state that its event led to.
func TestStateID_AfterReply(t *testing.T) {
	s := start(fsm.Config{})
	defer stop(t, s)
	for range 200 {
		var wg sync.WaitGroup
		wg.Go(func() { _ = s.server.Cast(do{func(*turnstile) {}}) })
		if _, err := engine.Call[int](t.Context(), &s.server, coin{}); err != nil {
			t.Fatal(err)
		}
		if s.State() != "open" {
			t.Fatalf("State() after the reply = %s; want open", s.State())
		}
		wg.Wait()
		if err := s.Push(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// A full mailbox refuses casts and calls. Requests such as Inspect always fit.
func TestMailbox_FullRefusesEventsNotRequests(t *testing.T) {
	s := start(fsm.Config{Mailbox: 2})
	defer stop(t, s)
	held(t, s, func() {
		for i, want := range []error{nil, nil, fsm.ErrMailboxFull, fsm.ErrMailboxFull} {
			if err := s.server.Cast(push{}); err != want {
				t.Errorf("cast %d = %v; want %v", i, err, want)
			}
		}
		if _, err := s.Coin(t.Context()); err != fsm.ErrMailboxFull {
			t.Errorf("Coin() = %v; want ErrMailboxFull", err)
		}
		if err := s.server.Post(push{}); err != fsm.ErrMailboxFull {
			t.Errorf("Post() = %v; want ErrMailboxFull", err)
		}
		inspected := make(chan error, 1)
		ctx, cancel := context.WithCancel(t.Context())
		go func() { inspected <- s.server.Inspect(ctx, func() {}) }()
		cancel()
		if err := <-inspected; err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("Inspect() = %v; want a place in the mailbox", err)
		}
	})
	_ = s.Log(t) // its turn comes when the mailbox is empty
	if err := s.server.Cast(push{}); err != nil {
		t.Errorf("Cast() to the drained mailbox = %v", err)
	}
}

// With a negative Mailbox every event fits.
func TestMailbox_WithoutBound(t *testing.T) {
	s := start(fsm.Config{Mailbox: -1})
	defer stop(t, s)
	const casts = 5000
	held(t, s, func() {
		for range casts {
			if err := s.server.Cast(do{func(t *turnstile) { t.coins++ }}); err != nil {
				t.Fatal(err)
			}
		}
	})
	_ = s.server.Inspect(t.Context(), func() {
		if s.t.coins != casts {
			t.Errorf("handled %d casts; want %d", s.t.coins, casts)
		}
	})
}

// The end of a machine ends every call: postponed, waiting in the mailbox, and later ones.
func TestStop_NotifiesWaitingCallers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(fsm.Config{})
		broken := errors.New("broken")
		errs := make(chan error, 3)
		go func() { errs <- s.Visit(t.Context(), "postponed") }()
		synctest.Wait()
		held(t, s, func() {
			go func() { errs <- s.server.Stop(t.Context(), broken) }()
			synctest.Wait()
			go func() { errs <- s.Push(t.Context()) }()
			synctest.Wait()
		})
		<-s.server.Done()
		stopped := 0
		for range 3 {
			if err := <-errs; err != nil {
				stopped++
				if !errors.Is(err, fsm.ErrStopped) || !errors.Is(err, broken) {
					t.Errorf("a caller got %v; want ErrStopped because of %v", err, broken)
				}
			}
		}
		if stopped != 2 {
			t.Errorf("%d callers learned of the end; want the postponed and the waiting one", stopped)
		}
		for name, err := range map[string]error{
			"Err":  s.server.Err(),
			"Push": s.Push(t.Context()),
			"Cast": s.server.Cast(push{}),
			"Post": s.server.Post(push{}),
		} {
			if !errors.Is(err, fsm.ErrStopped) {
				t.Errorf("%s after the end = %v; want ErrStopped", name, err)
			}
		}
		if diff := cmp.Diff([]string{"terminated"}, s.Log(t)); diff != "" {
			t.Errorf("log, which can be inspected after the end (-want +got):\n%s", diff)
		}
		if err := s.server.Stop(t.Context(), nil); err != nil {
			t.Errorf("Stop() again = %v", err)
		}
	})
}

// A cast from a hook to its own machine is handled after the step, behind what the step raises.
func TestCast_FromHookToSameMachine(t *testing.T) {
	s := start(fsm.Config{})
	defer stop(t, s)
	_ = s.Do(t.Context(), func(x *turnstile) {
		_ = s.server.Cast(do{func(t *turnstile) { t.note("cast") }})
		x.engine.Raise(do{func(t *turnstile) { t.note("raised") }})
		x.note("hook")
	})
	want := []string{"hook", "raised", "cast"}
	if diff := cmp.Diff(want, s.Log(t)); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
}

// Machines that post to each other do not run inside each other: the stack does not grow.
func TestPost_BetweenMachinesDoesNotNest(t *testing.T) {
	a, b := start(fsm.Config{}), start(fsm.Config{})
	defer stop(t, a)
	defer stop(t, b)
	const volleys = 1000
	over := make(chan struct{})
	var volley func(left int) func(*turnstile)
	volley = func(left int) func(*turnstile) {
		return func(*turnstile) {
			if left == 0 {
				close(over)
				return
			}
			to := a
			if left%2 == 0 {
				to = b
			}
			if err := to.server.Post(do{volley(left - 1)}); err != nil {
				t.Errorf("Post() = %v", err)
			}
		}
	}
	if err := a.Do(t.Context(), volley(volleys)); err != nil {
		t.Fatal(err)
	}
	<-over
}

// Post never runs the other machine on the goroutine of the hook.
func TestPost_FromHookDoesNotRunInline(t *testing.T) {
	a, b := start(fsm.Config{}), start(fsm.Config{})
	defer stop(t, a)
	defer stop(t, b)
	ran := make(chan struct{})
	_ = a.Do(t.Context(), func(*turnstile) {
		inHook := make(chan struct{})
		_ = b.server.Post(do{func(*turnstile) { <-inHook; close(ran) }}) // inline, this would wait for ever
		close(inHook)
	})
	<-ran
}

// Done can be waited for by several goroutines, before and after the end.
func TestDone_ManyWaiters(t *testing.T) {
	for range 100 {
		s := start(fsm.Config{})
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() { <-s.server.Done() })
		}
		wg.Go(func() { stop(t, s) })
		wg.Wait()
	}
}

// An event that meets an idle machine allocates nothing.
func TestServer_DirectPathDoesNotAllocate(t *testing.T) {
	s := start(fsm.Config{})
	defer stop(t, s)
	ctx := t.Context()
	allocs := testing.AllocsPerRun(1000, func() {
		_, _ = s.Coin(ctx)
		_ = s.Push(ctx)
		_ = s.Push(ctx)
	})
	if allocs != 0 {
		t.Errorf("a direct event allocates %v times; want 0", allocs)
	}
}

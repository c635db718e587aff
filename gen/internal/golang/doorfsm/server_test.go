package doorfsm

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	fsm "github.com/fsmgen/fsmgen/runtime"
)

func TestServer_TimersRunWhileTheirStateLasts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := startDoor(t, &house{code: "4"}, fsm.Config{})
		ctx := t.Context()
		unlock := func() {
			t.Helper()
			if err := s.Button(ctx, 4); err != nil {
				t.Fatal(err)
			}
		}
		pass := func(d time.Duration, want State) {
			t.Helper()
			time.Sleep(d)
			synctest.Wait()
			if s.State() != want {
				t.Fatalf("%v later the state is %v; want %v", d, s.State(), want)
			}
		}

		unlock()
		pass(10*time.Second-1, StateClosed)
		pass(1, StateLocked)

		unlock() // the inner timer shuts the door, the outer one runs on and locks it
		if _, err := s.Enter(ctx, "Ada"); err != nil {
			t.Fatal(err)
		}
		pass(2*time.Second-1, StateOpen)
		pass(1, StateClosed)
		pass(8*time.Second-1, StateClosed)
		pass(1, StateLocked)

		unlock() // entering open again starts its timer anew
		if _, err := s.Enter(ctx, "Ada"); err != nil {
			t.Fatal(err)
		}
		pass(time.Second, StateOpen)
		if err := s.Knock(ctx); err != nil {
			t.Fatal(err)
		}
		pass(2*time.Second-1, StateOpen)
		pass(1, StateClosed)

		if err := s.Lock(ctx); err != nil { // a state that is left takes its timers with it
			t.Fatal(err)
		}
		unlock()
		pass(10*time.Second-1, StateClosed)
		pass(1, StateLocked)
	})
}

// TestSnapshot_PostponedCallWithoutItsCaller stores calls that the machine has postponed: of one that still has its caller
// the caller sends the event again, and of one that has none only the snapshot knows.
func TestSnapshot_PostponedCallWithoutItsCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := startDoor(t, &house{code: "4"}, fsm.Config{})
		stored := func(want ...Event) Snapshot {
			t.Helper()
			now, err := s.Snapshot(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(Events(want), now.Postponed); diff != "" {
				t.Errorf("postponed events of the snapshot (-want +got):\n%s", diff)
			}
			return now
		}
		giveUp := func(who string) {
			t.Helper()
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			_, err := s.Enter(ctx, who)
			if waiting, ok := errors.AsType[*fsm.WaitError](err); !ok || waiting.Withdrawn {
				t.Fatalf("Enter() = %v; want a WaitError of an event that is not withdrawn", err)
			}
		}
		var guest sync.WaitGroup
		guest.Go(func() { _, _ = s.Enter(t.Context(), "Ada") })
		synctest.Wait()
		stored()
		giveUp("Bob")
		stored(EnterEvent{Who: "Bob"})
		giveUp("Cyd")
		again, err := RestoreServer((&house{code: "4"}).hooks(), Params{}, stored(EnterEvent{Who: "Bob"}, EnterEvent{Who: "Cyd"}), fsm.Config{})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = again.Control().Stop(context.Background(), nil) }()
		for _, door := range []*Server{s, again} {
			if err := door.Button(t.Context(), 4); err != nil {
				t.Fatal(err)
			}
			if door.State() != StateOpen {
				t.Errorf("state is %v; want open: the postponed events are handled", door.State())
			}
		}
		guest.Wait()
		stored()
	})
}

func TestServer_PostponedCallWaitsForItsReply(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := startDoor(t, &house{code: "4"}, fsm.Config{})
		var receipt Receipt
		var err error
		var guest sync.WaitGroup
		guest.Go(func() { receipt, err = s.Enter(t.Context(), "Ada") })
		synctest.Wait()
		if s.State() != StateLocked {
			t.Fatalf("state is %v; want locked", s.State())
		}
		if err := s.Button(t.Context(), 4); err != nil {
			t.Fatal(err)
		}
		guest.Wait()
		if want := (Receipt{Opened: 1}); receipt != want || err != nil {
			t.Errorf("Enter() = %v, %v; want %v", receipt, err, want)
		}
	})
}

func TestServer_PostponedCallEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := startDoor(t, &house{code: "4"}, fsm.Config{})
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := s.Enter(ctx, "Ada"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Enter() = %v; want the error of its context", err)
		}
	})
}

func TestServer_PostponedCallFailsWhenTheDoorEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := startDoor(t, &house{code: "4"}, fsm.Config{})
		var err error
		var guest sync.WaitGroup
		guest.Go(func() { _, err = s.Enter(t.Context(), "Ada") })
		synctest.Wait()
		if err := s.Scrap(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		guest.Wait()
		if !errors.Is(err, fsm.ErrStopped) {
			t.Errorf("Enter() = %v; want ErrStopped", err)
		}
	})
}

func TestServer_FinalStateEndsIt(t *testing.T) {
	h := &house{code: "42"}
	s := startDoor(t, h, fsm.Config{})
	if s.Err() != nil || !s.In(StateLocked) {
		t.Fatalf("a new door is in %v with %v", s.State(), s.Err())
	}
	if err := s.Scrap(t.Context(), errors.New("rust")); err != nil {
		t.Fatal(err)
	}
	<-s.Done()
	if diff := cmp.Diff([]string{"forget in locked", "terminated in scrapped: <nil>"}, h.ran); diff != "" {
		t.Errorf("hooks that ran (-want +got):\n%s", diff)
	}
	if err := s.Button(t.Context(), 4); !errors.Is(err, fsm.ErrStopped) {
		t.Errorf("Button() = %v; want ErrStopped", err)
	}
	if err := s.CastButton(4); !errors.Is(err, fsm.ErrStopped) {
		t.Errorf("CastButton() = %v; want ErrStopped", err)
	}
	if snap, err := s.Snapshot(t.Context()); snap.State != StateScrapped || len(snap.Timers) > 0 || err != nil {
		t.Errorf("Snapshot() = %v, %v; want that of a scrapped door", snap, err)
	}
}

func TestServer_StopReachesTerminatedWithItsReason(t *testing.T) {
	h := &house{code: "42"}
	s := startDoor(t, h, fsm.Config{})
	reason := errors.New("house sold")
	if err := s.Control().Stop(t.Context(), reason); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"terminated in locked: house sold"}, h.ran); diff != "" {
		t.Errorf("hooks that ran (-want +got):\n%s", diff)
	}
	if !errors.Is(s.Err(), reason) {
		t.Errorf("Err() = %v; want the reason in it", s.Err())
	}
}

func TestServer_PanicOfAHookEndsOnlyItsDoor(t *testing.T) {
	for _, test := range []struct {
		name  string
		press func(s *Server) error
	}{
		{"on the goroutine of its caller", func(s *Server) error { return s.Button(t.Context(), 1) }},
		{"on another goroutine", func(s *Server) error {
			err := s.Post(ButtonEvent{Digit: 1})
			<-s.Done()
			return errors.Join(err, s.Err())
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := &house{code: "42", inKey: func(*Ctx) { panic("short circuit") }}
			s := startDoor(t, h, fsm.Config{})
			err := test.press(s)
			if crash, ok := errors.AsType[*fsm.PanicError](err); !ok || crash.Value != "short circuit" {
				t.Fatalf("the sender gets %v; want a PanicError with the value", err)
			}
			<-s.Done()
			want := []string{"collect 1", "terminated in locked: fsm: door: hook doorfsm.(*house).Collect panicked on event button in state locked: short circuit"}
			if diff := cmp.Diff(want, h.ran); diff != "" {
				t.Errorf("hooks that ran (-want +got):\n%s", diff)
			}
			if err := s.Lock(t.Context()); !errors.Is(err, fsm.ErrStopped) {
				t.Errorf("Lock() = %v; want ErrStopped", err)
			}
		})
	}
}

func TestServer_PanicIsLoggedWithEventStateHookAndStack(t *testing.T) {
	for _, test := range []struct {
		name string
		send func(s *Server) error
		want string // what the log says beside the machine
	}{
		{"on the goroutine of its caller", func(s *Server) error { return s.Button(t.Context(), 1) }, "button locked doorfsm.(*house).Collect"},
		{"on another goroutine", func(s *Server) error { return s.Post(ButtonEvent{Digit: 1}) }, "button locked doorfsm.(*house).Collect"},
		{"in an entry", func(s *Server) error { return s.CastButton(2) }, "button closed doorfsm.(*house).Unlock"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var log bytes.Buffer
			fail := func(*Ctx) { panic("short circuit") }
			h := &house{code: "2", inKey: fail, inBolt: fail}
			s := startDoor(t, h, fsm.Config{Name: "front", Logger: slog.New(slog.NewJSONHandler(&log, nil))})
			_ = test.send(s) // the error of the sender is another test's
			<-s.Done()
			var line struct{ Level, Machine, Event, From, Hook, Stack string }
			if err := json.Unmarshal(log.Bytes(), &line); err != nil {
				t.Fatalf("%v in %q; want one line", err, log.String())
			}
			if got := fmt.Sprintf("%s %s %s", line.Event, line.From, line.Hook); got != test.want || line.Level != "ERROR" || line.Machine != "front" {
				t.Errorf("the log says %q of %s, level %s; want %q of front, level ERROR", got, line.Machine, line.Level, test.want)
			}
			if !strings.Contains(line.Stack, "house_test.go") {
				t.Errorf("the stack has no line of the hook: %s", line.Stack)
			}
		})
	}
}

func TestServer_CallFromAHookOfTheSameDoor(t *testing.T) {
	var s *Server
	var err error
	h := &house{code: "42", inKey: func(x *Ctx) { err = s.Lock(x.Context()) }}
	s = startDoor(t, h, fsm.Config{})
	if err := s.Button(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	if !errors.Is(err, fsm.ErrReentrant) {
		t.Errorf("Lock() in a hook = %v; want ErrReentrant", err)
	}
}

func TestServer_ManyGoroutines(t *testing.T) {
	const guests, visits = 8, 200
	h := &house{code: "never"}
	s := startDoor(t, h, fsm.Config{Mailbox: -1})
	var all sync.WaitGroup
	for range guests {
		all.Go(func() {
			for range visits {
				if err := s.Button(t.Context(), 1); err != nil {
					t.Errorf("Button() = %v", err)
				}
				if err := s.CastButton(2); err != nil {
					t.Errorf("CastButton() = %v", err)
				}
			}
		})
	}
	all.Wait()
	snap, err := s.Snapshot(t.Context())
	if want := 2 * guests * visits; err != nil || len(snap.Data.Digits) != want {
		t.Errorf("%d digits were kept, %v; want %d: one for each event", len(snap.Data.Digits), err, want)
	}
	if got := len(h.ran); got != len(snap.Data.Digits) {
		t.Errorf("%d hooks ran; want %d", got, len(snap.Data.Digits))
	}
}

func TestServer_IdleServerDoesNotAllocate(t *testing.T) {
	s := startDoor(t, &house{code: "4"}, fsm.Config{})
	ctx := t.Context()
	if err := s.Button(ctx, 4); err != nil {
		t.Fatal(err)
	}
	h := &quiet{}
	s.m.hooks.Bell = h
	allocs := testing.AllocsPerRun(100, func() { _ = s.Knock(ctx) })
	if allocs != 0 || h.rung == 0 {
		t.Errorf("an event allocates %v times, %d rings; want 0 and some", allocs, h.rung)
	}
	if err := s.Control().Stop(ctx, nil); err != nil {
		t.Fatal(err)
	}
}

func TestServer_HeldByValue(t *testing.T) {
	var held struct{ door Server }
	if err := StartAt(&held.door, (&house{code: "4"}).hooks(), Params{}, fsm.Config{}); err != nil {
		t.Fatal(err)
	}
	if err := held.door.Button(t.Context(), 4); err != nil || held.door.State() != StateClosed {
		t.Errorf("Button() = %v in %v; want nil in closed", err, held.door.State())
	}
	if err := held.door.Control().Stop(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
}

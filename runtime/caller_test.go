package runtime_test

import (
	"errors"
	"testing"
	"testing/synctest"

	fsm "github.com/fsmgen/fsmgen/runtime"
)

// startDeferring starts a turnstile that answers what it is asked later.
func startDeferring() *liveTurnstile {
	spec := turnstileSpec
	spec.Defers = true
	info := fsm.NewInfo(spec)
	c := fsm.Config{}
	return start(c, func(x *turnstile) { x.engine.Init(info, c.Clock(), locked) })
}

type answer struct {
	value string
	err   error
}

// asked asks the turnstile beside the test, and returns who is to answer and what comes of it.
func asked(t *testing.T, s *liveTurnstile) (fsm.Caller[string], *answer) {
	t.Helper()
	got := new(answer)
	go func() { got.value, got.err = fsm.Call[string](t.Context(), &s.server, ask{}) }()
	synctest.Wait()
	var who fsm.Caller[string]
	if err := s.server.Inspect(t.Context(), func() { who = s.t.asked[len(s.t.asked)-1] }); err != nil {
		t.Fatal(err)
	}
	return who, got
}

func TestCaller_KeptByHookAnsweredLater(t *testing.T) {
	refused := errors.New("not today")
	tests := []struct {
		name   string
		answer func(fsm.Caller[string]) bool
		want   answer
	}{
		{"reply", func(c fsm.Caller[string]) bool { return c.Reply("yes") }, answer{value: "yes"}},
		{"error", func(c fsm.Caller[string]) bool { return c.Fail(refused) }, answer{err: refused}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := startDeferring()
				defer stop(t, s)
				who, got := asked(t, s)
				if *got != (answer{}) {
					t.Fatalf("answered %v before anybody did", *got)
				}
				if !tt.answer(who) {
					t.Error("the first answer does not count")
				}
				if who.Reply("again") {
					t.Error("the second answer counts")
				}
				synctest.Wait()
				if *got != tt.want {
					t.Errorf("got %v; want %v", *got, tt.want)
				}
			})
		})
	}
}

// TestCaller_KeptByHookMachineEnds shows R071 for calls that only a hook knows of.
func TestCaller_KeptByHookMachineEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := startDeferring()
		who, got := asked(t, s)
		stop(t, s)
		synctest.Wait()
		if !errors.Is(got.err, fsm.ErrStopped) {
			t.Errorf("got %v; want ErrStopped", *got)
		}
		if who.Reply("too late") {
			t.Error("an answer counts after the machine has ended")
		}
	})
}

func TestCaller_OfCast(t *testing.T) {
	if fsm.CallerOf[string](fsm.Event{Kind: fsm.KindCast}).Reply("hello") {
		t.Error("a reply counts that nobody waits for")
	}
}

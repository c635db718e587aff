package engine_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	fsm "github.com/fsmgen/fsmgen/runtime"
	"github.com/fsmgen/fsmgen/runtime/internal/engine"
)

func TestPending_RepliesInAnyOrder(t *testing.T) {
	s := start(fsm.Config{})
	defer stop(t, s)
	visits := make([]engine.Pending[struct{}], 3)
	for i := range visits {
		var err error
		if visits[i], err = engine.Send[struct{}](&s.server, visit{"postponed"}); err != nil {
			t.Fatal(err)
		}
	}
	coins, err := engine.Send[int](&s.server, coin{})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range visits {
		<-p.Answered()
		if _, err := p.Wait(t.Context()); err != nil {
			t.Errorf("Wait() for a visit = %v", err)
		}
	}
	for range 2 {
		if n, err := coins.Wait(t.Context()); n != 1 || err != nil {
			t.Errorf("Wait() for the coin = %d, %v; want 1, as often as it is asked", n, err)
		}
	}
}

func TestPending_WaitAgainAfterContextEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(fsm.Config{})
		defer stop(t, s)
		p, err := engine.Send[int](&s.server, patient{locked: func() {}, open: func() {}})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := p.Wait(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Wait() = %v; want DeadlineExceeded", err)
		}
		_, _ = s.Coin(t.Context())
		if n, err := p.Wait(t.Context()); n != 1 || err != nil {
			t.Errorf("Wait() again = %d, %v; want the reply", n, err)
		}
		if n, err := p.Wait(ctx); n != 1 || err != nil {
			t.Errorf("Wait() with a context that is over = %d, %v; want the reply that is there", n, err)
		}
	})
}

func TestPending_Abandoned(t *testing.T) {
	s := start(fsm.Config{})
	defer stop(t, s)
	p, err := engine.Send[int](&s.server, patient{locked: func() {}, open: func() { s.t.note("handled") }})
	if err != nil {
		t.Fatal(err)
	}
	if !p.Abandon() || p.Abandon() {
		t.Error("Abandon() did not count once")
	}
	_, _ = s.Coin(t.Context())
	if log := s.Log(t); len(log) != 1 {
		t.Errorf("log = %q; want the call handled", log)
	}
	if _, err := p.Wait(t.Context()); err != engine.ErrAbandoned {
		t.Errorf("Wait() = %v; want ErrAbandoned", err)
	}
}

func TestPending_MachineEnds(t *testing.T) {
	s := start(fsm.Config{})
	p, err := engine.Send[struct{}](&s.server, visit{"postponed"})
	if err != nil {
		t.Fatal(err)
	}
	stop(t, s)
	if _, err := p.Wait(t.Context()); !errors.Is(err, fsm.ErrStopped) {
		t.Errorf("Wait() = %v; want ErrStopped", err)
	}
	if p.Abandon() {
		t.Error("Abandon() of an answered call counts")
	}
	if _, err := engine.Send[int](&s.server, coin{}); !errors.Is(err, fsm.ErrStopped) {
		t.Errorf("Send() after the end = %v; want ErrStopped", err)
	}
}

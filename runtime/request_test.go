package runtime_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	fsm "github.com/fsmgen/fsmgen/runtime"
)

func TestInspect_BetweenEventsWithPanic(t *testing.T) {
	s := start(fsm.Config{})
	defer stop(t, s)
	err := s.server.Inspect(t.Context(), func() { panic("looked too closely") })
	if p, ok := errors.AsType[*fsm.PanicError](err); !ok || p.Value != "looked too closely" {
		t.Errorf("Inspect() = %v; want a PanicError", err)
	}
	if _, err := s.Coin(t.Context()); err != nil {
		t.Errorf("Coin() after that = %v; want a machine that lives on", err)
	}
}

func TestInspect_GivenUpIsNotRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(fsm.Config{})
		defer stop(t, s)
		ran := false
		held(t, s, func() {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			if err := s.server.Inspect(ctx, func() { ran = true }); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("Inspect() of a busy machine = %v; want DeadlineExceeded", err)
			}
		})
		_ = s.Log(t)
		if ran {
			t.Error("the request was run after its caller had left")
		}
	})
}

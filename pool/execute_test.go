package pool

import (
	"testing"
	"testing/synctest"
)

func TestCall_AnswerOfAnotherType(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{})
		defer closePool(t, p)
		_, err := Call[string, int](t.Context(), p, "echo", "three")
		if !is[*AnswerError](err) || OutcomeOf(err) != OutcomeFailed {
			t.Errorf("Call = %v; want an *AnswerError", err)
		}
		if got, err := Call[int, int](t.Context(), p, "echo", 3); err != nil || got != 3 {
			t.Errorf("Call = %d, %v; want 3", got, err)
		}
	})
}

package engine_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	fsm "github.com/fsmgen/fsmgen/runtime"
	"github.com/fsmgen/fsmgen/runtime/internal/engine"
)

// Where generated machines differ from gen_statem, or the scenarios of Erlang cannot show them.

// TestSemantics_ExternalSelfTransitionRetries shows which transitions of generated machines count as a state change.
func TestSemantics_ExternalSelfTransitionRetries(t *testing.T) {
	tests := []struct {
		name string
		do   func(t *turnstile)
		want []string
	}{
		{"internal", func(t *turnstile) { t.engine.Stay(transitionDoLocked) }, []string{"tried"}},
		{"left and entered again", func(t *turnstile) { t.engine.Commit(locked, transitionAfter) }, []string{"tried", "tried"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := newTurnstile(fsm.NewVirtualClock())
			waiting := patient{locked: func() { m.note("tried") }}
			if _, err := m.engine.Handle(m, engine.Event{Kind: engine.KindCast, Content: waiting}); err != fsm.ErrPending {
				t.Fatalf("Handle() = %v; want ErrPending", err)
			}
			if err := m.Do(tt.do); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, m.log); diff != "" {
				t.Errorf("log (-want +got):\n%s", diff)
			}
		})
	}
}

// TestSemantics_CrashAfterCommitEndsInNewState shows where generated machines differ from R062: what is left is left.
func TestSemantics_CrashAfterCommitEndsInNewState(t *testing.T) {
	s := start(fsm.Config{})
	ended := make(chan int, 1)
	err := s.Do(t.Context(), func(x *turnstile) {
		x.terminated = func(error) { ended <- x.engine.State() }
		x.engine.Commit(open, transitionCoin)
		panic("in an entry")
	})
	if !errors.As(err, new(*fsm.PanicError)) {
		t.Errorf("Do() = %v; want the PanicError", err)
	}
	if state := <-ended; state != open {
		t.Errorf("Terminate saw state %d; want open", state)
	}
	<-s.server.Done()
}

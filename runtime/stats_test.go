package runtime_test

import (
	"testing"

	fsm "github.com/fsmgen/fsmgen/runtime"
)

func TestStats_WaitingAndUnhandled(t *testing.T) {
	s := start(fsm.Config{})
	defer stop(t, s)
	if got := s.server.Stats(); got != (fsm.Stats{}) {
		t.Errorf("Stats() = %+v of a new machine; want zeros", got)
	}
	_ = s.server.Cast(push{}) // rejected, and nobody hears of it
	_ = s.Push(t.Context())   // rejected, and its caller hears of it
	_ = s.server.Cast(coin{}) // handled
	held(t, s, func() {
		_ = s.server.Cast(coin{}) // rejected when its turn comes
		_ = s.server.Post(visit{"ada"})
		if got := s.server.Stats(); got.Waiting != 2 {
			t.Errorf("Stats() = %+v; want 2 that wait", got)
		}
	})
	_ = s.server.Inspect(t.Context(), func() {})
	if got, want := s.server.Stats(), (fsm.Stats{Unhandled: 2}); got != want {
		t.Errorf("Stats() = %+v; want %+v", got, want)
	}
}

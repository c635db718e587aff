package engine_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	fsm "github.com/fsmgen/fsmgen/runtime"
)

// TestServerState_IsThatOfTheLastCompleteStep asks for the state of a machine while one goroutine serves several messages
// in a row, at each place where the machine runs something between two steps or at the beginning of one.
func TestServerState_IsThatOfTheLastCompleteStep(t *testing.T) {
	tests := []struct {
		name string
		// send makes the machine do what leads to open; look is to be called after that.
		send func(s *liveTurnstile, look func())
	}{
		{"in a request behind a posted event", func(s *liveTurnstile, look func()) {
			_ = s.server.Post(coin{})
			_ = s.server.Inspect(t.Context(), look)
		}},
		{"in the hook of the next message", func(s *liveTurnstile, look func()) {
			_ = s.server.Post(coin{})
			_ = s.server.Post(do{func(*turnstile) { look() }})
		}},
		{"in the hook of a call", func(s *liveTurnstile, look func()) {
			_ = s.server.Post(coin{})
			_ = s.DoBoxed(t.Context(), func(*turnstile) { look() })
		}},
		{"in the hook of an event that was inserted", func(s *liveTurnstile, look func()) {
			_ = s.server.Post(do{func(x *turnstile) {
				x.engine.Raise(coin{})
				x.engine.Raise(do{func(*turnstile) { look() }})
			}})
		}},
		{"in the hook of a time-out", func(s *liveTurnstile, look func()) {
			_ = s.server.Post(do{func(x *turnstile) {
				x.engine.Raise(coin{})
				x.setAlarm(0, 0, func(*turnstile) { look() })
			}})
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := start(fsm.Config{})
			defer stop(t, s)
			var seen []string
			look := func() { seen = append(seen, s.State()) }
			busy, goOn := make(chan struct{}), make(chan struct{})
			go func() { _ = s.Do(t.Context(), func(*turnstile) { close(busy); <-goOn }) }()
			<-busy // whatever is sent now waits in the mailbox
			sent := make(chan struct{})
			go func() { tt.send(s, look); close(sent) }()
			for s.server.Stats().Waiting == 0 && !isClosed(sent) {
				continue
			}
			close(goOn)
			<-sent
			_ = s.server.Inspect(t.Context(), look)
			if diff := cmp.Diff([]string{"open", "open"}, seen); diff != "" {
				t.Errorf("State() (-want +got):\n%s", diff)
			}
		})
	}
}

func isClosed(c chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

func TestStats_WaitingAndUnhandled(t *testing.T) {
	s := start(fsm.Config{})
	defer stop(t, s)
	if got := s.server.Stats(); got != (fsm.Stats{}) {
		t.Errorf("Stats() = %+v of a new machine; want zeros", got)
	}
	_ = s.server.Cast(push{}) // rejected; a cast has no caller
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

package wire_test

import (
	"context"
	"errors"
	"io"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fsmgen/fsmgen/pool/wire"
)

func TestPingReturnsTheReport(t *testing.T) {
	control := wire.NewControl(play(t, func(p peer) {
		f := p.reads(wire.TypePing)
		p.says(wire.TypePong, f.ID, `{"ok":false,"reason":"no GPU","rss":4096,"in_flight":1}`)
	}))
	got, err := control.Ping(t.Context())
	want := wire.Pong{Reason: "no GPU", RSS: 4096, InFlight: 1}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("Ping: %v (-want +got):\n%s", err, diff)
	}
}

func TestALateAnswerIsNotTakenForTheNextOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		control := wire.NewControl(play(t, func(p peer) {
			first := p.reads(wire.TypePing)
			second := p.reads(wire.TypePing)
			p.says(wire.TypePong, first.ID, `{"ok":true,"reason":"the first"}`)
			p.says(wire.TypePong, second.ID, `{"ok":true,"reason":"the second"}`)
		}))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := control.Ping(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("the first Ping = %v; want the deadline", err)
		}
		if pong, err := control.Ping(t.Context()); err != nil || pong.Reason != "the second" {
			t.Errorf("the second Ping = %+v, %v", pong, err)
		}
	})
}

func TestShutdownWaitsForBye(t *testing.T) {
	control := wire.NewControl(play(t, func(p peer) {
		f := p.reads(wire.TypeShutdown)
		if got := string(f.Payload); got != `{"reason":"drained"}` {
			t.Errorf("SHUTDOWN carries %s", got)
		}
		p.says(wire.TypeBye, f.ID, "")
	}))
	if err := control.Shutdown(t.Context(), "drained"); err != nil {
		t.Error(err)
	}
}

func TestAnExitWithoutByeIsAnError(t *testing.T) {
	control := wire.NewControl(play(t, func(p peer) { p.reads(wire.TypeShutdown) }))
	if err := control.Shutdown(t.Context(), "drained"); !errors.Is(err, io.EOF) {
		t.Errorf("Shutdown = %v; want EOF", err)
	}
}

func TestAnAnswerNobodyAskedForIsAProtocolError(t *testing.T) {
	tests := []struct {
		name   string
		answer wire.Frame
	}{
		{"a pong from the future", wire.Frame{Type: wire.TypePong, ID: 9, Payload: []byte(`{}`)}},
		{"a pong about the connection", wire.Frame{Type: wire.TypePong, Payload: []byte(`{}`)}},
		{"a bye", wire.Frame{Type: wire.TypeBye, ID: 1}},
		{"a response", wire.Frame{Type: wire.TypeResponse, ID: 1}},
		{"a pong that is not JSON", wire.Frame{Type: wire.TypePong, ID: 1, Payload: []byte("fine")}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			control := wire.NewControl(play(t, func(p peer) {
				p.reads(wire.TypePing)
				p.writes(tt.answer)
			}))
			_, err := control.Ping(t.Context())
			wantError[*wire.ProtocolError](t, err)
		})
	}
}

func TestCallsFromSeveralGoroutinesTakeTurns(t *testing.T) {
	control := wire.NewControl(play(t, func(p peer) {
		for range 20 {
			f := p.reads(wire.TypePing)
			p.says(wire.TypePong, f.ID, `{"ok":true}`)
		}
	}))
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if _, err := control.Ping(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

func TestWaitingForATurnEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		control := wire.NewControl(play(t, func(p peer) {
			f := p.reads(wire.TypePing)
			time.Sleep(time.Minute)
			p.says(wire.TypePong, f.ID, `{"ok":true}`)
		}))
		var slow sync.WaitGroup
		slow.Go(func() {
			if _, err := control.Ping(t.Context()); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := control.Shutdown(ctx, "now"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Shutdown = %v; want the deadline", err)
		}
		slow.Wait()
	})
}

func TestAPongIsNoBye(t *testing.T) {
	control := wire.NewControl(play(t, func(p peer) {
		p.says(wire.TypePong, p.reads(wire.TypeShutdown).ID, `{"ok":true}`)
	}))
	wantError[*wire.ProtocolError](t, control.Shutdown(t.Context(), "done"))
}

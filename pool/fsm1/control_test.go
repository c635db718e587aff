package fsm1_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fsmgen/fsmgen/pool/fsm1"
	"github.com/fsmgen/fsmgen/pool/internal/frame"
	"github.com/fsmgen/fsmgen/pool/internal/wiretest"
	"github.com/fsmgen/fsmgen/pool/wire"
)

func TestPing_Report(t *testing.T) {
	control := fsm1.NewControl(play(t, func(p peer) {
		f := p.reads(frame.TypePing)
		p.says(frame.TypePong, f.ID, `{"ok":false,"reason":"no GPU","rss":4096,"in_flight":1}`)
	}))
	got, err := control.Ping(t.Context())
	want := wire.Pong{Reason: "no GPU", RSS: 4096, InFlight: 1}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("Ping: %v (-want +got):\n%s", err, diff)
	}
}

func TestControl_LateAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		control := fsm1.NewControl(play(t, func(p peer) {
			first := p.reads(frame.TypePing)
			second := p.reads(frame.TypePing)
			p.says(frame.TypePong, first.ID, `{"ok":true,"reason":"the first"}`)
			p.says(frame.TypePong, second.ID, `{"ok":true,"reason":"the second"}`)
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

func TestShutdown_WaitsForBye(t *testing.T) {
	control := fsm1.NewControl(play(t, func(p peer) {
		f := p.reads(frame.TypeShutdown)
		if got := string(f.Payload); got != `{"reason":"drained"}` {
			t.Errorf("SHUTDOWN carries %s", got)
		}
		p.says(frame.TypeBye, f.ID, "")
	}))
	if err := control.Shutdown(t.Context(), "drained"); err != nil {
		t.Error(err)
	}
}

func TestShutdown_WithoutBye(t *testing.T) {
	control := fsm1.NewControl(play(t, func(p peer) { p.reads(frame.TypeShutdown) }))
	if err := control.Shutdown(t.Context(), "drained"); !errors.Is(err, io.EOF) {
		t.Errorf("Shutdown = %v; want EOF", err)
	}
}

func TestControl_UnrequestedAnswer(t *testing.T) {
	tests := []struct {
		name   string
		answer frame.Frame
	}{
		{"a pong from the future", frame.Frame{Type: frame.TypePong, ID: 9, Payload: []byte(`{}`)}},
		{"a pong about the connection", frame.Frame{Type: frame.TypePong, Payload: []byte(`{}`)}},
		{"a bye", frame.Frame{Type: frame.TypeBye, ID: 1}},
		{"a response", frame.Frame{Type: frame.TypeResponse, ID: 1}},
		{"a pong that is not JSON", frame.Frame{Type: frame.TypePong, ID: 1, Payload: []byte("fine")}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			control := fsm1.NewControl(play(t, func(p peer) {
				p.reads(frame.TypePing)
				p.writes(tt.answer)
			}))
			_, err := control.Ping(t.Context())
			wiretest.WantError[*wire.ProtocolError](t, err)
		})
	}
}

func TestControl_SeveralGoroutines(t *testing.T) {
	control := fsm1.NewControl(play(t, func(p peer) {
		for range 20 {
			f := p.reads(frame.TypePing)
			p.says(frame.TypePong, f.ID, `{"ok":true}`)
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

func TestControl_WaitingToWriteEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		control := fsm1.NewControl(play(t, func(p peer) {
			f := p.reads(frame.TypePing)
			time.Sleep(time.Minute)
			p.says(frame.TypePong, f.ID, `{"ok":true}`)
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

func TestShutdown_PongIsNoBye(t *testing.T) {
	control := fsm1.NewControl(play(t, func(p peer) {
		p.says(frame.TypePong, p.reads(frame.TypeShutdown).ID, `{"ok":true}`)
	}))
	wiretest.WantError[*wire.ProtocolError](t, control.Shutdown(t.Context(), "done"))
}

// Answers to probes that nothing waits for any more.
func TestControl_LateAnswers(t *testing.T) {
	for _, late := range []frame.Type{frame.TypePong, frame.TypeBye, frame.TypeError} {
		t.Run(late.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				answer := make(chan int)
				l := flooded(t, nil, func(p peer) {
					f := p.reads(frame.TypePing)
					for range <-answer {
						p.says(late, f.ID, `{"kind":"x","message":"y"}`)
					}
				})
				if _, err := l.Ping(wiretest.Impatient(t, time.Second)); !errors.Is(err, wiretest.ErrPatience) {
					t.Fatalf("Ping = %v; want the end of the context", err)
				}
				if n := fsm1.Asked(l); n != 0 {
					t.Errorf("%d probes are remembered; want none", n)
				}
				answer <- 1
				synctest.Wait()
				for range 2 {
					if _, err := l.Ping(t.Context()); err != nil {
						t.Errorf("Ping behind a late answer = %v", err)
					}
				}
			})
		})
	}
}

func TestControl_FloodOfLateAnswersIsAProtocolError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := flooded(t, nil, func(p peer) {
			f := p.reads(frame.TypePing)
			pong, _ := frame.Append(nil, frame.Frame{Type: frame.TypePong, ID: f.ID, Payload: []byte(`{"ok":true}`)})
			_, _ = p.raw.Write(bytes.Repeat(pong, fsm1.MaxUseless+2))
		})
		if _, err := l.Ping(t.Context()); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		_, err := l.Ping(t.Context())
		wiretest.WantError[*wire.ProtocolError](t, err)
	})
}

func TestShutdown_SaysHowLongIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		seen := make(chan string, 2)
		control := fsm1.NewControl(play(t, func(p peer) {
			for range 2 {
				f := p.reads(frame.TypeShutdown)
				seen <- string(f.Payload)
				p.says(frame.TypeBye, f.ID, "")
			}
		}))
		ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
		defer cancel()
		if err := errors.Join(control.Shutdown(ctx, "drained"), control.Shutdown(context.Background(), "now")); err != nil {
			t.Fatal(err)
		}
		if got := []string{<-seen, <-seen}; !cmp.Equal(got, []string{`{"reason":"drained","deadline_ms":1500}`, `{"reason":"now"}`}) {
			t.Errorf("SHUTDOWN carries %q", got)
		}
	})
}

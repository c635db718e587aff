package fsm1_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fsmgen/fsmgen/pool/fsm1"
	"github.com/fsmgen/fsmgen/pool/internal/frame"
	"github.com/fsmgen/fsmgen/pool/internal/linktest"
	"github.com/fsmgen/fsmgen/pool/internal/printable"
	"github.com/fsmgen/fsmgen/pool/internal/wiretest"
	"github.com/fsmgen/fsmgen/pool/wire"
)

// What hurts users of worker pools elsewhere, as far as it happens on the wire.

func TestConnection_PrintedTextIsSeenAtOnce(t *testing.T) {
	for _, printed := range []string{"h", "hi\n", "warning: deprecated\n", "Traceback (most recent call last):\n"} {
		synctest.Test(t, func(t *testing.T) {
			data := fsm1.NewData(play(t, func(p peer) {
				p.sends([]byte(printed))
				time.Sleep(time.Hour) // the worker lives on
			}), 0)
			defer data.Close()
			begin := time.Now()
			_, err := data.Handshake(t.Context(), wire.Welcome{})
			wrong := wiretest.WantError[*wire.ProtocolError](t, err)
			if seen := string(wrong.Bytes); seen == "" || !strings.HasPrefix(printed, seen) || time.Since(begin) > 0 {
				t.Errorf("%q: %v after %v; want what was printed, at once", printed, err, time.Since(begin))
			}
		})
	}
}

func TestLiveness_WorkerThatDoesNotAnswerIsLost(t *testing.T) {
	everyMode(t, func(t *testing.T, slots int) {
		l := link(t, slots, fsm1.Config{Grace: time.Second}, wire.Welcome{})
		begin := time.Now()
		_, err := l.Exchange(wiretest.Impatient(t, time.Minute), wire.Request{Command: "deaf"})
		if wiretest.WantError[*wire.LostError](t, err); time.Since(begin) != time.Minute+time.Second {
			t.Errorf("Exchange = %v after %v; want it after deadline and grace", err, time.Since(begin))
		}
		if pong, err := l.Ping(t.Context()); err != nil || !pong.OK {
			t.Errorf("Ping = %+v, %v; want the worker to call itself well", pong, err)
		}
	})
}

func TestLiveness_BusyWorkerIsAlive(t *testing.T) {
	everyMode(t, func(t *testing.T, slots int) {
		l := link(t, slots, fsm1.Config{}, wire.Welcome{})
		done := make(chan error)
		go func() {
			_, err := l.Exchange(wiretest.Impatient(t, time.Hour), wire.Request{Command: "wait"})
			done <- err
		}()
		for range 10 {
			time.Sleep(time.Minute)
			if pong, err := l.Ping(t.Context()); err != nil || !pong.OK {
				t.Errorf("Ping during a request = %+v, %v", pong, err)
			}
		}
		wiretest.WantError[*wire.CancelledError](t, <-done)
	})
}

func TestAnswer_LateDoesNotReachTheNextRequest(t *testing.T) {
	everyMode(t, func(t *testing.T, slots int) {
		l, script := scripted(t, slots)
		script <- func(p peer) {
			f := p.reads(frame.TypeRequest)
			time.Sleep(time.Minute) // beyond the grace
			_ = p.conn.WriteFrame(frame.Frame{Type: frame.TypeResponse, ID: f.ID, Payload: []byte(`"of the first"`)})
		}
		_, err := l.Exchange(wiretest.Impatient(t, time.Second), wiretest.Predict)
		wiretest.WantError[*wire.LostError](t, err)
		time.Sleep(time.Minute)
		got, err := l.Exchange(t.Context(), wiretest.Predict)
		if lost := wiretest.WantError[*wire.LostError](t, err); lost.Sent != wire.NotSent || got.Payload != nil {
			t.Errorf("the next request: %s, %v; want it refused", got.Payload, err)
		}
	})
}

func TestCancel_HandlerStopsWhenTheCallerGoes(t *testing.T) {
	everyMode(t, func(t *testing.T, slots int) {
		l := link(t, slots, fsm1.Config{}, wire.Welcome{})
		ctx, gone := context.WithCancel(t.Context())
		go func() {
			time.Sleep(time.Second)
			gone()
		}()
		_, err := l.Exchange(ctx, wire.Request{Command: "wait"}) // ends only when it is cancelled
		if e := wiretest.WantError[*wire.CancelledError](t, err); !errors.Is(e, context.Canceled) {
			t.Errorf("Exchange = %v; want the cause", err)
		}
	})
}

func TestCancel_TouchesNoOtherRequest(t *testing.T) {
	everyMode(t, func(t *testing.T, slots int) {
		l := link(t, slots, fsm1.Config{}, wire.Welcome{})
		for range 200 {
			ctx, gone := context.WithCancel(t.Context())
			go gone() // before, during or after the exchange
			_, err := l.Exchange(ctx, wire.Request{Command: "echo"})
			if _, stopped := errors.AsType[*wire.CancelledError](err); err != nil && !stopped && err != context.Canceled {
				t.Fatalf("the request that was cancelled: %v", err)
			}
			echoes(t, l, `"of another one"`)
			gone()
		}
	})
}

// The worker of these tests keeps the contract of links, over pipes and over sockets: what is tested with it is worth something.
// Rows: U5.
func TestFSM1_KeepsTheContractOfLinks(t *testing.T) {
	for name, connect := range map[string]func(testing.TB) (net.Conn, net.Conn){"pipes": pipes, "sockets": wiretest.Sockets} {
		t.Run(name, func(t *testing.T) {
			linktest.Run(t, linktest.Subject{Slots: []int{1, 4}, Cancels: true, CancelsImport: true, Hooks: true, Version: "v2", Start: func(t *testing.T, slots int) linktest.Worker {
				l, w := unready(t, connect, slots, fsm1.Config{Grace: 10 * time.Second})
				if _, err := l.Handshake(t.Context(), wire.Welcome{Version: "v2", Slots: slots, Window: 500}); err != nil {
					t.Fatal(err)
				}
				return linktest.Worker{Link: l, Kill: w.dies}
			}})
		})
	}
}

func TestPong_ReasonIsOneBoundedLine(t *testing.T) {
	control := fsm1.NewControl(play(t, func(p peer) {
		p.says(frame.TypePong, p.reads(frame.TypePing).ID, `{"ok":false,"reason":"`+strings.Repeat(`\u001b\n`, 5000)+`"}`)
	}))
	pong, err := control.Ping(t.Context())
	if err != nil || !wiretest.IsLine(pong.Reason) || len(pong.Reason) > printable.MaxMessage || len(pong.Reason) < printable.MaxMessage/2 {
		t.Errorf("Ping = a reason of %d bytes, %v: %.60q", len(pong.Reason), err, pong.Reason)
	}
}

// A worker that answers with an error made to do harm.
func TestRemoteError_TextsAreBoundedWhereTheyArrive(t *testing.T) {
	bomb := strings.Repeat(`\u001b[31mFAKE\n`, 50_000)
	l := fsm1.NewData(play(t, func(p peer) {
		p.says(frame.TypeError, p.reads(frame.TypeRequest).ID,
			`{"kind":"handler_error`+bomb+`","message":"`+bomb+`","type":"`+bomb+`","traceback":"`+bomb+`last"}`)
	}), 0)
	_, err := l.Exchange(t.Context(), wiretest.Predict)
	e := wiretest.WantError[*wire.RemoteError](t, err)
	if len(e.Message) > printable.MaxMessage || len(e.Message) < printable.MaxMessage/2 || !wiretest.IsLine(e.Message) {
		t.Errorf("the message has %d bytes: %.100q", len(e.Message), e.Message)
	}
	if len(e.Type) > printable.MaxName || !wiretest.IsLine(e.Type) || len(e.Kind) > printable.MaxName {
		t.Errorf("the type has %d bytes, the kind %d", len(e.Type), len(e.Kind))
	}
	if len(e.Traceback) > printable.MaxTraceback || strings.Contains(e.Traceback, "\x1b") {
		t.Errorf("the traceback has %d bytes", len(e.Traceback))
	}
	if !strings.HasSuffix(e.Traceback, "FAKE\nlast") || len(e.Traceback) < printable.MaxTraceback/2 {
		t.Errorf("the traceback ends with %q", e.Traceback[max(0, len(e.Traceback)-20):])
	}
}

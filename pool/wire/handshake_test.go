package wire_test

import (
	"context"
	"errors"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fsmgen/fsmgen/pool/wire"
)

const hello = `{"versions":[1,2],"sdk":"test 1","runtime":"Go","pid":7,"capabilities":[]}`

func TestHandshakeLearnsTheWorkerAndTellsItsLimits(t *testing.T) {
	var welcome wire.Frame
	data := wire.NewData(play(t, func(p peer) {
		p.says(wire.TypeHello, 0, hello)
		welcome = p.reads(wire.TypeWelcome)
		p.says(wire.TypeReady, 0, `{"commands":["b","a"]}`)
	}), 1<<20)
	got, err := data.Handshake(t.Context(), wire.Welcome{Worker: "w-1", MaxSessions: 5, Config: []byte(`{"k":1}`)})
	if err != nil {
		t.Fatal(err)
	}
	want := wire.Peer{
		Hello:    wire.Hello{Versions: []int{1, 2}, SDK: "test 1", Runtime: "Go", PID: 7, Capabilities: []string{}},
		Commands: []string{"a", "b"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Peer (-want +got):\n%s", diff)
	}
	body := `{"version":1,"worker":"w-1","limits":{"frame":1048576,"sessions":5},"config":{"k":1}}`
	if diff := cmp.Diff(body, string(welcome.Payload)); diff != "" {
		t.Errorf("WELCOME (-want +got):\n%s", diff)
	}
}

func TestHandshakeSaysWhereItEnded(t *testing.T) {
	tests := []struct {
		name   string
		script func(p peer)
		stage  string
		check  func(error) bool
	}{
		{"the worker exits at once", func(peer) {}, "HELLO", is(io.EOF)},
		{"the worker exits in its start hook", func(p peer) {
			p.says(wire.TypeHello, 0, hello)
			p.reads(wire.TypeWelcome)
		}, "READY", is(io.EOF)},
		{"the worker prints onto the connection", func(p peer) {
			p.sends([]byte("Traceback (most recent call last):"))
		}, "HELLO", as[*wire.ProtocolError]},
		{"the worker begins with READY", func(p peer) {
			p.says(wire.TypeReady, 0, `{}`)
		}, "HELLO", as[*wire.ProtocolError]},
		{"HELLO is not JSON", func(p peer) {
			p.says(wire.TypeHello, 0, `{`)
		}, "HELLO", as[*wire.ProtocolError]},
		{"HELLO belongs to a request", func(p peer) {
			p.says(wire.TypeHello, 1, hello)
		}, "HELLO", as[*wire.ProtocolError]},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := wire.NewData(play(t, tt.script), 0).Handshake(t.Context(), wire.Welcome{Worker: "w-1"})
			if e := wantError[*wire.HandshakeError](t, err); e.Stage != tt.stage || !tt.check(err) {
				t.Errorf("Handshake = %v; want another error waiting for %s", err, tt.stage)
			}
		})
	}
}

func is(want error) func(error) bool { return func(err error) bool { return errors.Is(err, want) } }

func as[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

func TestAWorkerOfAnotherVersionIsToldWhy(t *testing.T) {
	told := make(chan wire.Frame, 1)
	data := wire.NewData(play(t, func(p peer) {
		p.says(wire.TypeHello, 0, `{"versions":[2,3],"sdk":"future 9"}`)
		told <- p.reads(wire.TypeError)
	}), 0)
	_, err := data.Handshake(t.Context(), wire.Welcome{Worker: "w-1"})
	want := &wire.VersionError{Ours: 1, Theirs: []int{2, 3}, SDK: "future 9"}
	if diff := cmp.Diff(want, wantError[*wire.VersionError](t, err)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	const payload = `{"kind":"version","message":"wire: version: the worker (future 9) speaks [2 3]: allowed is 1","fatal":true}`
	got := <-told
	if diff := cmp.Diff(payload, string(got.Payload)); diff != "" || got.ID != 0 {
		t.Errorf("ERROR with id %d (-want +got):\n%s", got.ID, diff)
	}
}

func TestAStartHookThatRaisesIsReported(t *testing.T) {
	data := wire.NewData(play(t, func(p peer) {
		p.says(wire.TypeHello, 0, hello)
		p.reads(wire.TypeWelcome)
		p.says(wire.TypeError, 0, `{"kind":"start_failed","message":"no model","traceback":"tb"}`)
	}), 0)
	_, err := data.Handshake(t.Context(), wire.Welcome{Worker: "w-1"})
	remote := wantError[*wire.RemoteError](t, err)
	if remote.Kind != wire.KindStartFailed || remote.Traceback != "tb" {
		t.Errorf("%+v; want start_failed with its traceback", remote)
	}
}

func TestAStartHookThatHangsEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		data := wire.NewData(play(t, func(p peer) {
			p.says(wire.TypeHello, 0, hello)
			p.reads(wire.TypeWelcome)
			time.Sleep(time.Hour)
		}), 0)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		_, err := data.Handshake(ctx, wire.Welcome{Worker: "w-1"})
		e := wantError[*wire.HandshakeError](t, err)
		if e.Stage != "READY" || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Handshake = %v; want the deadline waiting for READY", err)
		}
	})
}

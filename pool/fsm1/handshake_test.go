package fsm1_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fsmgen/fsmgen/pool/fsm1"
	"github.com/fsmgen/fsmgen/pool/internal/frame"
	"github.com/fsmgen/fsmgen/pool/internal/printable"
	"github.com/fsmgen/fsmgen/pool/internal/wiretest"
	"github.com/fsmgen/fsmgen/pool/wire"
)

const hello = `{"versions":[1,2],"sdk":"test 1","runtime":"Go","pid":7,"capabilities":[]}`

func TestHandshake_PeerAndLimits(t *testing.T) {
	var welcome frame.Frame
	data := fsm1.NewData(play(t, func(p peer) {
		p.says(frame.TypeHello, 0, hello)
		welcome = p.reads(frame.TypeWelcome)
		p.says(frame.TypeReady, 0, `{"commands":["b","a"]}`)
	}), 1<<20)
	got, err := data.Handshake(t.Context(), wire.Welcome{Worker: "w-1", Version: "2026-11-21", MaxSessions: 5, Config: []byte(`{"k":1}`)})
	if err != nil {
		t.Fatal(err)
	}
	want := wire.Peer{
		Hello:    wire.Hello{Versions: []int{1, 2}, SDK: "test 1", Runtime: "Go", PID: 7, Capabilities: []string{}, Slots: 1},
		Commands: []string{"a", "b"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Peer (-want +got):\n%s", diff)
	}
	body := `{"version":1,"worker":"w-1","code_version":"2026-11-21","limits":{"frame":1048576,"payload":1048564,"slots":1,"sessions":5,"window":262144},"config":{"k":1}}`
	if diff := cmp.Diff(body, string(welcome.Payload)); diff != "" {
		t.Errorf("WELCOME (-want +got):\n%s", diff)
	}
}

func TestHandshake_VersionThatIsNoLabel(t *testing.T) {
	for name, version := range map[string]string{
		"two lines": "v\n2", "a control character": "v\x1b[2J", "not UTF-8": "v\xff", "longer than 256 bytes": strings.Repeat("v", 257),
	} {
		t.Run(name, func(t *testing.T) {
			data := fsm1.NewData(play(t, func(p peer) { p.says(frame.TypeHello, 0, hello) }), 0)
			_, err := data.Handshake(t.Context(), wire.Welcome{Worker: "w-1", Version: version})
			if e := wiretest.WantError[*wire.HandshakeError](t, err); e.Stage != "WELCOME" || wiretest.FieldOf(err) != "code_version" {
				t.Errorf("Handshake = %v; want the version refused", err)
			}
		})
	}
}

func TestHandshake_FailedStage(t *testing.T) {
	tests := []struct {
		name   string
		script func(p peer)
		stage  string
		check  func(error) bool
	}{
		{"the worker exits at once", func(peer) {}, "HELLO", wiretest.Is(io.EOF)},
		{"the worker exits in its start hook", func(p peer) {
			p.says(frame.TypeHello, 0, hello)
			p.reads(frame.TypeWelcome)
		}, "READY", wiretest.Is(io.EOF)},
		{"the worker prints onto the connection", func(p peer) {
			p.sends([]byte("Traceback (most recent call last):"))
		}, "HELLO", wiretest.As[*wire.ProtocolError]},
		{"the worker begins with READY", func(p peer) {
			p.says(frame.TypeReady, 0, `{}`)
		}, "HELLO", wiretest.As[*wire.ProtocolError]},
		{"HELLO is not JSON", func(p peer) {
			p.says(frame.TypeHello, 0, `{`)
		}, "HELLO", wiretest.As[*wire.ProtocolError]},
		{"HELLO belongs to a request", func(p peer) {
			p.says(frame.TypeHello, 1, hello)
		}, "HELLO", wiretest.As[*wire.ProtocolError]},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := fsm1.NewData(play(t, tt.script), 0).Handshake(t.Context(), wire.Welcome{Worker: "w-1"})
			if e := wiretest.WantError[*wire.HandshakeError](t, err); e.Stage != tt.stage || !tt.check(err) {
				t.Errorf("Handshake = %v; want another error waiting for %s", err, tt.stage)
			}
		})
	}
}

func TestHandshake_OtherVersion(t *testing.T) {
	told := make(chan frame.Frame, 1)
	data := fsm1.NewData(play(t, func(p peer) {
		p.says(frame.TypeHello, 0, `{"versions":[2,3],"sdk":"future 9"}`)
		told <- p.reads(frame.TypeError)
	}), 0)
	_, err := data.Handshake(t.Context(), wire.Welcome{Worker: "w-1"})
	want := &wire.VersionError{Ours: 1, Theirs: []int{2, 3}, SDK: "future 9"}
	if diff := cmp.Diff(want, wiretest.WantError[*wire.VersionError](t, err)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	const payload = `{"kind":"version","message":"wire: version: the worker (future 9) speaks [2 3]: allowed is 1","fatal":true}`
	got := <-told
	if diff := cmp.Diff(payload, string(got.Payload)); diff != "" || got.ID != 0 {
		t.Errorf("ERROR with id %d (-want +got):\n%s", got.ID, diff)
	}
}

func TestHandshake_RaisingStartHook(t *testing.T) {
	data := fsm1.NewData(play(t, func(p peer) {
		p.says(frame.TypeHello, 0, hello)
		p.reads(frame.TypeWelcome)
		p.says(frame.TypeError, 0, `{"kind":"start_failed","message":"no model","traceback":"tb"}`)
	}), 0)
	_, err := data.Handshake(t.Context(), wire.Welcome{Worker: "w-1"})
	remote := wiretest.WantError[*wire.RemoteError](t, err)
	if remote.Kind != wire.KindStartFailed || remote.Traceback != "tb" {
		t.Errorf("%+v; want start_failed with its traceback", remote)
	}
}

func TestHandshake_HangingStartHook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		data := fsm1.NewData(play(t, func(p peer) {
			p.says(frame.TypeHello, 0, hello)
			p.reads(frame.TypeWelcome)
			time.Sleep(time.Hour)
		}), 0)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		_, err := data.Handshake(ctx, wire.Welcome{Worker: "w-1"})
		e := wiretest.WantError[*wire.HandshakeError](t, err)
		if e.Stage != "READY" || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Handshake = %v; want the deadline waiting for READY", err)
		}
	})
}

func TestHandshake_SlotsBothSidesOffer(t *testing.T) {
	var welcome frame.Frame
	data := fsm1.NewData(play(t, func(p peer) {
		p.says(frame.TypeHello, 0, `{"versions":[1],"slots":2}`)
		welcome = p.reads(frame.TypeWelcome)
		p.says(frame.TypeReady, 0, `{"shared":true}`)
		_, _ = p.conn.ReadFrame() // the end
	}), 1<<20)
	defer data.Close()
	peer, err := data.Handshake(t.Context(), wire.Welcome{Worker: "w", Slots: 5, MaxPayload: 1 << 30, Window: 9})
	if err != nil || peer.Slots != 2 || peer.Shared {
		t.Errorf("Handshake = %+v, %v; want 2 slots and no shared memory", peer, err)
	}
	const body = `{"version":1,"worker":"w","limits":{"frame":1048576,"payload":1048564,"slots":2,"sessions":10000,"window":9},"config":null}`
	if diff := cmp.Diff(body, string(welcome.Payload)); diff != "" {
		t.Errorf("WELCOME (-want +got):\n%s", diff)
	}
}

func TestLink_CapabilitiesOfTheWorker(t *testing.T) {
	data, _ := pipes(t)
	control, _ := pipes(t)
	unready := fsm1.New(data, control, fsm1.Config{})
	defer unready.Close()
	if unready.Can(wire.CanStream) || unready.Slots() != 1 {
		t.Error("a worker that has not said HELLO can do something")
	}
	l, _ := scripted(t, 3)
	for can, want := range map[wire.Capability]bool{
		wire.CanCancel: true, wire.CanStream: true, wire.CanLog: true, wire.CanSession: true, "fly": false,
		wire.CanShared: false, // it could, but a pipe carries no file
	} {
		if got := l.Can(can); got != want {
			t.Errorf("Can(%s) = %v; want %v", can, got, want)
		}
	}
}

func TestHandshake_HelloAndReadyHaveABoundOfTheirOwn(t *testing.T) {
	large := func(size int) string { return `{"versions":[1],"sdk":"` + strings.Repeat("x", size) + `"}` }
	fits, over := large(fsm1.HandshakeLimit/2), large(fsm1.HandshakeLimit)
	tests := []struct{ name, hello, ready, stage string }{
		{"half of it", fits, fits, ""},
		{"a HELLO over it", over, fits, "HELLO"},
		{"a READY over it", fits, over, "READY"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			data := fsm1.NewData(play(t, func(p peer) {
				_ = p.conn.WriteFrame(frame.Frame{Type: frame.TypeHello, Payload: []byte(tt.hello)})
				if _, err := p.conn.ReadFrame(); err != nil {
					return
				}
				_ = p.conn.WriteFrame(frame.Frame{Type: frame.TypeReady, Payload: []byte(tt.ready)})
				f, err := p.conn.ReadFrame()
				if err != nil {
					return
				}
				p.says(frame.TypeResponse, f.ID, strings.Repeat("y", 2*fsm1.HandshakeLimit))
			}), 0)
			defer data.Close()
			peer, err := data.Handshake(t.Context(), wire.Welcome{})
			if tt.stage != "" {
				e := wiretest.WantError[*wire.HandshakeError](t, err)
				if large := wiretest.WantError[*wire.TooLargeError](t, err); e.Stage != tt.stage || large.Limit != fsm1.HandshakeLimit {
					t.Errorf("Handshake = %v; want it about %s", err, tt.stage)
				}
				return
			}
			if err != nil || len(peer.SDK) > printable.MaxName {
				t.Fatalf("Handshake = an SDK of %d bytes, %v", len(peer.SDK), err)
			}
			if got, err := data.Exchange(t.Context(), wiretest.Predict); err != nil || len(got.Payload) != 2*fsm1.HandshakeLimit {
				t.Errorf("Exchange = %d bytes, %v; want an answer over the bound of READY", len(got.Payload), err)
			}
		})
	}
}

package wire_test

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fsmgen/fsmgen/pool/wire"
)

// bridge plays a program behind standard input and output. It ends with the test.
func bridge(t *testing.T, script func(in *bufio.Reader, out net.Conn)) wire.Stdio {
	t.Helper()
	stdin, in := net.Pipe()
	out, stdout := net.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer stdout.Close()
		defer in.Close()
		script(bufio.NewReader(in), stdout)
	}()
	t.Cleanup(func() {
		stdin.Close()
		out.Close()
		<-done
	})
	return wire.Stdio{Stdin: stdin, Stdout: out}
}

func writePacket(out io.Writer, message string) {
	_, _ = out.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(message))), message...)) // the pool may be gone
}

func readPacket(in io.Reader) (message []byte, err error) {
	var length uint32
	if err := binary.Read(in, binary.BigEndian, &length); err != nil {
		return nil, err
	}
	message = make([]byte, length)
	_, err = io.ReadFull(in, message)
	return message, err
}

// answers is a program that answers every message with what answer returns.
func packetProgram(answer func(id int, command string, args json.RawMessage) string) func(*bufio.Reader, net.Conn) {
	return func(in *bufio.Reader, out net.Conn) {
		for {
			message, err := readPacket(in)
			if err != nil {
				return
			}
			var m struct {
				ID      int
				Command string
				Args    json.RawMessage
			}
			if err := json.Unmarshal(message, &m); err != nil {
				return
			}
			writePacket(out, answer(m.ID, m.Command, m.Args))
		}
	}
}

func echoPacket(id int, command string, args json.RawMessage) string {
	if command == "broken" {
		return fmt.Sprintf(`{"id":%d,"success":false,"error":"it broke"}`, id)
	}
	return fmt.Sprintf(`{"id":%d,"success":true,"result":{"command":%q,"args":%s}}`, id, command, args)
}

func newPacket4(t *testing.T, c wire.Packet4Config, script func(*bufio.Reader, net.Conn)) *wire.Packet4 {
	t.Helper()
	l := wire.NewPacket4(bridge(t, script), c)
	if _, err := l.Handshake(t.Context(), wire.Welcome{}); err != nil {
		t.Fatal(err)
	}
	return l
}

func TestAPacketProgramAnswersCommands(t *testing.T) {
	last := -1
	program := packetProgram(func(id int, command string, args json.RawMessage) string {
		if id <= last || (last < 0 && id != 0) {
			t.Errorf("id %d after %d; want 0 first, then larger ones", id, last)
		}
		last = id
		return echoPacket(id, command, args)
	})
	l := newPacket4(t, wire.Packet4Config{SessionArg: "session_id"}, program)
	tests := []struct {
		name    string
		request wire.Request
		want    string
	}{
		{"no arguments", wire.Request{Command: "list"}, `{"command":"list","args":{}}`},
		{"arguments", wire.Request{Command: "run", Payload: []byte(`{"n":1}`)}, `{"command":"run","args":{"n":1}}`},
		{
			"a session",
			wire.Request{Command: "run", Session: "s-1", Payload: []byte(`{"n":1}`)},
			`{"command":"run","args":{"n":1,"session_id":"s-1"}}`,
		},
		{"a session alone", wire.Request{Command: "run", Session: "s-1"}, `{"command":"run","args":{"session_id":"s-1"}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := l.Exchange(t.Context(), tt.request)
			if diff := cmp.Diff(tt.want, string(got.Payload)); diff != "" || err != nil {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
	_, err := l.Exchange(t.Context(), wire.Request{Command: "broken"})
	if e := wantError[*wire.RemoteError](t, err); e.Message != "it broke" || e.Kind != wire.KindHandlerError {
		t.Errorf("Exchange = %+v; want the words of the program", e)
	}
	if pong, err := l.Ping(t.Context()); err != nil || !pong.OK {
		t.Errorf("Ping = %+v, %v", pong, err)
	}
	a, err := l.Stream(t.Context(), wire.Request{Command: "list"})
	if err != nil {
		t.Fatal(err)
	}
	if pieces, _, err := collect(a); err != nil || len(pieces) != 1 {
		t.Errorf("%d pieces, %v; want 1", len(pieces), err)
	}
}

func TestAPacketProgramIsToldToStopByACommandAndTheEndOfItsInput(t *testing.T) {
	ended := make(chan error, 1)
	var last string
	l := newPacket4(t, wire.Packet4Config{}, func(in *bufio.Reader, out net.Conn) {
		packetProgram(func(id int, command string, args json.RawMessage) string {
			last = command
			return echoPacket(id, command, args)
		})(in, out)
		_, err := in.ReadByte()
		ended <- err
	})
	if err := l.Shutdown(t.Context(), "done"); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != io.EOF || last != "shutdown" {
		t.Errorf("the program sees %q and %v; want shutdown and EOF", last, err)
	}
}

func TestWhatAPlainProgramCannotDoIsNotAsked(t *testing.T) {
	links := map[string]wire.Link{
		"packet4": wire.NewPacket4(bridge(t, func(*bufio.Reader, net.Conn) {}), wire.Packet4Config{}),
		"jsonrpc": wire.NewJSONRPC(bridge(t, func(*bufio.Reader, net.Conn) {}), wire.JSONRPCConfig{}),
	}
	for name, l := range links {
		t.Run(name, func(t *testing.T) {
			_, input := l.Exchange(t.Context(), wire.Request{Input: numbered(1, 1, nil)})
			_, checkpoint := l.Stream(t.Context(), wire.Request{Checkpoint: true})
			_, bytes := l.Exchange(t.Context(), wire.Request{Meta: wire.Metadata{ContentType: wire.ContentBytes}})
			_, export := l.Export(t.Context(), wire.Session{}, false)
			for _, err := range []error{input, checkpoint, bytes, export, l.Import(t.Context(), wire.Session{}, wire.Snapshot{})} {
				if !errors.Is(err, wire.ErrNotSupported) {
					t.Errorf("%v is not %v", err, wire.ErrNotSupported)
				}
			}
			if l.Can(wire.CanStream) || l.Slots() != 1 {
				t.Errorf("streams %v, %d slots; want none and 1", l.Can(wire.CanStream), l.Slots())
			}
			_, err := l.Exchange(t.Context(), wire.Request{Payload: []byte("no JSON")})
			wantError[*wire.ProtocolError](t, err)
			l.Close()
		})
	}
}

func TestAPacketProgramThatBreaksTheProtocolIsLost(t *testing.T) {
	tests := []struct {
		name, answer, field string
	}{
		{"text", "Traceback (most recent", "length"},
		{"short text", "hi\n", "length"},
		{"no JSON", "\x00\x00\x00\x03oops", "message"},
		{"the id of another request", string(append([]byte{0, 0, 0, 24}, `{"id":9,"success":true} `...)), "id"},
		{"no id", string(append([]byte{0, 0, 0, 16}, `{"success":true}`...)), "id"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := newPacket4(t, wire.Packet4Config{Limit: 1000}, func(in *bufio.Reader, out net.Conn) {
				_, _ = readPacket(in)
				writePacket(out, `{"id":0,"success":true}`)
				_, _ = readPacket(in)
				_, _ = io.WriteString(out, tt.answer)
				_, _ = readPacket(in) // the end: the error comes before the rest of a message
			})
			_, err := l.Exchange(t.Context(), predict)
			lost := wantError[*wire.LostError](t, err)
			if wrong := wantError[*wire.ProtocolError](t, err); wrong.Field != tt.field || lost.Sent != wire.SentUnknown {
				t.Errorf("%v; want it about the %s", err, tt.field)
			}
			_, err = l.Exchange(t.Context(), predict)
			if lost := wantError[*wire.LostError](t, err); lost.Sent != wire.NotSent {
				t.Errorf("after that: %v; want not sent", err)
			}
		})
	}
}

func TestAPacketProgramCannotBeCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newPacket4(t, wire.Packet4Config{}, packetProgram(func(id int, command string, args json.RawMessage) string {
			if command == "predict" {
				time.Sleep(time.Hour)
			}
			return echoPacket(id, command, args)
		}))
		_, err := l.Exchange(impatient(t, time.Second), predict)
		if lost := wantError[*wire.LostError](t, err); !errors.Is(lost, errPatience) {
			t.Errorf("Exchange = %v; want the cause", err)
		}
	})
}

func TestAPacketProgramThatIsNotReadySaysSo(t *testing.T) {
	l := wire.NewPacket4(bridge(t, func(in *bufio.Reader, out net.Conn) {
		_, _ = readPacket(in)
		writePacket(out, `{"id":0,"success":false,"error":"no model"}`)
	}), wire.Packet4Config{})
	_, err := l.Handshake(t.Context(), wire.Welcome{})
	wantError[*wire.HandshakeError](t, err)
	if e := wantError[*wire.RemoteError](t, err); e.Message != "no model" {
		t.Errorf("Handshake = %v; want the words of the program", err)
	}
}

func TestAMessageOverTheLimitLeavesThePlainLinkUsable(t *testing.T) {
	l := newPacket4(t, wire.Packet4Config{Limit: 500}, packetProgram(echoPacket))
	_, err := l.Exchange(t.Context(), wire.Request{Command: "x", Payload: []byte(`"` + strings.Repeat("x", 500) + `"`)})
	wantError[*wire.TooLargeError](t, err)
	if _, err := l.Exchange(context.WithoutCancel(t.Context()), wire.Request{Command: "x"}); err != nil {
		t.Errorf("the next request: %v", err)
	}
}

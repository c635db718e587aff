package packet4_test

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
	"go.uber.org/goleak"

	"github.com/fsmgen/fsmgen/pool/internal/linktest"
	"github.com/fsmgen/fsmgen/pool/internal/packet4"
	"github.com/fsmgen/fsmgen/pool/internal/printable"
	"github.com/fsmgen/fsmgen/pool/internal/stdio"
	"github.com/fsmgen/fsmgen/pool/internal/wiretest"
	"github.com/fsmgen/fsmgen/pool/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

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

func newPacket4(t *testing.T, c packet4.Config, script func(*bufio.Reader, net.Conn)) *packet4.Link {
	t.Helper()
	l := packet4.New(wiretest.Bridge(t, script), c)
	if _, err := l.Handshake(t.Context(), wire.Welcome{}); err != nil {
		t.Fatal(err)
	}
	return l
}

func TestPacket4_Commands(t *testing.T) {
	last := -1
	program := packetProgram(func(id int, command string, args json.RawMessage) string {
		if id <= last || (last < 0 && id != 0) {
			t.Errorf("id %d after %d; want 0 first, then larger ones", id, last)
		}
		last = id
		return echoPacket(id, command, args)
	})
	l := newPacket4(t, packet4.Config{SessionArg: "session_id"}, program)
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
	if e := wiretest.WantError[*wire.RemoteError](t, err); e.Message != "it broke" || e.Kind != wire.KindHandlerError {
		t.Errorf("Exchange = %+v; want the words of the program", e)
	}
	if pong, err := l.Ping(t.Context()); err != nil || !pong.OK {
		t.Errorf("Ping = %+v, %v", pong, err)
	}
	a, err := l.Stream(t.Context(), wire.Request{Command: "list"})
	if err != nil {
		t.Fatal(err)
	}
	if piece, err := a.Next(); err != nil || len(piece.Payload) == 0 {
		t.Errorf("the first piece = %q, %v; want the answer", piece.Payload, err)
	}
	if _, err := a.Next(); err != wire.EndOfStream {
		t.Errorf("after the first piece: %v; want %v", err, wire.EndOfStream)
	}
}

func TestPacket4_Shutdown(t *testing.T) {
	ended := make(chan error, 1)
	var last string
	l := newPacket4(t, packet4.Config{}, func(in *bufio.Reader, out net.Conn) {
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

func TestPacket4_BrokenProtocol(t *testing.T) {
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
			l := newPacket4(t, packet4.Config{Limit: 1000}, func(in *bufio.Reader, out net.Conn) {
				_, _ = readPacket(in)
				writePacket(out, `{"id":0,"success":true}`)
				_, _ = readPacket(in)
				_, _ = io.WriteString(out, tt.answer)
				_, _ = readPacket(in) // the end: the error comes before the rest of a message
			})
			_, err := l.Exchange(t.Context(), wiretest.Predict)
			lost := wiretest.WantError[*wire.LostError](t, err)
			if wrong := wiretest.WantError[*wire.ProtocolError](t, err); wrong.Field != tt.field || lost.Sent != wire.SentUnknown {
				t.Errorf("%v; want it about the %s", err, tt.field)
			}
			_, err = l.Exchange(t.Context(), wiretest.Predict)
			if lost := wiretest.WantError[*wire.LostError](t, err); lost.Sent != wire.NotSent {
				t.Errorf("after that: %v; want not sent", err)
			}
		})
	}
}

func TestPacket4_CancelledRequestIsLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newPacket4(t, packet4.Config{}, packetProgram(func(id int, command string, args json.RawMessage) string {
			if command == "predict" {
				time.Sleep(time.Hour)
			}
			return echoPacket(id, command, args)
		}))
		_, err := l.Exchange(wiretest.Impatient(t, time.Second), wiretest.Predict)
		if lost := wiretest.WantError[*wire.LostError](t, err); !errors.Is(lost, wiretest.ErrPatience) {
			t.Errorf("Exchange = %v; want the cause", err)
		}
	})
}

func TestPacket4_NotReady(t *testing.T) {
	l := packet4.New(wiretest.Bridge(t, func(in *bufio.Reader, out net.Conn) {
		_, _ = readPacket(in)
		writePacket(out, `{"id":0,"success":false,"error":"no model"}`)
	}), packet4.Config{})
	_, err := l.Handshake(t.Context(), wire.Welcome{})
	wiretest.WantError[*wire.HandshakeError](t, err)
	if e := wiretest.WantError[*wire.RemoteError](t, err); e.Message != "no model" {
		t.Errorf("Handshake = %v; want the words of the program", err)
	}
}

func TestPacket4_MessageOverTheLimit(t *testing.T) {
	l := newPacket4(t, packet4.Config{Limit: 500}, packetProgram(echoPacket))
	_, err := l.Exchange(t.Context(), wire.Request{Command: "x", Payload: []byte(`"` + strings.Repeat("x", 500) + `"`)})
	wiretest.WantError[*wire.TooLargeError](t, err)
	if _, err := l.Exchange(context.WithoutCancel(t.Context()), wire.Request{Command: "x"}); err != nil {
		t.Errorf("the next request: %v", err)
	}
}

func TestPacket4_OneRequestAtATime(t *testing.T) {
	read, answer := make(chan struct{}, 1), make(chan struct{})
	l := packet4.New(wiretest.Bridge(t, packetProgram(func(id int, _ string, _ json.RawMessage) string {
		read <- struct{}{}
		<-answer
		return fmt.Sprintf(`{"id":%d,"success":true,"result":1}`, id)
	})), packet4.Config{})
	first := make(chan error)
	go func() {
		_, err := l.Exchange(t.Context(), wiretest.Predict)
		first <- err
	}()
	<-read
	if _, err := l.Exchange(t.Context(), wiretest.Predict); err != wire.ErrInFlight {
		t.Errorf("the second request: %v; want %v", err, wire.ErrInFlight)
	}
	if _, err := l.Ping(t.Context()); !errors.Is(err, wire.ErrInFlight) {
		t.Errorf("a probe: %v; want %v", err, wire.ErrInFlight)
	}
	answer <- struct{}{}
	if err := <-first; err != nil {
		t.Errorf("the first request: %v", err)
	}
}

func TestPacket4_CloseAndShutdownTwice(t *testing.T) {
	open := func() wire.Link {
		return packet4.New(wiretest.Bridge(t, packetProgram(func(id int, _ string, _ json.RawMessage) string {
			return fmt.Sprintf(`{"id":%d,"success":true}`, id)
		})), packet4.Config{})
	}
	l := open()
	if err := errors.Join(l.Shutdown(t.Context(), "done"), l.Close(), l.Close()); err != nil {
		t.Error(err)
	}
	if err := open().Drop([]wire.Session{{ID: "s"}}); err != nil {
		t.Errorf("Drop = %v; want nothing to happen", err)
	}
}

func TestPacket4_WhatItCannotDoIsNotSent(t *testing.T) {
	l := packet4.New(wiretest.Bridge(t, func(*bufio.Reader, net.Conn) {}), packet4.Config{})
	_, input := l.Exchange(t.Context(), wire.Request{Input: func(func([]byte, error) bool) {}})
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
	wiretest.WantError[*wire.ProtocolError](t, err)
	l.Close()
}

// A worker that answers with an error made to do harm.
func TestPacket4_TextsOfARemoteErrorAreBounded(t *testing.T) {
	bomb := strings.Repeat(`\u001b[31mFAKE\n`, 50_000)
	l := packet4.New(wiretest.Bridge(t, packetProgram(func(id int, _ string, _ json.RawMessage) string {
		return fmt.Sprintf(`{"id":%d,"success":false,"error":"%s"}`, id, bomb)
	})), packet4.Config{})
	_, err := l.Exchange(t.Context(), wiretest.Predict)
	e := wiretest.WantError[*wire.RemoteError](t, err)
	if len(e.Message) > printable.MaxMessage || len(e.Message) < printable.MaxMessage/2 || !wiretest.IsLine(e.Message) {
		t.Errorf("the message has %d bytes: %.100q", len(e.Message), e.Message)
	}
}

// An answer of a packet program that comes before its request.
func TestPacket4_AnswerBeforeItsRequest(t *testing.T) {
	ours, theirs := wiretest.Sockets(t)
	l := packet4.New(stdio.Pipes{Stdin: ours, Stdout: ours}, packet4.Config{})
	for id := range 3 {
		writePacket(theirs, fmt.Sprintf(`{"id":%d,"success":true,"result":"forged"}`, id))
	}
	if _, err := l.Handshake(t.Context(), wire.Welcome{}); err != nil {
		t.Fatal(err)
	}
	got, err := l.Exchange(t.Context(), wiretest.Predict)
	wiretest.WantError[*wire.ProtocolError](t, err)
	if got.Payload != nil {
		t.Errorf("Exchange = %s; want no answer", got.Payload)
	}
}

func TestPacket4_KeepsTheContractOfLinks(t *testing.T) {
	linktest.Run(t, linktest.Subject{Slots: []int{1}, Start: func(t *testing.T, _ int) linktest.Worker {
		s := wiretest.Bridge(t, func(in *bufio.Reader, out net.Conn) {
			packetProgram(func(id int, command string, args json.RawMessage) string {
				switch command {
				case "echo":
					return fmt.Sprintf(`{"id":%d,"success":true,"result":%s}`, id, args)
				case "ping", "meet", "shutdown":
					return fmt.Sprintf(`{"id":%d,"success":true}`, id)
				case "die":
					out.Close()
				case "wait":
					_, _ = in.ReadByte() // the end
				}
				return fmt.Sprintf(`{"id":%d,"success":false,"error":"no"}`, id)
			})(in, out)
		})
		l := packet4.New(s, packet4.Config{})
		if _, err := l.Handshake(t.Context(), wire.Welcome{}); err != nil {
			t.Fatal(err)
		}
		return linktest.Worker{Link: l, Kill: func() { wiretest.EndPipes(s) }}
	}})
}

func FuzzPacket4(f *testing.F) {
	for _, message := range []string{`{"id":0,"success":true,"result":[1]}`, `{"id":0,"success":false,"error":{}}`, `{"id":1}`, "", "{"} {
		f.Add(append(binary.BigEndian.AppendUint32(nil, uint32(len(message))), message...))
	}
	f.Add([]byte("hi"))
	f.Fuzz(func(t *testing.T, b []byte) {
		l := packet4.New(wiretest.Said(b), packet4.Config{Limit: 1 << 20})
		for range 2 {
			_, err := l.Exchange(t.Context(), wire.Request{Command: "c"})
			wiretest.CheckTyped(t, err)
		}
	})
}

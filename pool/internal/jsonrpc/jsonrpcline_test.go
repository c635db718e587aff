package jsonrpc_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fsmgen/fsmgen/pool/internal/jsonrpc"
	"github.com/fsmgen/fsmgen/pool/internal/printable"
	"github.com/fsmgen/fsmgen/pool/internal/queue"
	"github.com/fsmgen/fsmgen/pool/internal/wiretest"
	"github.com/fsmgen/fsmgen/pool/wire"
)

// Lines that programs print between their messages.
func TestJSONRPC_LinesThatAreNoMessage(t *testing.T) {
	tests := []struct{ name, printed, logged string }{
		{"a banner", "My server v1.0 running on stdio\n", "My server v1.0 running on stdio"},
		{"white space around it", "  hi \r\n", "hi"},
		{"an empty line", "\r\n", ""},
		{"a byte order mark", "\ufeff", ""},
		{"a level in brackets", "[INFO] ready\n", "[INFO] ready"},
		{"a list", "[1, 2]\n", "[1, 2]"},
		{"objects in a list", `[{"n":1}]` + "\n", `[{"n":1}]`},
		{"an object that is no JSON", "{oops}\n", "{oops}"},
		{"an object that is no message", `{"level":"info","msg":"up","id":1}` + "\n", `{"level":"info","msg":"up","id":1}`},
		{"a result without an id", `{"jsonrpc":"2.0","result":1}` + "\n", `{"jsonrpc":"2.0","result":1}`},
		{
			"an error about something that could not be read", `{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"x"}}` + "\n",
			`{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"x"}}`,
		},
		{"control characters", "\x1b[31mred\x1b[0m\n", `\x1b[31mred\x1b[0m`},
		{"not UTF-8", "\xff\n", "\ufffd"},
		{"a line over the limit of messages", strings.Repeat("x", 50_000) + "\n", "4096 bytes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			logged := make(chan string, 1)
			c := jsonrpc.MCP("test", "1")
			c.Text, c.Limit = func(line string) { logged <- line }, 20_000
			l := newJSONRPC(t, c, func(in *bufio.Reader, out net.Conn) {
				_, _ = io.WriteString(out, tt.printed)
				rpcProgram(false, func(m rpc) string {
					if m.Method == "initialize" {
						return fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"result":{}}`, m.ID)
					}
					return echoRPC(m)
				})(in, out)
			})
			if _, err := l.Handshake(t.Context(), wire.Welcome{}); err != nil {
				t.Fatal(err)
			}
			for range 2 {
				if _, err := l.Exchange(t.Context(), wire.Request{Command: "echo", Payload: []byte("1")}); err != nil {
					t.Error(err)
				}
			}
			if tt.logged == "" {
				return
			}
			got := <-logged
			if tt.logged == "4096 bytes" && len(got) == 4096 && !strings.Contains(got, "50000") { // no more of it is kept
				return
			}
			if got != tt.logged {
				t.Errorf("logged %q of %d bytes; want %q", got, len(got), tt.logged)
			}
		})
	}
}

// The last words of a program that ends need no line end.
func TestJSONRPC_LastWords(t *testing.T) {
	logged := make(chan string, 1)
	l := newJSONRPC(t, jsonrpc.Config{Text: func(line string) { logged <- line }}, func(in *bufio.Reader, out net.Conn) {
		_, _ = readRPC(in, false)
		_, _ = io.WriteString(out, "fatal: no model")
	})
	_, err := l.Exchange(t.Context(), wiretest.Predict)
	if wiretest.WantError[*wire.LostError](t, err); !errors.Is(err, io.EOF) {
		t.Errorf("Exchange = %v; want the end of the connection", err)
	}
	if got := <-logged; got != "fatal: no model" {
		t.Errorf("logged %q", got)
	}
}

// A program that writes the number of a request in another way.
func TestJSONRPC_IDsOfAnswers(t *testing.T) {
	for _, format := range []string{`%s`, `"%s"`, `%s.0`, `%se0`} {
		l := newJSONRPC(t, jsonrpc.Config{}, rpcProgram(false, func(m rpc) string {
			return fmt.Sprintf(`{"jsonrpc":"2.0","id":`+format+`,"result":1}`, m.ID)
		}))
		for range 2 {
			if got, err := l.Exchange(t.Context(), wiretest.Predict); err != nil || string(got.Payload) != "1" {
				t.Errorf("id %s: Exchange = %s, %v", format, got.Payload, err)
			}
		}
	}
}

// A program that does not answer a request that was cancelled, as it should not in some protocols.
func TestJSONRPC_CancelledRequestIsNotAnswered(t *testing.T) {
	tests := []struct {
		name string
		pong string // answers a probe; empty does not
		late bool   // the request is answered after all, later
		well bool
	}{
		{"and the worker answers a probe", `"result":{}`, false, true},
		{"and a probe is an error", `"error":{"code":-32601,"message":"no method"}`, false, true},
		{"but later", `"result":{}`, true, true},
		{"and no probe is", "", false, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var late string
				probes := 0
				l := newJSONRPC(t, jsonrpc.Config{
					PingMethod: "ping", Grace: 3 * time.Second,
					Cancel: func(id uint64) (string, any) { return "cancelled", map[string]any{"id": id} },
				}, rpcProgram(false, func(m rpc) string {
					switch {
					case m.Method == "slow" && tt.late:
						late = fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"result":"late"}`+"\n", m.ID)
						return ""
					case m.Method == "slow" || m.Method == "cancelled":
						return ""
					case m.Method == "ping" && tt.pong == "":
						return ""
					case m.Method == "ping":
						probes++
						return fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,%s}`, m.ID, tt.pong)
					}
					answer := late + echoRPC(m)
					late = ""
					return answer
				}))
				for i := range 3 {
					begin := time.Now()
					_, err := l.Exchange(wiretest.Impatient(t, time.Second), wire.Request{Command: "slow"})
					if !tt.well {
						if lost := wiretest.WantError[*wire.LostError](t, err); !errors.Is(lost, wiretest.ErrPatience) || time.Since(begin) != 7*time.Second {
							t.Errorf("Exchange = %v after %v; want it lost after two times the grace", err, time.Since(begin))
						}
						_, err := l.Exchange(t.Context(), wiretest.Predict)
						wiretest.WantError[*wire.LostError](t, err)
						return
					}
					e := wiretest.WantError[*wire.CancelledError](t, err)
					if !errors.Is(e, wiretest.ErrPatience) || !e.Begun || time.Since(begin) != 4*time.Second || probes != i+1 {
						t.Errorf("Exchange = %v after %v and %d probes", err, time.Since(begin), probes)
					}
					got, err := l.Exchange(t.Context(), wire.Request{Command: "echo", Payload: []byte("1")})
					if err != nil || string(got.Payload) != "1" {
						t.Errorf("the next request = %s, %v; want its own answer", got.Payload, err)
					}
				}
			})
		})
	}
}

// A function that takes its time for what the program says by itself must not delay answers.
func TestJSONRPC_SlowListener(t *testing.T) {
	for _, kind := range []string{"text", "notification"} {
		t.Run(kind, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const sent = 2 * queue.Length
				var mu sync.Mutex
				var heard int
				var said []string
				listen := func(line string) {
					mu.Lock()
					if strings.HasPrefix(line, "x") {
						heard++
					} else {
						said = append(said, line)
					}
					mu.Unlock()
					time.Sleep(time.Minute)
				}
				l := newJSONRPC(t, jsonrpc.Config{
					Text: listen, Notified: func(method string, _ json.RawMessage) { listen(method) },
				}, rpcProgram(false, func(m rpc) string {
					message := "x\n"
					if kind == "notification" {
						message = `{"jsonrpc":"2.0","method":"x"}` + "\n"
					}
					return strings.Repeat(message, sent) + echoRPC(m)
				}))
				begin := time.Now()
				_, err := l.Exchange(t.Context(), wire.Request{Command: "echo", Payload: []byte("1")})
				if took := time.Since(begin); err != nil || took > 0 {
					t.Errorf("Exchange = %v after %v; want it at once", err, took)
				}
				l.Close()
				time.Sleep(sent * time.Minute)
				synctest.Wait()
				want := fmt.Sprintf("%d lines were dropped: they came too fast", sent-heard)
				if kind == "notification" {
					want = fmt.Sprintf("%d notifications were dropped: they came too fast", sent-heard)
				}
				if heard > queue.Length+1 || heard < queue.Length || !cmp.Equal(said, []string{want}) {
					t.Errorf("%d of %d, then %q; want %q", heard, sent, said, want)
				}
			})
		})
	}
}

// A program that asks the pool and does not read what it is answered.
func TestJSONRPC_FloodOfRequestsOfTheWorker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newJSONRPC(t, jsonrpc.Config{Grace: time.Hour}, func(in *bufio.Reader, out net.Conn) {
			_, _ = readRPC(in, false)
			for i := 0; ; i++ {
				if _, err := fmt.Fprintf(out, `{"jsonrpc":"2.0","id":%d,"method":"roots/list"}`+"\n", i); err != nil {
					return
				}
				if i == 10*queue.Length {
					t.Error("the pool reads on; want the link lost")
					return
				}
			}
		})
		_, err := l.Exchange(t.Context(), wiretest.Predict)
		wiretest.WantError[*wire.LostError](t, err)
		wiretest.WantError[*wire.ProtocolError](t, err)
		l.Close()
	})
}

func TestJSONRPC_HeadersAsProgramsWriteThem(t *testing.T) {
	const body = `{"jsonrpc":"2.0","id":1,"result":7}`
	for _, head := range []string{
		"Content-Length: %d\r\n\r\n", "content-length:%d\r\n\r\n", "CONTENT-LENGTH : %d\r\n\r\n", "\r\nContent-Length: %d\r\n\r\n",
		"Content-Type: application/vscode-jsonrpc; charset=utf-8\r\nContent-Length: %d\r\n\r\n", "Content-Length: %d\n\n",
	} {
		l := newJSONRPC(t, jsonrpc.Config{Headers: true}, func(in *bufio.Reader, out net.Conn) {
			_, _ = readRPC(in, true)
			_, _ = fmt.Fprintf(out, head+"%s", len(body), body)
		})
		if got, err := l.Exchange(t.Context(), wiretest.Predict); err != nil || string(got.Payload) != "7" {
			t.Errorf("%q: Exchange = %s, %v; want 7", head, got.Payload, err)
		}
	}
}

func TestJSONRPC_OneRequestAtATime(t *testing.T) {
	read, answer := make(chan struct{}, 1), make(chan struct{})
	l := newJSONRPC(t, jsonrpc.Config{PingMethod: "ping"}, rpcProgram(false, func(m rpc) string {
		read <- struct{}{}
		<-answer
		return fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"result":1}`, m.ID)
	}))
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

func TestJSONRPC_CloseAndShutdownTwice(t *testing.T) {
	open := func() wire.Link {
		return newJSONRPC(t, jsonrpc.Config{}, rpcProgram(false, echoRPC))
	}
	l := open()
	if err := errors.Join(l.Shutdown(t.Context(), "done"), l.Close(), l.Close()); err != nil {
		t.Error(err)
	}
	if err := open().Drop([]wire.Session{{ID: "s"}}); err != nil {
		t.Errorf("Drop = %v; want nothing to happen", err)
	}
}

func TestJSONRPC_WhatItCannotDoIsNotSent(t *testing.T) {
	l := newJSONRPC(t, jsonrpc.Config{}, func(*bufio.Reader, net.Conn) {})
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
func TestJSONRPC_TextsOfARemoteErrorAreBounded(t *testing.T) {
	bomb := strings.Repeat(`\u001b[31mFAKE\n`, 50_000)
	l := newJSONRPC(t, jsonrpc.Config{}, rpcProgram(false, func(m rpc) string {
		return fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"error":{"code":1,"message":"%s","data":"%s"}}`, m.ID, bomb, bomb)
	}))
	_, err := l.Exchange(t.Context(), wiretest.Predict)
	e := wiretest.WantError[*wire.RemoteError](t, err)
	if len(e.Message) > printable.MaxMessage || len(e.Message) < printable.MaxMessage/2 || !wiretest.IsLine(e.Message) {
		t.Errorf("the message has %d bytes: %.100q", len(e.Message), e.Message)
	}
	if len(e.Traceback) > printable.MaxTraceback || strings.Contains(e.Traceback, "\x1b") {
		t.Errorf("the traceback has %d bytes", len(e.Traceback))
	}
}

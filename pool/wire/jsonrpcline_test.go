package wire_test

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
			c := wire.MCP("test", "1")
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
	l := newJSONRPC(t, wire.JSONRPCConfig{Text: func(line string) { logged <- line }}, func(in *bufio.Reader, out net.Conn) {
		_, _ = readRPC(in, false)
		_, _ = io.WriteString(out, "fatal: no model")
	})
	_, err := l.Exchange(t.Context(), predict)
	if wantError[*wire.LostError](t, err); !errors.Is(err, io.EOF) {
		t.Errorf("Exchange = %v; want the end of the connection", err)
	}
	if got := <-logged; got != "fatal: no model" {
		t.Errorf("logged %q", got)
	}
}

// A program that writes the number of a request in another way.
func TestJSONRPC_IDsOfAnswers(t *testing.T) {
	for _, format := range []string{`%s`, `"%s"`, `%s.0`, `%se0`} {
		l := newJSONRPC(t, wire.JSONRPCConfig{}, rpcProgram(false, func(m rpc) string {
			return fmt.Sprintf(`{"jsonrpc":"2.0","id":`+format+`,"result":1}`, m.ID)
		}))
		for range 2 {
			if got, err := l.Exchange(t.Context(), predict); err != nil || string(got.Payload) != "1" {
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
				l := newJSONRPC(t, wire.JSONRPCConfig{
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
					_, err := l.Exchange(impatient(t, time.Second), wire.Request{Command: "slow"})
					if !tt.well {
						if lost := wantError[*wire.LostError](t, err); !errors.Is(lost, errPatience) || time.Since(begin) != 7*time.Second {
							t.Errorf("Exchange = %v after %v; want it lost after two times the grace", err, time.Since(begin))
						}
						_, err := l.Exchange(t.Context(), predict)
						wantError[*wire.LostError](t, err)
						return
					}
					e := wantError[*wire.CancelledError](t, err)
					if !errors.Is(e, errPatience) || !e.Begun || time.Since(begin) != 4*time.Second || probes != i+1 {
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
				const sent = 2 * wire.QueueLength
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
				l := newJSONRPC(t, wire.JSONRPCConfig{
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
				if heard > wire.QueueLength+1 || heard < wire.QueueLength || !cmp.Equal(said, []string{want}) {
					t.Errorf("%d of %d, then %q; want %q", heard, sent, said, want)
				}
			})
		})
	}
}

// A program that asks the pool and does not read what it is answered.
func TestJSONRPC_FloodOfRequestsOfTheWorker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newJSONRPC(t, wire.JSONRPCConfig{Grace: time.Hour}, func(in *bufio.Reader, out net.Conn) {
			_, _ = readRPC(in, false)
			for i := 0; ; i++ {
				if _, err := fmt.Fprintf(out, `{"jsonrpc":"2.0","id":%d,"method":"roots/list"}`+"\n", i); err != nil {
					return
				}
				if i == 10*wire.QueueLength {
					t.Error("the pool reads on; want the link lost")
					return
				}
			}
		})
		_, err := l.Exchange(t.Context(), predict)
		wantError[*wire.LostError](t, err)
		wantError[*wire.ProtocolError](t, err)
		l.Close()
	})
}

func TestJSONRPC_HeadersAsProgramsWriteThem(t *testing.T) {
	const body = `{"jsonrpc":"2.0","id":1,"result":7}`
	for _, head := range []string{
		"Content-Length: %d\r\n\r\n", "content-length:%d\r\n\r\n", "CONTENT-LENGTH : %d\r\n\r\n", "\r\nContent-Length: %d\r\n\r\n",
		"Content-Type: application/vscode-jsonrpc; charset=utf-8\r\nContent-Length: %d\r\n\r\n", "Content-Length: %d\n\n",
	} {
		l := newJSONRPC(t, wire.JSONRPCConfig{Headers: true}, func(in *bufio.Reader, out net.Conn) {
			_, _ = readRPC(in, true)
			_, _ = fmt.Fprintf(out, head+"%s", len(body), body)
		})
		if got, err := l.Exchange(t.Context(), predict); err != nil || string(got.Payload) != "7" {
			t.Errorf("%q: Exchange = %s, %v; want 7", head, got.Payload, err)
		}
	}
}

func TestPlainLinks_CloseAndShutdownTwice(t *testing.T) {
	links := map[string]func() wire.Link{
		"packet4": func() wire.Link {
			return wire.NewPacket4(bridge(t, packetProgram(func(id int, _ string, _ json.RawMessage) string {
				return fmt.Sprintf(`{"id":%d,"success":true}`, id)
			})), wire.Packet4Config{})
		},
		"jsonrpc": func() wire.Link { return newJSONRPC(t, wire.JSONRPCConfig{}, rpcProgram(false, echoRPC)) },
	}
	for name, open := range links {
		t.Run(name, func(t *testing.T) {
			l := open()
			if err := errors.Join(l.Shutdown(t.Context(), "done"), l.Close(), l.Close()); err != nil {
				t.Error(err)
			}
			if err := open().Drop([]wire.Session{{ID: "s"}}); err != nil {
				t.Errorf("Drop = %v; want nothing to happen", err)
			}
		})
	}
}

// An answer of a packet program that comes before its request.
func TestPacket4_AnswerBeforeItsRequest(t *testing.T) {
	ours, theirs := sockets(t)
	l := wire.NewPacket4(wire.Stdio{Stdin: ours, Stdout: ours}, wire.Packet4Config{})
	for id := range 3 {
		writePacket(theirs, fmt.Sprintf(`{"id":%d,"success":true,"result":"forged"}`, id))
	}
	if _, err := l.Handshake(t.Context(), wire.Welcome{}); err != nil {
		t.Fatal(err)
	}
	got, err := l.Exchange(t.Context(), predict)
	wantError[*wire.ProtocolError](t, err)
	if got.Payload != nil {
		t.Errorf("Exchange = %s; want no answer", got.Payload)
	}
}

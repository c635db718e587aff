package jsonrpc_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/fsmgen/fsmgen/pool/internal/jsonrpc"
	"github.com/fsmgen/fsmgen/pool/internal/linktest"
	"github.com/fsmgen/fsmgen/pool/internal/wiretest"
	"github.com/fsmgen/fsmgen/pool/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// rpc is a message as a program sees it.
type rpc struct {
	ID     json.RawMessage `json:"id"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
	Error  json.RawMessage `json:"error"`
}

// rpcProgram reads messages a line, or behind headers, and writes what answer returns, if anything.
func rpcProgram(headers bool, answer func(m rpc) string) func(*bufio.Reader, net.Conn) {
	return func(in *bufio.Reader, out net.Conn) {
		for {
			text, err := readRPC(in, headers)
			if err != nil {
				return
			}
			var m rpc
			if err := json.Unmarshal(text, &m); err != nil {
				return
			}
			if said := answer(m); said != "" {
				writeRPC(out, headers, said)
			}
		}
	}
}

func readRPC(in *bufio.Reader, headers bool) ([]byte, error) {
	line, err := in.ReadString('\n')
	if !headers || err != nil {
		return []byte(line), err
	}
	n, err := strconv.Atoi(strings.TrimSpace(strings.TrimPrefix(line, "Content-Length:")))
	if err != nil {
		return nil, err
	}
	if _, err := in.ReadString('\n'); err != nil {
		return nil, err
	}
	text := make([]byte, n)
	_, err = io.ReadFull(in, text)
	return text, err
}

func writeRPC(out io.Writer, headers bool, message string) {
	if headers {
		message = fmt.Sprintf("Content-Type: x\r\ncontent-length: %d\r\n\r\n%s", len(message), message)
	} else {
		message += "\r\n"
	}
	_, _ = io.WriteString(out, message) // the pool may be gone
}

func echoRPC(m rpc) string {
	switch m.Method {
	case "echo":
		return fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"result":%s}`, m.ID, m.Params)
	case "ping":
		return fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"result":{}}`, m.ID)
	case "broken":
		return fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"error":{"code":-32000,"message":"it broke","data":{"at":1}}}`, m.ID)
	}
	if len(m.ID) == 0 {
		return ""
	}
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"error":{"code":-32601,"message":"no method"}}`, m.ID)
}

func newJSONRPC(t *testing.T, c jsonrpc.Config, script func(*bufio.Reader, net.Conn)) *jsonrpc.Link {
	t.Helper()
	l := jsonrpc.New(wiretest.Bridge(t, script), c)
	t.Cleanup(func() { l.Close() })
	return l
}

func TestJSONRPC_Methods(t *testing.T) {
	for _, headers := range []bool{false, true} {
		t.Run(fmt.Sprintf("headers %v", headers), func(t *testing.T) {
			l := newJSONRPC(t, jsonrpc.Config{Headers: headers, PingMethod: "ping"}, rpcProgram(headers, echoRPC))
			if _, err := l.Handshake(t.Context(), wire.Welcome{}); err != nil {
				t.Fatal(err)
			}
			got, err := l.Exchange(t.Context(), wire.Request{Command: "echo", Payload: []byte(`{"n":1}`)})
			if err != nil || string(got.Payload) != `{"n":1}` {
				t.Errorf("Exchange = %s, %v", got.Payload, err)
			}
			_, err = l.Exchange(t.Context(), wire.Request{Command: "broken"})
			want := &wire.RemoteError{Kind: wire.KindHandlerError, Message: "it broke", Type: "-32000", Traceback: `{"at":1}`}
			if diff := cmp.Diff(want, wiretest.WantError[*wire.RemoteError](t, err)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			_, err = l.Exchange(t.Context(), wire.Request{Command: "nothing"})
			if e := wiretest.WantError[*wire.RemoteError](t, err); e.Kind != wire.KindUnknownCommand {
				t.Errorf("%v; want %s", err, wire.KindUnknownCommand)
			}
			if pong, err := l.Ping(t.Context()); err != nil || !pong.OK {
				t.Errorf("Ping = %+v, %v", pong, err)
			}
		})
	}
}

func TestMCP_Introduction(t *testing.T) {
	var seen []string
	l := newJSONRPC(t, jsonrpc.MCP("test", "1"), rpcProgram(false, func(m rpc) string {
		seen = append(seen, m.Method)
		if m.Method == "initialize" {
			return fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"result":{"protocolVersion":"2025-06-18"}}`, m.ID)
		}
		return echoRPC(m)
	}))
	if _, err := l.Handshake(t.Context(), wire.Welcome{}); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"initialize", "notifications/initialized", "ping"}, seen); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestLSP_IntroductionAndEnd(t *testing.T) {
	seen, ended := []string{}, make(chan struct{})
	l := newJSONRPC(t, jsonrpc.LSP("file:///tmp"), func(in *bufio.Reader, out net.Conn) {
		defer close(ended)
		rpcProgram(true, func(m rpc) string {
			seen = append(seen, m.Method)
			if len(m.ID) > 0 {
				return fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"result":null}`, m.ID)
			}
			return ""
		})(in, out)
	})
	if _, err := l.Handshake(t.Context(), wire.Welcome{}); err != nil {
		t.Fatal(err)
	}
	if err := l.Shutdown(t.Context(), "done"); err != nil {
		t.Fatal(err)
	}
	<-ended
	if diff := cmp.Diff([]string{"initialize", "initialized", "shutdown", "exit"}, seen); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestJSONRPC_NotificationsAndRequestsOfTheProgram(t *testing.T) {
	declined, notified, printed := make(chan string, 1), make(chan string, 1), make(chan string, 1)
	l := newJSONRPC(t, jsonrpc.Config{
		Notified: func(method string, params json.RawMessage) { notified <- method + string(params) },
		Text:     func(line string) { printed <- line },
	}, func(in *bufio.Reader, out net.Conn) {
		writeRPC(out, false, "Server ready.")
		writeRPC(out, false, `{"jsonrpc":"2.0","method":"log","params":[1]}`)
		writeRPC(out, false, `{"jsonrpc":"2.0","id":"a","method":"roots/list"}`)
		writeRPC(out, false, `{"jsonrpc":"2.0","id":7,"method":"ping"}`)
		first, err := readRPC(in, false)
		second, err2 := readRPC(in, false)
		if err := errors.Join(err, err2); err != nil {
			t.Error(err)
		}
		declined <- string(first) + string(second)
		rpcProgram(false, echoRPC)(in, out)
	})
	if got := <-printed; got != "Server ready." {
		t.Errorf("text %q", got)
	}
	if got := <-notified; got != "log[1]" {
		t.Errorf("notification %s", got)
	}
	const want = `{"jsonrpc":"2.0","id":"a","error":{"code":-32601,"message":"a pool has no method roots/list"}}` + "\n" +
		`{"jsonrpc":"2.0","id":7,"result":{}}` + "\n"
	if diff := cmp.Diff(want, <-declined); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := l.Exchange(t.Context(), wire.Request{Command: "echo", Payload: []byte("1")}); err != nil {
		t.Error(err)
	}
}

func TestJSONRPC_BrokenProtocol(t *testing.T) {
	tests := []struct {
		name    string
		headers bool
		answer  string
		field   string
	}{
		{"no JSON behind headers", true, "Content-Length: 6\r\n\r\n{oops}", "message"},
		{"no message behind headers", true, "Content-Length: 2\r\n\r\n{}", "message"},
		{"a batch", false, `[{"jsonrpc":"2.0","id":1,"result":1}]` + "\n", "message"},
		{"a batch behind white space", false, ` [ {"jsonrpc":"2.0","method":"x"} ]` + "\n", "message"},
		{"a batch behind headers", true, "Content-Length: 37\r\n\r\n" + `[{"jsonrpc":"2.0","id":1,"result":1}]`, "message"},
		{"an answer before its request", false, `{"id":77,"result":1}` + "\n", "id"},
		{"an answer with an id of text", false, `{"id":"one","result":1}` + "\n", "id"},
		{"an answer with a fraction", false, `{"id":0.5,"result":1}` + "\n", "id"},
		{"an answer to the connection", false, `{"id":0,"result":1}` + "\n", "id"},
		{"a line over the limit", false, "{" + strings.Repeat("x", 20_000), "length"},
		{"a header without a colon", true, "Traceback\r\n", "header"},
		{"a length that is no number", true, "Content-Length: -1\r\n\r\n", "header"},
		{"no length", true, "X: y\r\n\r\n", "header"},
		{"a header without an end", true, strings.Repeat("x", 20_000), "length"},
		{"a message over the limit", true, "Content-Length: 1001\r\n\r\n", "message"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := newJSONRPC(t, jsonrpc.Config{Headers: tt.headers, Limit: 1000}, func(in *bufio.Reader, out net.Conn) {
				_, _ = readRPC(in, tt.headers)
				_, _ = io.WriteString(out, tt.answer)
				_, _ = readRPC(in, tt.headers) // the end
			})
			_, err := l.Exchange(wiretest.Impatient(t, 10*time.Second), wiretest.Predict)
			wiretest.WantError[*wire.LostError](t, err)
			if got := wiretest.FieldOf(err); got != tt.field {
				t.Errorf("%v; want it about the %s", err, tt.field)
			}
		})
	}
}

func TestJSONRPC_CancelledMethod(t *testing.T) {
	tests := []struct {
		name   string
		config jsonrpc.Config
		end    string // what the program says about the request once it is cancelled
		check  func(err error) bool
	}{
		{"it was cancelled", jsonrpc.LSP(""), `"error":{"code":-32800,"message":"cancelled"}`, wiretest.As[*wire.CancelledError]},
		{"it was quicker", jsonrpc.LSP(""), `"result":1`, wiretest.Is(nil)},
		{"it failed", jsonrpc.LSP(""), `"error":{"code":1,"message":"x"}`, wiretest.As[*wire.RemoteError]},
		{"nothing", jsonrpc.LSP(""), "", wiretest.As[*wire.LostError]},
		{"it was cancelled, in the words of another protocol", jsonrpc.LSP(""), `"error":{"code":0,"message":"Request cancelled"}`, wiretest.As[*wire.CancelledError]},
		{"it cannot be asked", jsonrpc.Config{Headers: true}, "", wiretest.As[*wire.LostError]},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var asked rpc
				l := newJSONRPC(t, tt.config, rpcProgram(true, func(m rpc) string {
					if m.Method == "$/cancelRequest" && tt.end != "" {
						return fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,%s}`, asked.ID, tt.end)
					}
					asked = m
					return ""
				}))
				_, err := l.Exchange(wiretest.Impatient(t, time.Second), wiretest.Predict)
				if !tt.check(err) {
					t.Errorf("Exchange = %v (%T)", err, err)
				}
			})
		})
	}
}

func TestJSONRPC_ProgramEnds(t *testing.T) {
	l := newJSONRPC(t, jsonrpc.Config{}, func(in *bufio.Reader, _ net.Conn) { _, _ = readRPC(in, false) })
	_, err := l.Exchange(t.Context(), wiretest.Predict)
	if lost := wiretest.WantError[*wire.LostError](t, err); lost.Sent != wire.SentUnknown || !errors.Is(err, io.EOF) {
		t.Errorf("Exchange = %v; want EOF and an unknown outcome", err)
	}
}

func TestJSONRPC_PingWithoutAMethod(t *testing.T) {
	l := newJSONRPC(t, jsonrpc.Config{}, rpcProgram(false, echoRPC))
	if _, err := l.Ping(context.WithoutCancel(t.Context())); !errors.Is(err, wire.ErrNotSupported) {
		t.Errorf("Ping = %v; want %v", err, wire.ErrNotSupported)
	}
}

func TestJSONRPC_KeepsTheContractOfLinks(t *testing.T) {
	linktest.Run(t, linktest.Subject{Slots: []int{1}, Cancels: true, Start: func(t *testing.T, _ int) linktest.Worker {
		s := wiretest.Bridge(t, func(in *bufio.Reader, out net.Conn) {
			rpcProgram(false, func(m rpc) string {
				switch m.Method {
				case "meet":
					return fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"result":{}}`, m.ID)
				case "die":
					out.Close()
					return ""
				case "wait", "cancel":
					return ""
				}
				return echoRPC(m)
			})(in, out)
		})
		l := jsonrpc.New(s, jsonrpc.Config{
			PingMethod: "ping", Grace: time.Second / 50, Cancel: func(uint64) (string, any) { return "cancel", nil },
		})
		t.Cleanup(func() { l.Close() })
		return linktest.Worker{Link: l, Kill: func() { wiretest.EndPipes(s) }}
	}})
}

func FuzzJSONRPC(f *testing.F) {
	for _, message := range []string{`{"id":1,"result":[1]}`, `{"id":1,"error":{"code":1}}`, `{"method":"m"}`, `{"id":"a","method":"m"}`, "", "{"} {
		f.Add(fmt.Appendf(nil, "Content-Length: %d\r\n\r\n%s", len(message), message), true)
		f.Add([]byte(message+"\n"), false)
	}
	f.Fuzz(func(t *testing.T, b []byte, headers bool) {
		l := jsonrpc.New(wiretest.Said(b), jsonrpc.Config{Headers: headers, Limit: 1 << 20, Grace: time.Nanosecond})
		_, err := l.Exchange(t.Context(), wire.Request{Command: "c"})
		wiretest.CheckTyped(t, err)
	})
}

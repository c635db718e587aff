package programcheck

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/fsmgen/fsmgen/pool/internal/jsonrpc"
	"github.com/fsmgen/fsmgen/pool/internal/packet4"
	"github.com/fsmgen/fsmgen/pool/internal/stdio"
	"github.com/fsmgen/fsmgen/pool/wire"
	"github.com/fsmgen/fsmgen/toolcheck/npm"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// soon ends what would hang otherwise.
func soon(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// start runs a program and returns its standard input and output. When the test has closed the link the program has to end by
// itself, with status 0.
func start(t *testing.T, name string, args ...string) stdio.Pipes {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Skip(err)
	}
	in, stdin, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(name, args...)
	cmd.Stdin, cmd.Stdout = in, out
	err = cmd.Start()
	if err = errors.Join(err, in.Close(), out.Close()); err != nil {
		t.Fatal(err)
	}
	s := stdio.Pipes{Stdin: stdin, Stdout: stdout}
	guard := time.AfterFunc(time.Minute, func() { cmd.Process.Kill() })
	t.Cleanup(func() {
		defer guard.Stop()
		if _, err := io.Copy(io.Discard, stdout); err != nil && !errors.Is(err, os.ErrClosed) {
			t.Error(err)
		}
		err := cmd.Wait()
		if err := errors.Join(err, s.Close()); err != nil && !errors.Is(err, os.ErrClosed) {
			t.Errorf("%s: %v", name, err)
		}
	})
	return s
}

// ready takes a link through its handshake.
func ready(t *testing.T, l wire.Link) {
	t.Helper()
	if _, err := l.Handshake(soon(t), wire.Welcome{}); err != nil {
		t.Fatal(err)
	}
}

// ask returns the answer to a command.
func ask(t *testing.T, l wire.Link, command, session, payload string) string {
	t.Helper()
	got, err := l.Exchange(soon(t), wire.Request{Command: command, Session: session, Payload: []byte(payload)})
	if err != nil {
		t.Fatalf("%s: %v", command, err)
	}
	return string(got.Payload)
}

// fails returns the error that a command is answered with.
func fails(t *testing.T, l wire.Link, command, session, payload string) *wire.RemoteError {
	t.Helper()
	_, err := l.Exchange(soon(t), wire.Request{Command: command, Session: session, Payload: []byte(payload)})
	remote, ok := errors.AsType[*wire.RemoteError](err)
	if !ok {
		t.Fatalf("%s: %v; want an answer that is an error", command, err)
	}
	return remote
}

// leave ends a program politely.
func leave(t *testing.T, l wire.Link) {
	t.Helper()
	if err := l.Shutdown(soon(t), "the test is over"); err != nil {
		t.Error(err)
	}
}

func TestPacket4_BridgeForAnErlangPort(t *testing.T) {
	l := packet4.New(start(t, "python3", "testdata/bridge.py"), packet4.Config{SessionArg: "session_id"})
	ready(t, l)
	if pong, err := l.Ping(soon(t)); err != nil || !pong.OK {
		t.Errorf("Ping = %+v, %v", pong, err)
	}
	ask(t, l, "create_program", "s-1", `{"id":"p","signature":"shout"}`)
	const inputs = `{"id":"p","inputs":{"text":"größe"}}`
	if got, want := ask(t, l, "execute_program", "s-1", inputs), `{"outputs": {"answer": "shout(`; !strings.HasPrefix(got, want) {
		t.Errorf("the program answers %s; want %s...", got, want)
	}
	if e := fails(t, l, "execute_program", "s-2", inputs); e.Message != "Program not found: p" {
		t.Errorf("in another session: %v; want it not found", e)
	}
	if got := ask(t, l, "cleanup_session", "s-1", ""); got != `{"removed": 1}` {
		t.Errorf("cleanup_session = %s", got)
	}
	if e := fails(t, l, "dance", "", ""); e.Message != "Unknown command: dance" {
		t.Errorf("dance: %v", e)
	}
	leave(t, l)
}

func TestMCP_RealServer(t *testing.T) {
	npm.Install(t, ".")
	program := filepath.Join("node_modules", "@modelcontextprotocol", "server-everything", "dist", "index.js")
	l := jsonrpc.New(start(t, "node", program, "stdio"), jsonrpc.MCP("programcheck", "1"))
	ready(t, l)
	if pong, err := l.Ping(soon(t)); err != nil || !pong.OK {
		t.Errorf("Ping = %+v, %v", pong, err)
	}
	var list struct{ Tools []struct{ Name string } }
	if err := json.Unmarshal([]byte(ask(t, l, "tools/list", "", `{}`)), &list); err != nil || len(list.Tools) == 0 {
		t.Errorf("tools/list = %+v, %v; want tools", list, err)
	}
	var said struct{ Content []struct{ Text string } }
	answer := ask(t, l, "tools/call", "", `{"name":"echo","arguments":{"message":"hi"}}`)
	if err := json.Unmarshal([]byte(answer), &said); err != nil || len(said.Content) != 1 || said.Content[0].Text != "Echo: hi" {
		t.Errorf("echo = %s, %v; want hi", answer, err)
	}
	if e := fails(t, l, "tools/dance", "", `{}`); e.Kind != wire.KindUnknownCommand {
		t.Errorf("tools/dance: %v; want %s", e, wire.KindUnknownCommand)
	}
	leave(t, l)
}

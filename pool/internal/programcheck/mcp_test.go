package programcheck

import (
	"encoding/json"
	"path/filepath"
	"testing"

	"github.com/fsmgen/fsmgen/pool/internal/jsonrpc"
	"github.com/fsmgen/fsmgen/pool/wire"
	"github.com/fsmgen/fsmgen/toolcheck/npm"
)

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

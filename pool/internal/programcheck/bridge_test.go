package programcheck

import (
	"strings"
	"testing"

	"github.com/fsmgen/fsmgen/pool/internal/packet4"
)

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

package wire_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/fsmgen/fsmgen/pool/wire"
)

func TestLine_EscapesAndBounds(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"plain", "größe 7", "größe 7"},
		{"empty", "", ""},
		{"line ends", "a\r\nb\tc", `a\r\nb\tc`},
		{"an escape sequence", "\x1b[31mred", `\x1b[31mred`},
		{"a control character beyond ASCII", "a\u0085b", `a\u0085b`},
		{"a line separator", "a\u2028b", `a\u2028b`},
		{"text that runs backwards", "a\u202eb", `a\u202eb`},
		{"not UTF-8", "a\xffb", "a\ufffdb"},
		{"as long as allowed", strings.Repeat("x", 40), strings.Repeat("x", 40)},
		{"a byte too long", strings.Repeat("x", 41), strings.Repeat("x", 26) + "... (41 bytes)"},
		{"too long when it is escaped", strings.Repeat("\n", 30), strings.Repeat(`\n`, 13) + "... (30 bytes)"},
		{"half a character at the end", strings.Repeat("x", 25) + "ä" + strings.Repeat("y", 20), strings.Repeat("x", 25) + "... (47 bytes)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := wire.Line(tt.text, 40); got != tt.want {
				t.Errorf("line = %q; want %q", got, tt.want)
			}
		})
	}
}

func TestLines_KeepTheEnd(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"short", "a\n\tb\n", "a\n\tb\n"},
		{"other line ends", "a\r\nb", "a\nb"},
		{"an escape sequence", "\x1b[2J\nb", "\\x1b[2J\nb"},
		{"not UTF-8", "\xff\n", "\ufffd\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := wire.Lines(tt.text, 100); got != tt.want {
				t.Errorf("lines = %q; want %q", got, tt.want)
			}
		})
	}
	long := wire.Lines(strings.Repeat("first\n", 1000)+"ValueError: last", 100)
	if !strings.HasSuffix(long, "ValueError: last") || !strings.Contains(long, "left out") || len(long) < 50 {
		t.Errorf("lines = %q; want the end, and a note of what is left out", long)
	}
}

func TestTexts_AreBoundedWhateverTheyAre(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := string(rapid.SliceOfN(rapid.Byte(), 0, 500).Draw(t, "text"))
		text += strings.Repeat(rapid.SampledFrom([]string{"\x00", "ä", "x", "\n"}).Draw(t, "more"), rapid.IntRange(0, 500).Draw(t, "times"))
		one, many := wire.Line(text, 100), wire.Lines(text, 100)
		if !isLine(one) || len(one) > 100 {
			t.Errorf("line = %q of %d bytes", one, len(one))
		}
		if !isLine(strings.NewReplacer("\n", "", "\t", "").Replace(many)) || len(many) > 100 {
			t.Errorf("lines = %q of %d bytes", many, len(many))
		}
	})
}

func isLine(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, unicode.IsControl)
}

// Every error of the package, made of texts that a worker or a caller has chosen to do harm.
func TestErrors_OneBoundedLine(t *testing.T) {
	bomb := strings.Repeat("\x1b[31mFAKE\n", 100_000)
	cause := errors.New(bomb)
	for _, err := range []error{
		&wire.ProtocolError{Field: "command", Seen: bomb, Allowed: "text", Bytes: []byte("\n\x1b")},
		&wire.LostError{Err: cause},
		&wire.HandshakeError{Stage: "READY", Err: cause},
		&wire.VersionError{Ours: 1, Theirs: make([]int, 100_000), SDK: bomb},
		&wire.CancelledError{Begun: true, Err: cause},
		&wire.CancelledError{Err: cause},
		&wire.NotSupportedError{What: bomb},
		&wire.NotSupportedError{What: bomb, Need: wire.CanStream},
		&wire.NotBegunError{Command: bomb, Session: bomb},
		&wire.RemoteError{Kind: wire.Kind(bomb), Message: bomb},
		&wire.RemoteError{Type: bomb, Message: bomb},
		&wire.LostError{Err: &wire.HandshakeError{Err: &wire.RemoteError{Message: bomb}}},
	} {
		t.Run(fmt.Sprintf("%T", err), func(t *testing.T) {
			if text := err.Error(); !isLine(text) || len(text) > wire.MaxError || !strings.HasPrefix(text, "wire: ") {
				t.Errorf("%d bytes, one line: %v: %.200q", len(text), isLine(text), text)
			}
		})
	}
}

// Workers of the three protocols that answer with an error made to do harm.
func TestRemoteError_TextsAreBoundedWhereTheyArrive(t *testing.T) {
	bomb := strings.Repeat(`\u001b[31mFAKE\n`, 50_000)
	fsm1 := wire.NewData(play(t, func(p peer) {
		p.says(wire.TypeError, p.reads(wire.TypeRequest).ID,
			`{"kind":"handler_error`+bomb+`","message":"`+bomb+`","type":"`+bomb+`","traceback":"`+bomb+`last"}`)
	}), 0)
	packet4 := wire.NewPacket4(bridge(t, packetProgram(func(id int, _ string, _ json.RawMessage) string {
		return fmt.Sprintf(`{"id":%d,"success":false,"error":"%s"}`, id, bomb)
	})), wire.Packet4Config{})
	jsonrpc := newJSONRPC(t, wire.JSONRPCConfig{}, rpcProgram(false, func(m rpc) string {
		return fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"error":{"code":1,"message":"%s","data":"%s"}}`, m.ID, bomb, bomb)
	}))
	for name, l := range map[string]interface {
		Exchange(ctx context.Context, r wire.Request) (wire.Response, error)
	}{"fsm1": fsm1, "packet4": packet4, "jsonrpc": jsonrpc} {
		t.Run(name, func(t *testing.T) {
			_, err := l.Exchange(t.Context(), predict)
			e := wantError[*wire.RemoteError](t, err)
			if len(e.Message) > wire.MaxMessage || len(e.Message) < wire.MaxMessage/2 || !isLine(e.Message) {
				t.Errorf("the message has %d bytes: %.100q", len(e.Message), e.Message)
			}
			if len(e.Type) > wire.MaxName || !isLine(e.Type) || len(e.Kind) > wire.MaxName {
				t.Errorf("the type has %d bytes, the kind %d", len(e.Type), len(e.Kind))
			}
			if len(e.Traceback) > wire.MaxTraceback || strings.Contains(e.Traceback, "\x1b") {
				t.Errorf("the traceback has %d bytes", len(e.Traceback))
			}
			if name == "fsm1" && (!strings.HasSuffix(e.Traceback, "FAKE\nlast") || len(e.Traceback) < wire.MaxTraceback/2) {
				t.Errorf("the traceback ends with %q", e.Traceback[max(0, len(e.Traceback)-20):])
			}
		})
	}
}

func TestPong_ReasonIsOneBoundedLine(t *testing.T) {
	control := wire.NewControl(play(t, func(p peer) {
		p.says(wire.TypePong, p.reads(wire.TypePing).ID, `{"ok":false,"reason":"`+strings.Repeat(`\u001b\n`, 5000)+`"}`)
	}))
	pong, err := control.Ping(t.Context())
	if err != nil || !isLine(pong.Reason) || len(pong.Reason) > wire.MaxMessage || len(pong.Reason) < wire.MaxMessage/2 {
		t.Errorf("Ping = a reason of %d bytes, %v: %.60q", len(pong.Reason), err, pong.Reason)
	}
}

package frame_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/fsmgen/fsmgen/pool/internal/frame"
	"github.com/fsmgen/fsmgen/pool/internal/wiretest"
	"github.com/fsmgen/fsmgen/pool/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func drawFrame(t *rapid.T) frame.Frame {
	f := frame.Frame{
		Type:    frame.Type(rapid.IntRange(int(frame.TypeHello), int(frame.TypeBye)).Draw(t, "type")),
		ID:      rapid.Uint64().Draw(t, "id"),
		Meta:    rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "meta"),
		Payload: rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "payload"),
	}
	switch {
	case f.Type == frame.TypeCredit:
		f.Payload = rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "credit")
	case f.Type == frame.TypeChunk && rapid.Bool().Draw(t, "last"):
		f.Flags = frame.FlagLast
	case (f.Type == frame.TypeRequest || f.Type == frame.TypeResponse) && rapid.Bool().Draw(t, "shared"):
		f.Flags, f.Payload = frame.FlagShared, rapid.SliceOfN(rapid.Byte(), 12, 12).Draw(t, "place")
	}
	if len(f.Meta) > 0 {
		f.Flags |= frame.FlagMetadata
	}
	if f.Type == frame.TypeRequest {
		f.Command = rapid.String().Draw(t, "command")
		f.Session = rapid.String().Draw(t, "session")
		f.Generation = rapid.Uint64().Draw(t, "generation")
	}
	return f
}

func TestFrame_RoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := drawFrame(t)
		written, err := frame.Append([]byte("before"), f)
		if err != nil {
			t.Fatal(err)
		}
		got, err := from(bytes.TrimPrefix(written, []byte("before")), 0).ReadFrame()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(f, got, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	})
}

func FuzzDecode(f *testing.F) {
	v := wiretest.ReadVectors(f)
	for _, valid := range v.Valid {
		f.Add(wiretest.Unhex(f, valid.Hex)[4:])
	}
	for _, invalid := range v.Invalid {
		f.Add(wiretest.Unhex(f, invalid.Hex))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		decoded, err := frame.Decode(body)
		if err != nil {
			return
		}
		written, err := frame.Append(nil, decoded)
		if err != nil {
			t.Fatalf("Append(Decode(%x)) = %v", body, err)
		}
		if !bytes.Equal(written[4:], body) {
			t.Fatalf("Append(Decode(%x)) = %x", body, written[4:])
		}
	})
}

func TestAppend_Refusals(t *testing.T) {
	long := strings.Repeat("x", 1<<16)
	tests := []struct {
		name  string
		frame frame.Frame
		field string
	}{
		{"an unknown type", frame.Frame{Type: 99}, "type"},
		{"the end of a stream that is none", frame.Frame{Type: frame.TypePing, Flags: frame.FlagLast}, "flags"},
		{"an unknown flag", frame.Frame{Type: frame.TypeChunk, Flags: 0x80}, "flags"},
		{"a credit of no number", frame.Frame{Type: frame.TypeCredit}, "credit"},
		{"a place that is none", frame.Frame{Type: frame.TypeResponse, Flags: frame.FlagShared}, "shared"},
		{"a command on a response", frame.Frame{Type: frame.TypeResponse, Command: "c"}, "command and session"},
		{"a long command", frame.Frame{Type: frame.TypeRequest, Command: long}, "command"},
		{"a long session", frame.Frame{Type: frame.TypeRequest, Session: long}, "session"},
		{"a session that is not text", frame.Frame{Type: frame.TypeRequest, Session: "\xff"}, "session"},
		{"long metadata", frame.Frame{Type: frame.TypePing, Meta: []byte(long)}, "metadata"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := frame.Append([]byte("before"), tt.frame)
			if string(got) != "before" || wiretest.FieldOf(err) != tt.field {
				t.Errorf("Append = %q, %v; want dst unchanged and an error about %q", got, err, tt.field)
			}
		})
	}
}

func TestProtocolError_ShowsTheBytes(t *testing.T) {
	_, err := from([]byte("Traceback (most recent call last):\n"), 0).ReadFrame()
	wrong, ok := errors.AsType[*wire.ProtocolError](err)
	if !ok {
		t.Fatalf("ReadFrame = %v; want a *ProtocolError", err)
	}
	for _, part := range []string{"Traceback (most", hex.EncodeToString([]byte("Traceback")), "allowed is HELLO 1"} {
		if !strings.Contains(wrong.Error(), part) {
			t.Errorf("Error() = %q, without %q", wrong.Error(), part)
		}
	}
}

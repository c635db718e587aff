package wire_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/fsmgen/fsmgen/pool/wire"
)

// vectors is testdata/vectors.json, which every implementation of fsm1 has to agree with.
type vectors struct {
	Valid []struct {
		Name, Hex, Type  string
		ID               uint64
		Command, Session string
		Generation       uint64
		Meta, Payload    string
		PayloadHex       string `json:"payload_hex"`
		Last, Shared     bool
	}
	Invalid []struct {
		Name, Hex, Field string
		Limit            int
	}
}

func readVectors(t testing.TB) vectors {
	t.Helper()
	text, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

func unhex(t testing.TB, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// recorded is a stream that holds what a peer has sent before it went away.
type recorded struct{ io.Reader }

func (recorded) Write(p []byte) (int, error)      { return len(p), nil }
func (recorded) Close() error                     { return nil }
func (recorded) SetReadDeadline(time.Time) error  { return nil }
func (recorded) SetWriteDeadline(time.Time) error { return nil }
func from(b []byte, limit int) *wire.Conn         { return wire.NewConn(recorded{bytes.NewReader(b)}, limit) }
func named(t wire.Type, name string) bool         { return t.String() == name }
func payloadOf(t *testing.T, p, h string) []byte  { return append([]byte(p), unhex(t, h)...) }

func typeNamed(t *testing.T, name string) wire.Type {
	t.Helper()
	for typ := wire.TypeHello; typ <= wire.TypeDrop; typ++ {
		if named(typ, name) {
			return typ
		}
	}
	t.Fatalf("no type is called %s", name)
	return 0
}

func flagsOf(meta, last, shared bool) (flags wire.Flags) {
	for flag, set := range map[wire.Flags]bool{wire.FlagMetadata: meta, wire.FlagLast: last, wire.FlagShared: shared} {
		if set {
			flags |= flag
		}
	}
	return flags
}

func TestValidVectorsAreReadAndWritten(t *testing.T) {
	for _, v := range readVectors(t).Valid {
		t.Run(v.Name, func(t *testing.T) {
			want := wire.Frame{
				Type: typeNamed(t, v.Type), ID: v.ID,
				Command: v.Command, Session: v.Session, Generation: v.Generation,
				Meta: []byte(v.Meta), Payload: payloadOf(t, v.Payload, v.PayloadHex),
				Flags: flagsOf(v.Meta != "", v.Last, v.Shared),
			}
			written, err := wire.Append(nil, want)
			if err != nil || hex.EncodeToString(written) != v.Hex {
				t.Errorf("Append = %x, %v; want %s", written, err, v.Hex)
			}
			got, err := from(unhex(t, v.Hex), 0).ReadFrame()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("ReadFrame (-want +got):\n%s", diff)
			}
		})
	}
}

func TestInvalidVectorsNameWhatIsWrong(t *testing.T) {
	for _, v := range readVectors(t).Invalid {
		t.Run(v.Name, func(t *testing.T) {
			_, err := from(unhex(t, v.Hex), v.Limit).ReadFrame()
			if got := fieldOf(err); got != v.Field {
				t.Errorf("ReadFrame = %v, which is about %q; want %q", err, got, v.Field)
			}
		})
	}
}

func fieldOf(err error) string {
	if wrong, ok := errors.AsType[*wire.ProtocolError](err); ok {
		return wrong.Field
	}
	if large, ok := errors.AsType[*wire.TooLargeError](err); ok {
		return large.What
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return "end of stream"
	}
	return ""
}

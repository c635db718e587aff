package frame_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/fsmgen/fsmgen/pool/internal/frame"
	"github.com/fsmgen/fsmgen/pool/internal/wiretest"
)

func from(b []byte, limit int) *frame.Conn {
	return frame.NewConn(wiretest.Recorded{Reader: bytes.NewReader(b)}, limit)
}
func named(t frame.Type, name string) bool       { return t.String() == name }
func payloadOf(t *testing.T, p, h string) []byte { return append([]byte(p), wiretest.Unhex(t, h)...) }

func typeNamed(t *testing.T, name string) frame.Type {
	t.Helper()
	for typ := frame.TypeHello; typ <= frame.TypeDrop; typ++ {
		if named(typ, name) {
			return typ
		}
	}
	t.Fatalf("no type is called %s", name)
	return 0
}

func flagsOf(meta, last, shared bool) (flags frame.Flags) {
	for flag, set := range map[frame.Flags]bool{frame.FlagMetadata: meta, frame.FlagLast: last, frame.FlagShared: shared} {
		if set {
			flags |= flag
		}
	}
	return flags
}

func TestVectors_Valid(t *testing.T) {
	for _, v := range wiretest.ReadVectors(t).Valid {
		t.Run(v.Name, func(t *testing.T) {
			want := frame.Frame{
				Type: typeNamed(t, v.Type), ID: v.ID,
				Command: v.Command, Session: v.Session, Generation: v.Generation,
				Meta: []byte(v.Meta), Payload: payloadOf(t, v.Payload, v.PayloadHex),
				Flags: flagsOf(v.Meta != "", v.Last, v.Shared),
			}
			written, err := frame.Append(nil, want)
			if err != nil || hex.EncodeToString(written) != v.Hex {
				t.Errorf("Append = %x, %v; want %s", written, err, v.Hex)
			}
			got, err := from(wiretest.Unhex(t, v.Hex), 0).ReadFrame()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("ReadFrame (-want +got):\n%s", diff)
			}
		})
	}
}

func TestVectors_Invalid(t *testing.T) {
	for _, v := range wiretest.ReadVectors(t).Invalid {
		t.Run(v.Name, func(t *testing.T) {
			_, err := from(wiretest.Unhex(t, v.Hex), v.Limit).ReadFrame()
			if got := wiretest.FieldOf(err); got != v.Field {
				t.Errorf("ReadFrame = %v, which is about %q; want %q", err, got, v.Field)
			}
		})
	}
}

const documentPath = "../../../docs/wire.md"

func readDocument(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(documentPath)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var (
	example = regexp.MustCompile("(?s)```hex ([^\n]+)\n(.*?)```")
	remark  = regexp.MustCompile(`(?m)#.*$|\s`)
)

func TestDocument_ExamplesAreVectors(t *testing.T) {
	want := map[string]string{}
	for _, v := range wiretest.ReadVectors(t).Valid {
		want[v.Name] = v.Hex
	}
	examples := example.FindAllStringSubmatch(readDocument(t), -1)
	if len(examples) == 0 {
		t.Fatalf("%s has no examples", documentPath)
	}
	for _, e := range examples {
		if got := remark.ReplaceAllString(e[2], ""); got != want[e[1]] {
			t.Errorf("example %q is %s; the vector is %s", e[1], got, want[e[1]])
		}
	}
}

func TestDocument_EveryTypeHasAnExample(t *testing.T) {
	document := readDocument(t)
	shown := map[string]bool{}
	for _, v := range wiretest.ReadVectors(t).Valid {
		shown[v.Type] = shown[v.Type] || strings.Contains(document, "```hex "+v.Name+"\n")
	}
	for typ := frame.TypeHello; typ <= frame.TypeDrop; typ++ {
		if row := fmt.Sprintf("| %d | %v |", typ, typ); !strings.Contains(document, row) || !shown[typ.String()] {
			t.Errorf("row %q or an example of it is missing", row)
		}
	}
}

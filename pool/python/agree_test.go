package python_test

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fsmgen/fsmgen/pool/internal/frame"
	"github.com/fsmgen/fsmgen/pool/python"
	"github.com/fsmgen/fsmgen/pool/wire"
)

// decoder reads bodies of frames as the SDK does, and says what it has read, line by line.
const decoder = `
import json, sys
from fsmpool.frame import NAMES, ProtocolError, check_fixed, decode, encode

while True:
    size = sys.stdin.buffer.read(4)
    if not size:
        break
    data = size + sys.stdin.buffer.read(int.from_bytes(size, "big"))
    try:
        _, kind, frame_id = check_fixed(data + bytes(16))
        frame = decode(kind, frame_id, data)
        said = {
            "type": NAMES[frame.type], "id": str(frame.id), "command": frame.command, "session": frame.session,
            "generation": str(frame.generation), "meta": frame.meta.hex(), "payload": bytes(frame.payload).hex(),
            "flags": frame.flags, "again": encode(frame)[4:].hex(),
        }
    except ProtocolError as error:
        said = {"field": error.field}
    print(json.dumps(said), flush=True)
`

// reading is what a decoder makes of the body of a frame.
type reading struct {
	Field      string `json:"field"` // what is wrong with it, and nothing else
	Type       string `json:"type"`
	ID         string `json:"id"`
	Command    string `json:"command"`
	Session    string `json:"session"`
	Generation string `json:"generation"`
	Meta       string `json:"meta"`
	Payload    string `json:"payload"`
	Flags      int    `json:"flags"`
	Again      string `json:"again"` // what it encodes to
}

// ours is what this side reads.
func ours(t testing.TB, body []byte) reading {
	f, err := frame.Decode(body)
	if wrong, ok := errors.AsType[*wire.ProtocolError](err); ok {
		return reading{Field: wrong.Field}
	}
	written, err := frame.Append(nil, f)
	if err != nil {
		t.Fatal(err)
	}
	return reading{
		Type: f.Type.String(), ID: strconv.FormatUint(f.ID, 10), Command: f.Command, Session: f.Session,
		Generation: strconv.FormatUint(f.Generation, 10), Meta: hex.EncodeToString(f.Meta),
		Payload: hex.EncodeToString(f.Payload), Flags: int(f.Flags &^ frame.FlagMetadata), Again: hex.EncodeToString(written[4:]),
	}
}

// theirs asks the SDK, in a process of its own.
func theirs(t testing.TB) func(body []byte) reading {
	t.Helper()
	dir := t.TempDir()
	if err := python.Install(dir); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(interpreter(t), "-c", decoder)
	cmd.Env, cmd.Stderr = append(os.Environ(), "PYTHONPATH="+dir), os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(stdin.Close(), cmd.Wait()); err != nil {
			t.Error(err)
		}
	})
	lines := json.NewDecoder(bufio.NewReader(stdout))
	return func(body []byte) (said reading) {
		if err := errors.Join(send(stdin, body), lines.Decode(&said)); err != nil {
			t.Fatalf("%x: %v", body, err)
		}
		return said
	}
}

func send(w io.Writer, body []byte) error {
	_, err := w.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(body))), body...))
	return err
}

// vectorBodies are the frames of the vectors, valid and invalid, without their lengths.
func vectorBodies(t testing.TB) (bodies [][]byte) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "wire", "testdata", "vectors.json"))
	if err != nil {
		t.Fatal(err)
	}
	var v struct{ Valid, Invalid []struct{ Hex string } }
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	for _, one := range append(v.Valid, v.Invalid...) {
		frame, err := hex.DecodeString(one.Hex)
		if err != nil {
			t.Fatal(err)
		}
		bodies = append(bodies, frame[min(4, len(frame)):])
	}
	return bodies
}

// FuzzDecodersAgree feeds the decoder of the SDK with what the one of pool/wire is fed with.
func FuzzDecodersAgree(f *testing.F) {
	for _, body := range vectorBodies(f) {
		f.Add(body)
	}
	theirs := theirs(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		if diff := cmp.Diff(ours(t, body), theirs(body)); diff != "" {
			t.Errorf("%x (-Go +Python):\n%s", body, diff)
		}
	})
}

func TestDecoders_AgreeAboutGarbage(t *testing.T) {
	theirs, bodies := theirs(t), vectorBodies(t)
	random := rand.New(rand.NewPCG(1, 2))
	for range 5000 {
		body := garbled(random, bodies[random.IntN(len(bodies))])
		if diff := cmp.Diff(ours(t, body), theirs(body)); diff != "" {
			t.Fatalf("%x (-Go +Python):\n%s", body, diff)
		}
	}
}

// garbled returns body with a few bytes changed, most of them at its beginning, or with its end cut off.
func garbled(random *rand.Rand, body []byte) []byte {
	out := append([]byte(nil), body...)
	for range random.IntN(4) {
		if len(out) > 0 {
			out[random.IntN(min(len(out), 40))] = byte(random.IntN(256))
		}
	}
	if random.IntN(2) == 0 {
		out = out[:random.IntN(len(out)+1)]
	}
	return out
}

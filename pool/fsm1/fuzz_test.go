package fsm1_test

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/fsmgen/fsmgen/pool/fsm1"
	"github.com/fsmgen/fsmgen/pool/internal/frame"
	"github.com/fsmgen/fsmgen/pool/internal/wiretest"
	"github.com/fsmgen/fsmgen/pool/wire"
)

// Whatever a worker says after its handshake, an exchange and a stream end with an answer or a typed error.
func FuzzWorker(f *testing.F) {
	v := wiretest.ReadVectors(f)
	for _, valid := range v.Valid {
		frame := wiretest.Unhex(f, valid.Hex)
		f.Add(frame)
		if len(frame) > 12 {
			binary.BigEndian.PutUint64(frame[8:], 1)
			f.Add(frame)
		}
	}
	const ready = `{"commands":[]}`
	start, _ := frame.Append(nil, frame.Frame{Type: frame.TypeHello, Payload: []byte(`{"versions":[1],` + capable + `}`)})
	start, _ = frame.Append(start, frame.Frame{Type: frame.TypeReady, Payload: []byte(ready)})
	f.Fuzz(func(t *testing.T, said []byte) {
		d := fsm1.NewData(wiretest.Recorded{Reader: bytes.NewReader(append(bytes.Clone(start), said...))}, 0)
		if _, err := d.Handshake(t.Context(), wire.Welcome{Window: 1000}); err != nil {
			t.Fatal(err)
		}
		a, err := d.Stream(t.Context(), wire.Request{Command: "c", Checkpoint: true})
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = collect(a)
		wiretest.CheckTyped(t, err)
		_, err = d.Exchange(t.Context(), wire.Request{Command: "c"})
		wiretest.CheckTyped(t, err)
	})
}

func FuzzLog(f *testing.F) {
	f.Add(`{"time":"2026-11-21T20:15:30Z","level":"INFO","logger":"l","message":"m","attrs":{"a":[1,{"b":null}]}}`)
	f.Add("text")
	f.Fuzz(func(t *testing.T, payload string) {
		r := logged(t, payload)
		if r.Request != 7 {
			t.Fatalf("LOG = %+v; want it of request 7", r)
		}
		_ = r.Record()
	})
}

package wire_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"testing"
	"testing/iotest"
	"time"

	"github.com/fsmgen/fsmgen/pool/wire"
)

// A connection reads the same frames, and ends with the same error, however the bytes arrive; only the size of text that was
// printed onto it is judged as soon as there is a byte of it.
func FuzzConn(f *testing.F) {
	v := readVectors(f)
	var all []byte
	for _, valid := range v.Valid {
		all = append(all, unhex(f, valid.Hex)...)
		f.Add(unhex(f, valid.Hex))
	}
	f.Add(all)
	for _, invalid := range v.Invalid {
		f.Add(unhex(f, invalid.Hex))
	}
	f.Fuzz(func(t *testing.T, stream []byte) {
		const limit = 1 << 20
		together := frames(wire.NewConn(recorded{bytes.NewReader(stream)}, limit))
		single := frames(wire.NewConn(recorded{iotest.OneByteReader(bytes.NewReader(stream))}, limit))
		if len(together) != len(single) {
			t.Fatalf("%d frames at once, %d byte by byte", len(together), len(single))
		}
		for i := range together {
			if !bytes.Equal(together[i], single[i]) {
				t.Fatalf("frame %d: %x at once, %x byte by byte", i, together[i], single[i])
			}
		}
	})
}

// frames reads until an error, which has to be one of those that are told apart.
func frames(c *wire.Conn) (read [][]byte) {
	for {
		f, err := c.ReadFrame()
		if err != nil {
			if fieldOf(err) == "" && err != io.EOF {
				panic(fmt.Sprintf("ReadFrame = %v (%T)", err, err))
			}
			return read
		}
		written, err := wire.Append(nil, f)
		if err != nil {
			panic(err)
		}
		read = append(read, written)
	}
}

// Whatever a worker says after its handshake, an exchange and a stream end with an answer or a typed error.
func FuzzWorker(f *testing.F) {
	v := readVectors(f)
	for _, valid := range v.Valid {
		frame := unhex(f, valid.Hex)
		f.Add(frame)
		if len(frame) > 12 {
			binary.BigEndian.PutUint64(frame[8:], 1)
			f.Add(frame)
		}
	}
	const ready = `{"commands":[]}`
	start, _ := wire.Append(nil, wire.Frame{Type: wire.TypeHello, Payload: []byte(`{"versions":[1],` + capable + `}`)})
	start, _ = wire.Append(start, wire.Frame{Type: wire.TypeReady, Payload: []byte(ready)})
	f.Fuzz(func(t *testing.T, said []byte) {
		d := wire.NewData(recorded{bytes.NewReader(append(bytes.Clone(start), said...))}, 0)
		if _, err := d.Handshake(t.Context(), wire.Welcome{Window: 1000}); err != nil {
			t.Fatal(err)
		}
		a, err := d.Stream(t.Context(), wire.Request{Command: "c", Checkpoint: true})
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = collect(a)
		checkTyped(t, err)
		_, err = d.Exchange(t.Context(), wire.Request{Command: "c"})
		checkTyped(t, err)
	})
}

func checkTyped(t *testing.T, err error) {
	t.Helper()
	_, lost := errors.AsType[*wire.LostError](err)
	_, remote := errors.AsType[*wire.RemoteError](err)
	if err != nil && !lost && !remote {
		t.Fatalf("%v (%T)", err, err)
	}
}

// said is a program that has said b, and takes whatever it is told.
func said(b []byte) wire.Stdio {
	return wire.Stdio{Stdin: recorded{}, Stdout: recorded{bytes.NewReader(b)}}
}

func FuzzPacket4(f *testing.F) {
	for _, message := range []string{`{"id":0,"success":true,"result":[1]}`, `{"id":0,"success":false,"error":{}}`, `{"id":1}`, "", "{"} {
		f.Add(append(binary.BigEndian.AppendUint32(nil, uint32(len(message))), message...))
	}
	f.Add([]byte("hi"))
	f.Fuzz(func(t *testing.T, b []byte) {
		l := wire.NewPacket4(said(b), wire.Packet4Config{Limit: 1 << 20})
		for range 2 {
			_, err := l.Exchange(t.Context(), wire.Request{Command: "c"})
			checkTyped(t, err)
		}
	})
}

func FuzzJSONRPC(f *testing.F) {
	for _, message := range []string{`{"id":1,"result":[1]}`, `{"id":1,"error":{"code":1}}`, `{"method":"m"}`, `{"id":"a","method":"m"}`, "", "{"} {
		f.Add(fmt.Appendf(nil, "Content-Length: %d\r\n\r\n%s", len(message), message), true)
		f.Add([]byte(message+"\n"), false)
	}
	f.Fuzz(func(t *testing.T, b []byte, headers bool) {
		l := wire.NewJSONRPC(said(b), wire.JSONRPCConfig{Headers: headers, Limit: 1 << 20, Grace: time.Nanosecond})
		_, err := l.Exchange(t.Context(), wire.Request{Command: "c"})
		checkTyped(t, err)
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

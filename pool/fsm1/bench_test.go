package fsm1_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/fsmgen/fsmgen/pool/fsm1"
	"github.com/fsmgen/fsmgen/pool/internal/frame"
	"github.com/fsmgen/fsmgen/pool/internal/wiretest"
	"github.com/fsmgen/fsmgen/pool/wire"
)

// mirror is a stream whose other end answers every request at once: what is left is what an exchange costs by itself.
type mirror struct {
	wiretest.Recorded
	answer []byte
}

func newMirror(payload []byte) *mirror {
	answer := binary.BigEndian.AppendUint32(nil, uint32(12+len(payload)))
	answer = append(answer, byte(frame.TypeResponse), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	return &mirror{answer: append(answer, payload...)}
}

func (m *mirror) Write(p []byte) (int, error) {
	copy(m.answer[8:], p[8:16]) // the id
	return len(p), nil
}

func (m *mirror) Read(p []byte) (int, error) { return copy(p, m.answer), nil }

func BenchmarkExchange(b *testing.B) {
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	for _, size := range []int{100, 10_000} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			payload := bytes.Repeat([]byte("x"), size)
			d := fsm1.NewData(newMirror(payload), 0)
			r := wire.Request{Command: "echo", Payload: payload}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := d.Exchange(ctx, r); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// spring is a stream whose other end has shaken hands and sends pieces without end.
type spring struct {
	wiretest.Recorded
	start []byte
	piece []byte
	at    int
}

func (s *spring) Read(p []byte) (n int, err error) {
	if len(s.start) > 0 {
		n = copy(p, s.start)
		s.start = s.start[n:]
		return n, nil
	}
	for n < len(p) {
		took := copy(p[n:], s.piece[s.at:])
		n += took
		s.at = (s.at + took) % len(s.piece)
	}
	return n, nil
}

func BenchmarkStream(b *testing.B) {
	start, _ := frame.Append(nil, frame.Frame{Type: frame.TypeHello, Payload: []byte(`{"versions":[1],` + capable + `}`)})
	start, _ = frame.Append(start, frame.Frame{Type: frame.TypeReady, Payload: []byte(`{}`)})
	piece, err := frame.Append(nil, frame.Frame{Type: frame.TypeChunk, ID: 1, Payload: make([]byte, 1<<10)})
	if err != nil {
		b.Fatal(err)
	}
	d := fsm1.NewData(&spring{start: start, piece: piece}, 0)
	if _, err := d.Handshake(b.Context(), wire.Welcome{}); err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	a, err := d.Stream(ctx, wire.Request{Command: "count"})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := a.Next(); err != nil {
			b.Fatal(err)
		}
	}
}

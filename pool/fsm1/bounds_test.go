package fsm1_test

import (
	"bytes"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/fsmgen/fsmgen/pool/fsm1"
	"github.com/fsmgen/fsmgen/pool/internal/frame"
	"github.com/fsmgen/fsmgen/pool/internal/wiretest"
	"github.com/fsmgen/fsmgen/pool/wire"
)

func TestCredit_FloodIsAProtocolError(t *testing.T) {
	tests := []struct {
		name  string
		input bool
		frame func(first, id uint64) frame.Frame
		each  int // answers come behind so many frames
		lost  bool
	}{
		{"for a request that has ended", false, func(first, _ uint64) frame.Frame { return credit(first, 1) }, fsm1.MaxUseless, false},
		{"one more", false, func(first, _ uint64) frame.Frame { return credit(first, 1) }, fsm1.MaxUseless + 1, true},
		{"of no bytes", true, func(_, id uint64) frame.Frame { return credit(id, 0) }, fsm1.MaxUseless + 1, true},
		{"of more bytes than are on the way", true, func(_, id uint64) frame.Frame { return credit(id, 9) }, 1, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			everyMode(t, func(t *testing.T, slots int) {
				l, script := scripted(t, slots)
				script <- func(p peer) {
					first := p.reads(frame.TypeRequest).ID
					p.says(frame.TypeResponse, first, "1")
					for range 2 { // what is allowed once is allowed again
						f, err := p.conn.ReadFrame()
						if err != nil {
							return
						}
						flood, _ := frame.Append(nil, tt.frame(first, f.ID))
						_, err = p.raw.Write(bytes.Repeat(flood, tt.each))
						if err != nil {
							return
						}
						_ = p.conn.WriteFrame(frame.Frame{Type: frame.TypeResponse, ID: f.ID})
					}
				}
				if _, err := l.Exchange(t.Context(), wiretest.Predict); err != nil {
					t.Fatal(err)
				}
				for range 2 {
					r := wiretest.Predict
					if tt.input {
						r.Input = func(func([]byte, error) bool) { time.Sleep(time.Hour) }
					}
					_, err := l.Exchange(t.Context(), r)
					if !tt.lost {
						if err != nil {
							t.Errorf("Exchange = %v", err)
						}
						continue
					}
					wiretest.WantError[*wire.LostError](t, err)
				}
				time.Sleep(2 * time.Hour)
			})
		})
	}
}

func credit(id uint64, n byte) frame.Frame {
	return frame.Frame{Type: frame.TypeCredit, ID: id, Payload: []byte{0, 0, n, n}}
}

func TestPing_HalfAProbeIsFollowedByNothing(t *testing.T) {
	s := &wiretest.Halting{Stream: play(t, func(p peer) {
		for {
			if _, err := p.conn.ReadFrame(); err != nil {
				return
			}
			t.Error("the worker reads a frame; want half a one at most")
		}
	}), Room: 5}
	data, _ := pipes(t)
	l := fsm1.New(data, s, fsm1.Config{})
	defer l.Close()
	if _, err := l.Ping(t.Context()); err == nil {
		t.Fatal("Ping = nil")
	}
	s.Room = -1
	for range 2 {
		if _, err := l.Ping(t.Context()); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("Ping = %v; want the reason of the first", err)
		}
	}
}

func TestClose_Twice(t *testing.T) {
	ours, _ := wiretest.Sockets(t)
	control, _ := wiretest.Sockets(t)
	l := fsm1.New(ours, control, fsm1.Config{})
	for i := range 3 {
		if err := l.Close(); err != nil {
			t.Errorf("call %d of Close = %v", i+1, err)
		}
	}
}

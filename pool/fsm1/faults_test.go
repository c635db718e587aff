package fsm1_test

import (
	"errors"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fsmgen/fsmgen/pool/fsm1"
	"github.com/fsmgen/fsmgen/pool/internal/frame"
	"github.com/fsmgen/fsmgen/pool/internal/wiretest"
	"github.com/fsmgen/fsmgen/pool/wire"
)

// A worker that breaks while a request is in flight: its caller gets the right error in time, and the next one is refused instead of
// being served with what is left.
func TestFaults_EndTheirRequestOnly(t *testing.T) {
	half, _ := frame.Append(nil, frame.Frame{Type: frame.TypeResponse, ID: 1, Payload: []byte(`"never whole"`)})
	half = half[:len(half)/2]
	sends := func(b ...byte) func(peer) { return func(p peer) { p.sends(b) } }
	silence := func(peer) { time.Sleep(time.Hour) }
	leaves := func(p peer) { p.raw.Close() }
	tests := []struct {
		name   string
		faults []func(peer)
		check  func(error) bool
		waits  bool // only the caller's patience ends the request
	}{
		{"exits", []func(peer){leaves}, wiretest.Is(io.EOF), false},
		{"says nothing", []func(peer){silence}, wiretest.Is(wiretest.ErrPatience), true},
		{"half a frame, then silence", []func(peer){sends(half...), silence}, wiretest.Is(wiretest.ErrPatience), true},
		{"half a frame, then the end", []func(peer){sends(half...), leaves}, wiretest.Is(io.ErrUnexpectedEOF), false},
		{"a length that is too short", []func(peer){sends(0, 0, 0, 11), silence}, about("length"), false},
		{"a length of 4 GiB", []func(peer){sends(0xff, 0xff, 0xff, 0xff), silence}, about("length"), false},
		{"a whole head of 4 GiB", []func(peer){sends(head(0xff, byte(frame.TypeResponse))...), silence}, about("frame"), false},
		{"an unknown type", []func(peer){sends(head(0, 99)...), silence}, about("type"), false},
		{"a type at the wrong moment", []func(peer){sends(head(0, byte(frame.TypeReady))...), silence}, about("frame"), false},
		{"text", []func(peer){sends([]byte("warning: old\n")...), silence}, about("type"), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			everyMode(t, func(t *testing.T, slots int) {
				l, script := scripted(t, slots)
				script <- func(p peer) {
					p.reads(frame.TypeRequest)
					for _, fault := range tt.faults {
						fault(p)
					}
				}
				begin := time.Now()
				_, err := l.Exchange(wiretest.Impatient(t, time.Minute), wiretest.Predict)
				took := time.Since(begin)
				if lost := wiretest.WantError[*wire.LostError](t, err); lost.Sent != wire.SentUnknown || !tt.check(err) {
					t.Errorf("Exchange = %v (%T)", err, lost.Err)
				}
				if tt.waits != (took > 0) || took > time.Minute+wire.DefaultGrace {
					t.Errorf("Exchange took %v", took)
				}
				_, err = l.Exchange(t.Context(), wiretest.Predict)
				if lost := wiretest.WantError[*wire.LostError](t, err); lost.Sent != wire.NotSent {
					t.Errorf("the next request: %v; want not sent", err)
				}
			})
		})
	}
}

// head is the fixed part of a frame of nothing else, for request 1.
func head(firstOfLength, kind byte) []byte {
	return []byte{firstOfLength, 0, 0, 12, kind, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}
}

func about(field string) func(error) bool {
	return func(err error) bool { return wiretest.FieldOf(err) == field }
}

// An answer that comes although the request was cancelled, and the worker has said so.
func TestCancel_AnswerAfterCancelled(t *testing.T) {
	everyMode(t, func(t *testing.T, slots int) {
		l, script := scripted(t, slots)
		script <- func(p peer) {
			f := p.reads(frame.TypeRequest)
			time.Sleep(1500 * time.Millisecond)
			both, _ := frame.Append(nil, frame.Frame{Type: frame.TypeCancelled, ID: f.ID})
			both, _ = frame.Append(both, frame.Frame{Type: frame.TypeResponse, ID: f.ID, Payload: []byte(`"too late"`)})
			p.sends(both)
			_, _ = p.conn.ReadFrame()
		}
		_, err := l.Exchange(wiretest.Impatient(t, time.Second), wiretest.Predict)
		wiretest.WantError[*wire.CancelledError](t, err)
		synctest.Wait()
		got, err := l.Exchange(t.Context(), wiretest.Predict)
		if wiretest.WantError[*wire.LostError](t, err); got.Payload != nil {
			t.Errorf("the next request is answered with %s", got.Payload)
		}
	})
}

// A worker that never says HELLO, or stops half way through it.
func TestHandshake_StallEndsWithTheContext(t *testing.T) {
	for name, said := range map[string]string{"nothing": "", "half of HELLO": "\x00\x00\x00\x71\x01\x00"} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				data := fsm1.NewData(play(t, func(p peer) {
					p.sends([]byte(said))
					time.Sleep(time.Hour)
				}), 0)
				_, err := data.Handshake(wiretest.Impatient(t, time.Minute), wire.Welcome{})
				if e := wiretest.WantError[*wire.HandshakeError](t, err); e.Stage != "HELLO" || !errors.Is(err, wiretest.ErrPatience) {
					t.Errorf("Handshake = %v; want the cause, waiting for HELLO", err)
				}
				data.Close()
			})
		})
	}
}

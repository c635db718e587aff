package wire_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fsmgen/fsmgen/pool/wire"
)

func TestSingle_AnswerThenEnd(t *testing.T) {
	state := &wire.Snapshot{Payload: []byte("state")}
	a, err := wire.Single(wire.Response{Payload: []byte("1"), State: state}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := a.Next(); err != nil || string(got.Payload) != "1" || got.State != nil {
		t.Errorf("the first piece = %+v, %v; want the answer without the state", got, err)
	}
	for range 2 {
		if got, err := a.Next(); err != wire.EndOfStream || got.State != state {
			t.Errorf("after it: %+v, %v; want the state and the end", got, err)
		}
	}
	if err := a.Close(); err != nil {
		t.Error(err)
	}
}

func TestSingle_ClosedBeforeItsEnd(t *testing.T) {
	a, err := wire.Single(wire.Response{Payload: []byte("1")}, nil)
	if err := errors.Join(err, a.Close(), a.Close()); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := a.Next(); err != wire.ErrStreamClosed {
			t.Errorf("Next = %v; want %v", err, wire.ErrStreamClosed)
		}
	}
}

func TestSingle_Error(t *testing.T) {
	failed := errors.New("failed")
	if a, err := wire.Single(wire.Response{}, failed); a != nil || err != failed {
		t.Errorf("Single = %v, %v; want the error", a, err)
	}
}

func TestRemoteError_BoundedTexts(t *testing.T) {
	long := strings.Repeat("x", 100_000)
	tests := []struct {
		name    string
		in      wire.RemoteError
		kind    int // bytes that are left
		message int
		typ     int
		trace   int
	}{
		{"short", wire.RemoteError{Kind: "k", Message: "m", Type: "t", Traceback: "a\nb"}, 1, 1, 1, 3},
		{"control characters", wire.RemoteError{Message: "\x1b", Type: "\n", Traceback: "\x1b"}, 0, 4, 2, 4},
		{"long", wire.RemoteError{Kind: wire.Kind(long), Message: long, Type: long, Traceback: long}, 256, 4 << 10, 256, 32 << 10},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := tt.in.Bounded()
			want := []int{tt.kind, tt.message, tt.typ, tt.trace}
			if diff := cmp.Diff(want, []int{len(e.Kind), len(e.Message), len(e.Type), len(e.Traceback)}); diff != "" {
				t.Errorf("bytes of kind, message, type and traceback (-want +got):\n%s", diff)
			}
		})
	}
}

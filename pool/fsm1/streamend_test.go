package fsm1_test

import (
	"errors"
	"io"
	"testing"

	"github.com/fsmgen/fsmgen/pool/fsm1"
	"github.com/fsmgen/fsmgen/pool/internal/frame"
	"github.com/fsmgen/fsmgen/pool/internal/wiretest"
	"github.com/fsmgen/fsmgen/pool/wire"
)

// pieces is a stream of three pieces as a worker sends it, frame by frame.
func pieces(id uint64) (frames [][]byte) {
	for _, f := range []frame.Frame{
		{Type: frame.TypeChunk, Payload: []byte("1")},
		{Type: frame.TypeChunk, Payload: []byte("2")},
		{Type: frame.TypeSnapshot, Payload: []byte("state")},
		{Type: frame.TypeChunk, Flags: frame.FlagLast, Payload: []byte("3")},
	} {
		f.ID = id
		b, _ := frame.Append(nil, f)
		frames = append(frames, b)
	}
	return frames
}

// A worker that dies at every frame of a stream, and in the middle of every one: none of these is the end of a stream.
func TestStream_WorkerDiesAtAnyFrame(t *testing.T) {
	for cut := range 4 {
		for _, half := range []bool{false, true} {
			everyMode(t, func(t *testing.T, slots int) {
				l, script := scripted(t, slots)
				script <- func(p peer) {
					frames := pieces(p.reads(frame.TypeRequest).ID)
					for _, b := range frames[:cut] {
						p.sends(b)
					}
					if half {
						p.sends(frames[cut][:len(frames[cut])/2])
					}
					p.raw.Close()
				}
				a, err := l.Stream(t.Context(), wire.Request{Checkpoint: true})
				if err != nil {
					t.Fatal(err)
				}
				got, _, err := collect(a)
				lost := wiretest.WantError[*wire.LostError](t, err)
				if len(got) != min(cut, 2) || lost.Sent != wire.SentUnknown || errors.Is(err, wire.EndOfStream) {
					t.Errorf("dies at frame %d, half %v: %d pieces, %v; want the loss", cut, half, len(got), err)
				}
				if _, err := a.Next(); !errors.Is(err, lost) {
					t.Errorf("another Next = %v; want the same", err)
				}
				_, err = l.Exchange(t.Context(), wiretest.Predict)
				if lost := wiretest.WantError[*wire.LostError](t, err); lost.Sent != wire.NotSent {
					t.Errorf("the next request: %v; want it not sent", err)
				}
			})
		}
	}
}

func TestStream_EndIsNotThatOfAConnection(t *testing.T) {
	if errors.Is(wire.EndOfStream, io.EOF) || errors.Is(io.EOF, wire.EndOfStream) {
		t.Errorf("%v is %v; want them told apart", wire.EndOfStream, io.EOF)
	}
}

// The slot is free with the last piece, without a call of Close.
func TestStream_SlotIsFreeWithTheLastFrame(t *testing.T) {
	ends := map[string]func(p peer, id uint64){
		"a last chunk": func(p peer, id uint64) {
			p.writes(frame.Frame{Type: frame.TypeChunk, Flags: frame.FlagLast, ID: id, Payload: []byte("x")})
		},
		"an empty one": func(p peer, id uint64) { p.writes(frame.Frame{Type: frame.TypeChunk, Flags: frame.FlagLast, ID: id}) },
		"a response":   func(p peer, id uint64) { p.says(frame.TypeResponse, id, "x") },
		"an error":     func(p peer, id uint64) { p.says(frame.TypeError, id, `{"kind":"handler_error","message":"no"}`) },
		"behind a piece": func(p peer, id uint64) {
			p.says(frame.TypeChunk, id, "x")
			p.writes(frame.Frame{Type: frame.TypeChunk, Flags: frame.FlagLast, ID: id})
		},
		"an error behind it": func(p peer, id uint64) {
			p.says(frame.TypeChunk, id, "x")
			p.says(frame.TypeError, id, `{"kind":"handler_error","message":"no"}`)
		},
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			everyMode(t, func(t *testing.T, slots int) {
				l, script := scripted(t, slots)
				var read []wire.Answers
				for range 2 * slots {
					script <- func(p peer) { end(p, p.reads(frame.TypeRequest).ID) }
					a, err := l.Stream(t.Context(), wiretest.Predict)
					if err != nil {
						t.Fatalf("Stream = %v; want a free slot", err)
					}
					for err == nil {
						_, err = a.Next()
						if _, failed := errors.AsType[*wire.RemoteError](err); err != nil && err != wire.EndOfStream && !failed {
							t.Errorf("Next = %v", err)
						}
					}
					read = append(read, a)
				}
				for _, a := range read { // changes nothing
					if err := errors.Join(a.Close(), a.Close()); err != nil {
						t.Error(err)
					}
				}
				script <- func(p peer) {
					var ids []uint64
					for range slots {
						ids = append(ids, p.reads(frame.TypeRequest).ID)
					}
					for _, id := range ids {
						p.says(frame.TypeResponse, id, "1")
					}
				}
				all := make(chan error)
				for range slots {
					go func() {
						_, err := l.Exchange(t.Context(), wiretest.Predict)
						all <- err
					}()
				}
				for range slots {
					if err := <-all; err != nil {
						t.Error(err)
					}
				}
			})
		})
	}
}

// A stream that is closed before its end has not come to its end.
func TestStream_NextBehindClose(t *testing.T) {
	everyMode(t, func(t *testing.T, slots int) {
		l := link(t, slots, fsm1.Config{}, wire.Welcome{Window: 1000})
		a, err := l.Stream(t.Context(), wire.Request{Command: "count", Payload: []byte("1000000 100")})
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(a.Close(), a.Close()); err != nil {
			t.Error(err)
		}
		for range 2 {
			if _, err := a.Next(); err != wire.ErrStreamClosed {
				t.Errorf("Next = %v; want %v", err, wire.ErrStreamClosed)
			}
		}
		echoes(t, l, `"next"`)
	})
	for name, read := range map[string]bool{"before its end": false, "at its end": true} {
		t.Run("a single answer closed "+name, func(t *testing.T) {
			a, err := wire.Single(wire.Response{Payload: []byte("1"), State: &wire.Snapshot{}}, nil)
			if err != nil {
				t.Fatal(err)
			}
			want := wire.ErrStreamClosed
			if read {
				want = wire.EndOfStream
				if piece, err := a.Next(); err != nil || piece.State != nil {
					t.Errorf("Next = %+v, %v; want the piece without the state", piece, err)
				}
			}
			a.Close()
			if end, err := a.Next(); err != want || end.State == nil {
				t.Errorf("Next = %+v, %v; want %v with the state", end, err, want)
			}
		})
	}
}

// Memory that one call has given for its answer is not that of the next, whatever ended the first.
func TestInto_EndsWithItsCall(t *testing.T) {
	for _, failed := range []bool{false, true} {
		l, script := scripted(t, 1)
		script <- func(p peer) {
			id := p.reads(frame.TypeRequest).ID
			if failed {
				p.says(frame.TypeError, id, `{"kind":"handler_error","message":"no"}`)
			} else {
				p.says(frame.TypeResponse, id, "first")
			}
			p.says(frame.TypeResponse, p.reads(frame.TypeRequest).ID, "answer")
		}
		into := make([]byte, 4000)
		r := wiretest.Predict
		r.Into = into
		if _, err := l.Exchange(t.Context(), r); (err != nil) != failed {
			t.Fatal(err)
		}
		a, err := l.Stream(t.Context(), wiretest.Predict)
		if err != nil {
			t.Fatal(err)
		}
		piece, err := a.Next()
		if err != nil {
			t.Fatal(err)
		}
		for i := range into {
			into[i] = 'X'
		}
		if string(piece.Payload) != "answer" {
			t.Errorf("the answer is %q; want it in memory of its own", piece.Payload)
		}
	}
}

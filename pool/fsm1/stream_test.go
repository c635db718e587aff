package fsm1_test

import (
	"bytes"
	"errors"
	"iter"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fsmgen/fsmgen/pool/fsm1"
	"github.com/fsmgen/fsmgen/pool/internal/frame"
	"github.com/fsmgen/fsmgen/pool/internal/wiretest"
	"github.com/fsmgen/fsmgen/pool/wire"
)

func TestStream_AnyWindow(t *testing.T) {
	everyMode(t, func(t *testing.T, slots int) {
		for _, window := range []int{1, 100, 64 << 10} {
			l := link(t, slots, fsm1.Config{}, wire.Welcome{Window: window})
			a, err := l.Stream(t.Context(), wire.Request{Command: "count", Payload: []byte("300 100")})
			if err != nil {
				t.Fatal(err)
			}
			pieces, _, err := collect(a)
			if err != nil || len(pieces) != 300 {
				t.Fatalf("%d pieces, %v; want 300", len(pieces), err)
			}
			for i, p := range pieces {
				if !bytes.Equal(p, bytes.Repeat([]byte{byte(i)}, 100)) {
					t.Fatalf("piece %d is %q", i, p)
				}
			}
			echoes(t, l, `"next"`)
		}
	})
}

func TestStream_SingleAnswer(t *testing.T) {
	everyMode(t, func(t *testing.T, slots int) {
		l := link(t, slots, fsm1.Config{}, wire.Welcome{})
		a, err := l.Stream(t.Context(), wire.Request{Command: "echo", Payload: []byte("7")})
		if err != nil {
			t.Fatal(err)
		}
		pieces, _, err := collect(a)
		if diff := cmp.Diff([][]byte{[]byte("7")}, pieces); diff != "" || err != nil {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
	})
}

func TestStream_ContentTypeOfTheFirstPiece(t *testing.T) {
	l, script := scripted(t, 1)
	script <- func(p peer) {
		id := p.reads(frame.TypeRequest).ID
		p.writes(frame.Frame{Type: frame.TypeChunk, ID: id, Meta: []byte(`{"content_type":"text/plain"}`), Payload: []byte("a")})
		p.writes(frame.Frame{Type: frame.TypeChunk, ID: id, Flags: frame.FlagLast, Payload: []byte("b")})
	}
	a, err := l.Stream(t.Context(), wiretest.Predict)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	for _, want := range []string{"a", "b"} {
		got, err := a.Next()
		if err != nil || string(got.Payload) != want || got.Meta.ContentType != "text/plain" {
			t.Errorf("Next = %+v, %v; want %s as text/plain", got, err, want)
		}
	}
	if _, err := a.Next(); err != wire.EndOfStream {
		t.Errorf("Next at the end = %v; want %v", err, wire.EndOfStream)
	}
}

func TestStream_CloseStopsTheWorker(t *testing.T) {
	everyMode(t, func(t *testing.T, slots int) {
		l := link(t, slots, fsm1.Config{}, wire.Welcome{Window: 1000})
		for range 3 {
			a, err := l.Stream(t.Context(), wire.Request{Command: "count", Payload: []byte("1000000 100")})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := a.Next(); err != nil {
				t.Fatal(err)
			}
			if err := a.Close(); err != nil {
				t.Fatalf("Close = %v", err)
			}
			time.Sleep(time.Minute) // longer than the worker had to stop
			echoes(t, l, `"next"`)
		}
	})
}

func TestStream_ContextEnds(t *testing.T) {
	everyMode(t, func(t *testing.T, slots int) {
		l := link(t, slots, fsm1.Config{}, wire.Welcome{Window: 1000})
		a, err := l.Stream(wiretest.Impatient(t, time.Second), wire.Request{Command: "count", Payload: []byte("1000000 100")})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Second)
		for err == nil {
			_, err = a.Next()
		}
		if e := wiretest.WantError[*wire.CancelledError](t, err); !errors.Is(e, wiretest.ErrPatience) {
			t.Errorf("Next = %v; want the cause", err)
		}
		if err := a.Close(); err != nil {
			t.Errorf("Close = %v", err)
		}
		echoes(t, l, `"next"`)
	})
}

func TestStream_WorkerDoesNotStop(t *testing.T) {
	everyMode(t, func(t *testing.T, slots int) {
		l := link(t, slots, fsm1.Config{}, wire.Welcome{})
		a, err := l.Stream(t.Context(), wire.Request{Command: "deaf"})
		if err != nil {
			t.Fatal(err)
		}
		wiretest.WantError[*wire.LostError](t, a.Close())
	})
}

func TestStream_Error(t *testing.T) {
	everyMode(t, func(t *testing.T, slots int) {
		l, script := scripted(t, slots)
		script <- func(p peer) {
			id := p.reads(frame.TypeRequest).ID
			p.says(frame.TypeChunk, id, "1")
			p.says(frame.TypeError, id, `{"kind":"handler_error","message":"half way"}`)
		}
		a, err := l.Stream(t.Context(), wiretest.Predict)
		if err != nil {
			t.Fatal(err)
		}
		pieces, _, err := collect(a)
		if e := wiretest.WantError[*wire.RemoteError](t, err); len(pieces) != 1 || e.Message != "half way" {
			t.Errorf("%d pieces, %v; want 1 and the error", len(pieces), err)
		}
	})
}

func TestStream_ChunkWithoutCredit(t *testing.T) {
	tests := []struct {
		name          string
		size, allowed int
	}{
		{"large", wire.DefaultWindow, 1},
		{"empty", 0, wire.DefaultWindow / 16},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l, script := scripted(t, 2)
				script <- func(p peer) {
					f := frame.Frame{Type: frame.TypeChunk, ID: p.reads(frame.TypeRequest).ID, Payload: make([]byte, tt.size)}
					for range tt.allowed + 1 {
						p.writes(f)
					}
				}
				a, err := l.Stream(t.Context(), wiretest.Predict)
				if err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
				pieces, _, err := collect(a)
				wiretest.WantError[*wire.LostError](t, err)
				if wiretest.WantError[*wire.ProtocolError](t, err); len(pieces) != tt.allowed {
					t.Errorf("%d pieces; want the %d that there was credit for", len(pieces), tt.allowed)
				}
			})
		})
	}
}

func TestStream_FramesThatCannotFollow(t *testing.T) {
	tests := map[string][]frame.Frame{
		"a response after a chunk": {{Type: frame.TypeChunk}, {Type: frame.TypeResponse}},
		"a second snapshot":        {{Type: frame.TypeSnapshot}, {Type: frame.TypeSnapshot}},
		"an import":                {{Type: frame.TypeImported}},
	}
	for name, said := range tests {
		t.Run(name, func(t *testing.T) {
			everyMode(t, func(t *testing.T, slots int) {
				l, script := scripted(t, slots)
				script <- func(p peer) {
					id := p.reads(frame.TypeRequest).ID
					for _, f := range said {
						f.ID = id
						p.writes(f)
					}
				}
				a, err := l.Stream(t.Context(), wire.Request{Checkpoint: true})
				if err != nil {
					t.Fatal(err)
				}
				_, _, err = collect(a)
				wiretest.WantError[*wire.LostError](t, err)
				wiretest.WantError[*wire.ProtocolError](t, err)
			})
		})
	}
}

func TestCheckpoint_EndOfAStream(t *testing.T) {
	everyMode(t, func(t *testing.T, slots int) {
		l := link(t, slots, fsm1.Config{}, wire.Welcome{})
		a, err := l.Stream(t.Context(), wire.Request{Command: "echo", Checkpoint: true})
		if err != nil {
			t.Fatal(err)
		}
		defer a.Close()
		if piece, err := a.Next(); err != nil || piece.State != nil {
			t.Errorf("the piece = %+v, %v; want it without a state", piece, err)
		}
		if end, err := a.Next(); err != wire.EndOfStream || end.State == nil {
			t.Errorf("the end = %+v, %v; want it with the state", end, err)
		}
	})
}

func TestStream_FatalEndAfterClose(t *testing.T) {
	everyMode(t, func(t *testing.T, slots int) {
		l, script := scripted(t, slots)
		script <- func(p peer) {
			id := p.reads(frame.TypeRequest).ID
			time.Sleep(time.Millisecond)
			p.says(frame.TypeSnapshot, id, "1")
			p.says(frame.TypeError, id, `{"kind":"handler_error","message":"no memory","fatal":true}`)
		}
		a, err := l.Stream(t.Context(), wire.Request{Checkpoint: true})
		if err != nil {
			t.Fatal(err)
		}
		if e := wiretest.WantError[*wire.RemoteError](t, a.Close()); e.Message != "no memory" {
			t.Errorf("Close = %v", e)
		}
	})
}

// A worker of one thread that writes before it reads, while the pool does both.
func TestStream_BothSidesWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, script := scripted(t, 1)
		script <- func(p peer) {
			id := p.reads(frame.TypeRequest).ID
			large := strings.Repeat(" ", wire.DefaultWindow/2)
			p.says(frame.TypeChunk, id, large)
			time.Sleep(time.Minute) // the pool wants to give credit back, and to send input
			p.says(frame.TypeChunk, id, large)
			p.writes(frame.Frame{Type: frame.TypeChunk, Flags: frame.FlagLast, ID: id})
			for err := error(nil); err == nil; {
				_, err = p.conn.ReadFrame()
			}
		}
		a, err := l.Stream(t.Context(), wire.Request{Input: numbered(2, 10, nil)})
		if err != nil {
			t.Fatal(err)
		}
		if pieces, _, err := collect(a); err != nil || len(pieces) != 2 {
			t.Errorf("%d pieces, %v; want 2", len(pieces), err)
		}
	})
}

func TestInput_ContentTypeInTheFirstPiece(t *testing.T) {
	l, script := scripted(t, 1)
	script <- func(p peer) {
		id := p.reads(frame.TypeRequest).ID
		for _, want := range []string{`{"content_type":"text/plain"}`, "", ""} {
			if f := p.reads(frame.TypeChunk); string(f.Meta) != want {
				t.Errorf("the metadata of a piece is %s; want %s", f.Meta, want)
			}
		}
		p.says(frame.TypeResponse, id, "1")
	}
	_, err := l.Exchange(t.Context(), wire.Request{Input: numbered(2, 10, nil), InputType: "text/plain"})
	if err != nil {
		t.Error(err)
	}
}

// numbered yields n pieces of size bytes, and then err if there is one.
func numbered(n, size int, err error) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for range n {
			if !yield(make([]byte, size), nil) {
				return
			}
		}
		if err != nil {
			yield(nil, err)
		}
	}
}

func TestInput_Whole(t *testing.T) {
	everyMode(t, func(t *testing.T, slots int) {
		for _, window := range []int{1, 500, 64 << 10} {
			l := link(t, slots, fsm1.Config{}, wire.Welcome{Window: window})
			got, err := l.Exchange(t.Context(), wire.Request{Command: "sum", Input: numbered(200, 100, nil)})
			if err != nil || string(got.Payload) != "20000" {
				t.Errorf("sum = %s, %v; want 20000", got.Payload, err)
			}
		}
	})
}

func TestStream_BothWays(t *testing.T) {
	everyMode(t, func(t *testing.T, slots int) {
		l := link(t, slots, fsm1.Config{}, wire.Welcome{Window: 300})
		for range 2 {
			a, err := l.Stream(t.Context(), wire.Request{Command: "sum", Input: numbered(200, 100, nil)})
			if err != nil {
				t.Fatal(err)
			}
			pieces, _, err := collect(a)
			if err != nil || len(pieces) != 201 || string(pieces[200]) != "20000" {
				t.Fatalf("%d pieces, %v; want 201 with the last 20000", len(pieces), err)
			}
			echoes(t, l, `"next"`)
		}
	})
}

func TestInput_Failure(t *testing.T) {
	everyMode(t, func(t *testing.T, slots int) {
		l := link(t, slots, fsm1.Config{}, wire.Welcome{})
		broken := errors.New("the disk is gone")
		_, err := l.Exchange(t.Context(), wire.Request{Command: "sum", Input: numbered(3, 10, broken)})
		if e := wiretest.WantError[*wire.CancelledError](t, err); !errors.Is(e, broken) {
			t.Errorf("Exchange = %v; want %v", err, broken)
		}
		echoes(t, l, `"next"`)
	})
}

func TestInput_NotRead(t *testing.T) {
	everyMode(t, func(t *testing.T, slots int) {
		l := link(t, slots, fsm1.Config{}, wire.Welcome{Window: 100})
		ended := make(chan bool)
		input := func(yield func([]byte, error) bool) {
			for yield(make([]byte, 50), nil) {
			}
			close(ended)
		}
		_, err := l.Exchange(t.Context(), wire.Request{Command: "fail", Input: input})
		wiretest.WantError[*wire.RemoteError](t, err)
		<-ended
		echoes(t, l, `"next"`)
	})
}

func TestStream_WorkerWithoutCapabilities(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		data := fsm1.NewData(play(t, func(p peer) {
			p.says(frame.TypeHello, 0, hello)
			p.reads(frame.TypeWelcome)
			p.says(frame.TypeReady, 0, `{}`)
			f := p.reads(frame.TypeRequest)
			if len(f.Meta) > 0 {
				t.Errorf("a worker without streams is told %s", f.Meta)
			}
			p.says(frame.TypeResponse, f.ID, "1")
		}), 0)
		if _, err := data.Handshake(t.Context(), wire.Welcome{}); err != nil {
			t.Fatal(err)
		}
		_, input := data.Exchange(t.Context(), wire.Request{Input: numbered(1, 1, nil)})
		_, checkpoint := data.Exchange(t.Context(), wire.Request{Checkpoint: true})
		_, export := data.Export(t.Context(), wire.Session{ID: "s"}, false)
		for _, err := range []error{input, checkpoint, export, data.Import(t.Context(), wire.Session{}, wire.Snapshot{})} {
			if wiretest.WantError[*wire.NotSupportedError](t, err); !errors.Is(err, wire.ErrNotSupported) {
				t.Errorf("%v is not %v", err, wire.ErrNotSupported)
			}
		}
		a, err := data.Stream(t.Context(), wiretest.Predict)
		if err != nil {
			t.Fatal(err)
		}
		if pieces, _, err := collect(a); err != nil || len(pieces) != 1 {
			t.Errorf("%d pieces, %v; want the answer", len(pieces), err)
		}
	})
}

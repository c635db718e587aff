package fsm1_test

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fsmgen/fsmgen/pool/fsm1"
	"github.com/fsmgen/fsmgen/pool/internal/frame"
	"github.com/fsmgen/fsmgen/pool/internal/wiretest"
	"github.com/fsmgen/fsmgen/pool/wire"
)

func TestMux_AllSlots(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := link(t, 3, fsm1.Config{}, wire.Welcome{})
		if l.Slots() != 3 {
			t.Fatalf("Slots = %d; want 3", l.Slots())
		}
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() {
				_, err := l.Exchange(wiretest.Impatient(t, time.Minute), wire.Request{Command: "wait"})
				wiretest.WantError[*wire.CancelledError](t, err)
			})
		}
		synctest.Wait()
		if _, err := l.Exchange(t.Context(), wiretest.Predict); err != wire.ErrInFlight {
			t.Errorf("the fourth: %v; want %v", err, wire.ErrInFlight)
		}
		all.Wait()
		echoes(t, l, `"next"`)
	})
}

func TestMux_AnyOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, script := scripted(t, 3)
		script <- func(p peer) {
			var asked [3]frame.Frame
			for i := range asked {
				asked[i] = p.reads(frame.TypeRequest)
			}
			for _, i := range []int{2, 0, 1} {
				p.writes(frame.Frame{Type: frame.TypeResponse, ID: asked[i].ID, Payload: asked[i].Payload})
			}
		}
		var all sync.WaitGroup
		for i := range 3 {
			all.Go(func() {
				payload := fmt.Sprint(i)
				got, err := l.Exchange(t.Context(), wire.Request{Command: "echo", Payload: []byte(payload)})
				if err != nil || string(got.Payload) != payload {
					t.Errorf("Exchange %s = %s, %v", payload, got.Payload, err)
				}
			})
		}
		all.Wait()
	})
}

func TestMux_UnrequestedAnswer(t *testing.T) {
	tests := []struct {
		name   string
		answer func(id uint64) []frame.Frame
	}{
		{"twice", func(id uint64) []frame.Frame {
			f := frame.Frame{Type: frame.TypeResponse, ID: id}
			return []frame.Frame{f, f}
		}},
		{"of the future", func(id uint64) []frame.Frame {
			return []frame.Frame{{Type: frame.TypeResponse, ID: id + 7}}
		}},
		{"a credit of the future", func(id uint64) []frame.Frame {
			return []frame.Frame{{Type: frame.TypeCredit, ID: id + 7, Payload: make([]byte, 4)}}
		}},
		{"a chunk that was not wanted", func(id uint64) []frame.Frame {
			return []frame.Frame{{Type: frame.TypeChunk, ID: id}}
		}},
		{"a credit that was not wanted", func(id uint64) []frame.Frame {
			return []frame.Frame{{Type: frame.TypeCredit, ID: id, Payload: make([]byte, 4)}}
		}},
		{"a snapshot that was not wanted", func(id uint64) []frame.Frame {
			return []frame.Frame{{Type: frame.TypeSnapshot, ID: id}}
		}},
		{"after an end of the connection", func(uint64) []frame.Frame {
			return []frame.Frame{{Type: frame.TypeError, Payload: []byte(`{"kind":"protocol_error","message":"x"}`)}}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			everyMode(t, func(t *testing.T, slots int) {
				l, script := scripted(t, slots)
				script <- func(p peer) {
					var together []byte
					for _, f := range tt.answer(p.reads(frame.TypeRequest).ID) {
						together, _ = frame.Append(together, f)
					}
					p.sends(together)
					_, _ = p.conn.ReadFrame()
				}
				_, err := l.Exchange(t.Context(), wiretest.Predict)
				synctest.Wait()
				if err == nil { // the wrong one came behind the right one
					_, err = l.Exchange(t.Context(), wiretest.Predict)
				}
				wiretest.WantError[*wire.LostError](t, err)
			})
		})
	}
}

func TestInput_LateCredit(t *testing.T) {
	everyMode(t, func(t *testing.T, slots int) {
		l, script := scripted(t, slots)
		script <- func(p peer) {
			id := p.reads(frame.TypeRequest).ID
			p.says(frame.TypeResponse, id, "1")
			id = p.reads(frame.TypeRequest).ID
			p.writes(frame.Frame{Type: frame.TypeCredit, ID: id - 1, Payload: make([]byte, 4)})
			p.says(frame.TypeResponse, id, "2")
		}
		for _, want := range []string{"1", "2"} {
			got, err := l.Exchange(t.Context(), wiretest.Predict)
			if err != nil || string(got.Payload) != want {
				t.Errorf("Exchange = %s, %v; want %s", got.Payload, err, want)
			}
		}
	})
}

func TestMux_WorkerEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, script := scripted(t, 3)
		script <- func(p peer) {
			for range 3 {
				p.reads(frame.TypeRequest)
			}
			p.raw.Close()
		}
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() {
				_, err := l.Exchange(t.Context(), wiretest.Predict)
				if lost := wiretest.WantError[*wire.LostError](t, err); lost.Sent != wire.SentUnknown || !errors.Is(err, io.EOF) {
					t.Errorf("Exchange = %v; want EOF and an unknown outcome", err)
				}
			})
		}
		all.Wait()
	})
}

func TestSessions_MoveFromWorkerToWorker(t *testing.T) {
	everyMode(t, func(t *testing.T, slots int) {
		one, other := link(t, slots, fsm1.Config{}, wire.Welcome{}), link(t, slots, fsm1.Config{}, wire.Welcome{})
		session := wire.Session{ID: "s-42", Generation: 3}
		if err := one.Import(t.Context(), session, wire.Snapshot{Payload: []byte(`{"n":1}`)}); err != nil {
			t.Fatal(err)
		}
		state, err := one.Export(t.Context(), session, true)
		if err == nil {
			err = other.Import(t.Context(), session, state)
		}
		if err != nil || string(state.Payload) != `{"n":1}` {
			t.Fatalf("Export = %s, %v", state.Payload, err)
		}
		_, err = one.Export(t.Context(), session, false)
		if e := wiretest.WantError[*wire.RemoteError](t, err); e.Kind != wire.KindNoSession {
			t.Errorf("after the drop: %v; want %s", err, wire.KindNoSession)
		}
		if state, err = other.Export(t.Context(), session, false); err != nil || string(state.Payload) != `{"n":1}` {
			t.Errorf("Export of the other = %s, %v", state.Payload, err)
		}
	})
}

func TestCheckpoint_ComesWithEveryEnd(t *testing.T) {
	everyMode(t, func(t *testing.T, slots int) {
		l := link(t, slots, fsm1.Config{}, wire.Welcome{})
		got, err := l.Exchange(t.Context(), wire.Request{Command: "echo", Checkpoint: true})
		if err != nil || got.State == nil || string(got.State.Payload) != "1" {
			t.Errorf("Exchange = %+v, %v; want the state 1", got, err)
		}
		got, err = l.Exchange(t.Context(), wire.Request{Command: "fail", Checkpoint: true})
		if wiretest.WantError[*wire.RemoteError](t, err); got.State == nil || string(got.State.Payload) != "2" {
			t.Errorf("Exchange = %+v, %v; want the state 2", got, err)
		}
		a, err := l.Stream(t.Context(), wire.Request{Command: "count", Payload: []byte("3 1"), Checkpoint: true})
		if err != nil {
			t.Fatal(err)
		}
		_, last, err := collect(a)
		if err != nil || last.State == nil || string(last.State.Payload) != "3" {
			t.Errorf("the end of the stream = %+v, %v; want the state 3", last, err)
		}
	})
}

func TestControl_DuringARequest(t *testing.T) {
	everyMode(t, func(t *testing.T, slots int) {
		l := link(t, slots, fsm1.Config{}, wire.Welcome{})
		a, err := l.Stream(t.Context(), wire.Request{Command: "wait"})
		if err != nil {
			t.Fatal(err)
		}
		if pong, err := l.Ping(t.Context()); err != nil || !pong.OK {
			t.Errorf("Ping = %+v, %v", pong, err)
		}
		if err := a.Close(); err != nil {
			t.Error(err)
		}
		if err := l.Shutdown(t.Context(), "done"); err != nil {
			t.Error(err)
		}
	})
}

func TestMux_WaitingToWriteEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, script := scripted(t, 2)
		first := make(chan error)
		go func() {
			_, err := l.Exchange(t.Context(), wiretest.Predict) // is written when the worker reads
			first <- err
		}()
		synctest.Wait()
		if _, err := l.Exchange(wiretest.Impatient(t, time.Second), wiretest.Predict); err != wiretest.ErrPatience {
			t.Errorf("the second request: %v; want %v alone", err, wiretest.ErrPatience)
		}
		script <- func(p peer) { p.says(frame.TypeResponse, p.reads(frame.TypeRequest).ID, "1") }
		if err := <-first; err != nil {
			t.Errorf("the first request: %v", err)
		}
	})
}

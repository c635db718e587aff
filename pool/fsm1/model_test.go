package fsm1_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/fsmgen/fsmgen/pool/fsm1"
	"github.com/fsmgen/fsmgen/pool/internal/frame"
	"github.com/fsmgen/fsmgen/pool/internal/wiretest"
	"github.com/fsmgen/fsmgen/pool/wire"
)

// act is one thing that a caller does with a link, and that has to end as it says.
type act struct {
	kind    string
	pieces  int
	size    int
	patient time.Duration // how long the caller waits; 0 for as long as it takes
	stopAt  int           // piece after which a stream is closed; negative for never
}

func drawAct(t *rapid.T) act {
	return act{
		kind:    rapid.SampledFrom([]string{"echo", "fail", "wait", "count", "sum", "both", "export"}).Draw(t, "kind"),
		pieces:  rapid.IntRange(0, 20).Draw(t, "pieces"),
		size:    rapid.IntRange(0, 300).Draw(t, "size"),
		patient: time.Duration(rapid.SampledFrom([]int{0, 0, 0, 1, 50}).Draw(t, "patience")) * time.Millisecond,
		stopAt:  rapid.SampledFrom([]int{-1, -1, 0, 3}).Draw(t, "stop"),
	}
}

// do plays the act as caller number id, and returns what was not as it has to be.
func (a act) do(ctx context.Context, l wire.Link, id int) error {
	if a.patient > 0 || a.kind == "wait" {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(ctx, a.patient+time.Millisecond)
		defer stop()
	}
	err := a.play(ctx, l, id)
	_, stopped := errors.AsType[*wire.CancelledError](err)
	if ctx.Err() != nil && (stopped || errors.Is(err, context.DeadlineExceeded)) {
		if lost, ok := errors.AsType[*wire.LostError](err); ok {
			return lost
		}
		return nil
	}
	return err
}

func (a act) play(ctx context.Context, l wire.Link, id int) error {
	switch a.kind {
	case "echo":
		want := fmt.Sprint(id)
		got, err := l.Exchange(ctx, wire.Request{Command: "echo", Payload: []byte(want)})
		if err == nil && string(got.Payload) != want {
			return fmt.Errorf("the answer to %s is %s", want, got.Payload)
		}
		return err
	case "fail":
		_, err := l.Exchange(ctx, wire.Request{Command: "fail"})
		if _, ok := errors.AsType[*wire.RemoteError](err); ok {
			return nil
		}
		return fmt.Errorf("fail ends with %w", err)
	case "wait":
		_, err := l.Exchange(ctx, wire.Request{Command: "wait"})
		return err
	case "sum":
		got, err := l.Exchange(ctx, wire.Request{Command: "sum", Input: numbered(a.pieces, a.size, nil)})
		if want := fmt.Sprint(a.pieces * a.size); err == nil && string(got.Payload) != want {
			return fmt.Errorf("the sum is %s: want %s", got.Payload, want)
		}
		return err
	case "export":
		_, err := l.Export(ctx, wire.Session{ID: "unknown"}, false)
		if _, ok := errors.AsType[*wire.RemoteError](err); ok {
			return nil
		}
		return fmt.Errorf("export ends with %w", err)
	}
	return a.stream(ctx, l)
}

func (a act) stream(ctx context.Context, l wire.Link) error {
	r, want := wire.Request{Command: "count", Payload: fmt.Append(nil, a.pieces, a.size)}, a.pieces
	if a.kind == "both" {
		r, want = wire.Request{Command: "sum", Input: numbered(a.pieces, a.size, nil)}, a.pieces+1
	}
	answers, err := l.Stream(ctx, r)
	if err != nil {
		return err
	}
	if a.stopAt >= 0 {
		for range min(a.stopAt, want) {
			if _, err := answers.Next(); err != nil {
				return errors.Join(err, answers.Close())
			}
		}
		return answers.Close()
	}
	pieces, _, err := collect(answers)
	if err == nil && len(pieces) != want {
		return fmt.Errorf("%d pieces: want %d", len(pieces), want)
	}
	return err
}

// Callers do what they like at the same time, as many as there are slots. Each gets what it asked for and no answer to another caller,
// and the worker, which insists on the rules, is as good as new.
func TestLink_RandomCallers(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		slots := rapid.IntRange(1, 4).Draw(r, "slots")
		window := rapid.SampledFrom([]int{1, 200, 5000}).Draw(r, "window")
		callers := make([][]act, slots)
		for i := range callers {
			callers[i] = rapid.SliceOfN(rapid.Custom(drawAct), 0, 8).Draw(r, "acts")
		}
		var failed []error
		synctest.Test(t, func(t *testing.T) {
			l := link(t, slots, fsm1.Config{}, wire.Welcome{Window: window})
			failed = playAll(t.Context(), l, callers)
			echoes(t, l, `"afterwards"`)
		})
		if len(failed) > 0 {
			r.Fatal(errors.Join(failed...))
		}
	})
}

func playAll(ctx context.Context, l wire.Link, callers [][]act) (failed []error) {
	var mu sync.Mutex
	var all sync.WaitGroup
	for i, acts := range callers {
		all.Go(func() {
			for n, a := range acts {
				if err := a.do(ctx, l, 100*i+n); err != nil {
					mu.Lock()
					failed = append(failed, fmt.Errorf("caller %d, %+v: %w", i, a, err))
					mu.Unlock()
				}
			}
		})
	}
	all.Wait()
	return failed
}

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

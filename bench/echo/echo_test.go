package echo

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fsmgen/fsmgen/bench/compare"
	"github.com/fsmgen/fsmgen/internal/proc"
	"github.com/fsmgen/fsmgen/pool/fsm1"
	"github.com/fsmgen/fsmgen/pool/wire"
)

// soon ends what would hang otherwise.
func soon(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func findPython(t *testing.T) *Python {
	t.Helper()
	p, err := FindPython(soon(t))
	if _, missing := errors.AsType[*proc.InterpreterError](err); missing {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

func TestEcho_EveryService(t *testing.T) {
	ctx := soon(t)
	bench, err := NewBench(ctx, findPython(t), 1, 2)
	if err != nil {
		t.Fatal(err)
	}
	reports, err := compare.Run(ctx, bench.Groups(ctx, time.Millisecond), 1, func(int) {})
	if err := errors.Join(err, bench.Close()); err != nil {
		t.Fatal(err)
	}
	for _, r := range reports {
		for _, row := range r.Rows {
			if perSecond := row.Values[throughputFigure][0]; perSecond <= 0 {
				t.Errorf("%s: %s: %v requests per second", r.Group.Title, row.Candidate.Name, perSecond)
			}
		}
	}
}

func TestBare_AnswerIsThatOfAWorker(t *testing.T) {
	p := findPython(t)
	bares, err := p.bares(1)
	if err != nil {
		t.Fatal(err)
	}
	workers, err := p.workers(soon(t), 1)
	if err != nil {
		t.Fatal(err)
	}
	loop := bares.clients[0].(*bare)
	raw := newBare(workers.clients[0].(*worker).process.Data(), nil)
	err = errors.Join(loop.echo(t.Context()), raw.echo(t.Context()), bares.close(), workers.close())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(raw.answer, loop.answer); diff != "" {
		t.Errorf("(-worker +bare loop):\n%s", diff)
	}
}

func TestBare_RequestIsThatOfALink(t *testing.T) {
	loop := newBare(nil, nil)
	var asked recorded
	_, err := fsm1.New(&asked, &recorded{}, fsm1.Config{}).Exchange(t.Context(), wire.Request{Command: "echo", Payload: message})
	if !errors.Is(err, io.EOF) {
		t.Fatalf("echo without an answer = %v; want EOF", err)
	}
	const id = 8 // where the id is in a frame, in bytes, and how long it is: it is another one in each connection
	copy(asked.Bytes()[id:2*id], loop.request[id:2*id])
	if diff := cmp.Diff(asked.Bytes(), loop.request); diff != "" {
		t.Errorf("(-worker +bare loop):\n%s", diff)
	}
}

// recorded is a stream without another end: it keeps what is written.
type recorded struct{ bytes.Buffer }

func (*recorded) Read([]byte) (int, error)         { return 0, io.EOF }
func (*recorded) Close() error                     { return nil }
func (*recorded) SetReadDeadline(time.Time) error  { return nil }
func (*recorded) SetWriteDeadline(time.Time) error { return nil }

func TestPercentiles_OfUnsortedValues(t *testing.T) {
	hundred := make([]time.Duration, 100)
	for i := range hundred {
		hundred[i] = time.Duration(i + 1)
	}
	tests := []struct {
		sorted []time.Duration
		p      int
		want   time.Duration
	}{
		{nil, 50, 0},
		{[]time.Duration{7}, 99, 7},
		{[]time.Duration{1, 2, 3}, 50, 2},
		{hundred, 50, 50},
		{hundred, 99, 99},
		{hundred, 100, 100},
	}
	for _, tt := range tests {
		if got := percentile(tt.sorted, tt.p); got != tt.want {
			t.Errorf("percentile %d of %d values = %d; want %d", tt.p, len(tt.sorted), got, tt.want)
		}
	}
}

func TestMeasure_FailingClient(t *testing.T) {
	s := service{clients: []client{working{}, failing{}}}
	if _, err := s.measure(t.Context(), time.Millisecond); !errors.Is(err, errFailing) {
		t.Errorf("measure = %v; want %v", err, errFailing)
	}
}

var errFailing = errors.New("failing")

type working struct{}

func (working) echo(context.Context) error { return nil }

type failing struct{}

func (failing) echo(context.Context) error { return errFailing }

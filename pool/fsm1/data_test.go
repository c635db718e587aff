package fsm1_test

import (
	"bytes"
	"context"
	"errors"
	"io"
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

func TestExchange_RequestAndAnswer(t *testing.T) {
	var seen frame.Frame
	data := fsm1.NewData(play(t, func(p peer) {
		seen = p.reads(frame.TypeRequest)
		p.writes(frame.Frame{
			Type: frame.TypeResponse, ID: seen.ID,
			Meta: []byte(`{"content_type":"application/octet-stream","unknown":true}`), Payload: []byte{0xff},
		})
	}), 0)
	got, err := data.Exchange(t.Context(), wire.Request{
		Command: "predict", Session: "s-42", Generation: 3,
		Meta: wire.Metadata{DeadlineMS: 1500}, Payload: []byte("in"),
	})
	if err != nil {
		t.Fatal(err)
	}
	want := wire.Response{Meta: wire.Metadata{ContentType: wire.ContentBytes}, Payload: []byte{0xff}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Response (-want +got):\n%s", diff)
	}
	request := frame.Frame{
		Type: frame.TypeRequest, Flags: frame.FlagMetadata, ID: seen.ID, Command: "predict", Session: "s-42", Generation: 3,
		Meta: []byte(`{"deadline_ms":1500}`), Payload: []byte("in"),
	}
	if diff := cmp.Diff(request, seen); diff != "" {
		t.Errorf("REQUEST (-want +got):\n%s", diff)
	}
}

func TestRequestIDs_GrowByStepsThatCannotBeGuessed(t *testing.T) {
	steps := map[uint64]bool{}
	for range 3 {
		data := fsm1.NewData(play(t, func(p peer) {
			last := uint64(0)
			for range 5 {
				f := p.reads(frame.TypeRequest)
				if f.ID <= last || f.ID >= 1<<53 {
					t.Errorf("id %d after %d; want it larger, and below 2^53", f.ID, last)
				}
				steps[f.ID-last] = true
				last = f.ID
				p.says(frame.TypeResponse, f.ID, "null")
			}
		}), 0)
		for range 5 {
			if _, err := data.Exchange(t.Context(), wiretest.Predict); err != nil {
				t.Fatal(err)
			}
		}
	}
	if len(steps) < 10 {
		t.Errorf("15 ids with %d different steps; want nearly as many as ids", len(steps))
	}
}

// A worker that answers before it is asked: with one slot nothing is read until there is a request.
func TestExchange_AnswerBeforeItsRequest(t *testing.T) {
	ours, theirs := wiretest.Sockets(t)
	data := fsm1.NewData(ours, 0)
	forged := make(chan struct{})
	go func() {
		p := peer{t, theirs, frame.NewConn(theirs, 0)}
		id := p.reads(frame.TypeRequest).ID
		p.says(frame.TypeResponse, id, "1")
		p.says(frame.TypeResponse, id+1, "forged")
		close(forged)
	}()
	if _, err := data.Exchange(t.Context(), wiretest.Predict); err != nil {
		t.Fatal(err)
	}
	<-forged
	got, err := data.Exchange(t.Context(), wiretest.Predict)
	wiretest.WantError[*wire.LostError](t, err)
	if wiretest.WantError[*wire.ProtocolError](t, err); got.Payload != nil {
		t.Errorf("Exchange = %q; want no answer", got.Payload)
	}
}

func TestExchange_RemoteError(t *testing.T) {
	data := fsm1.NewData(play(t, func(p peer) {
		id := p.reads(frame.TypeRequest).ID
		p.says(frame.TypeError, id, `{"kind":"handler_error","message":"empty","type":"ValueError","retryable":true,"traceback":"tb"}`)
		p.says(frame.TypeResponse, p.reads(frame.TypeRequest).ID, "null")
	}), 0)
	_, err := data.Exchange(t.Context(), wiretest.Predict)
	want := &wire.RemoteError{
		Kind: wire.KindHandlerError, Message: "empty", Type: "ValueError", Retryable: true, Traceback: "tb",
	}
	if diff := cmp.Diff(want, wiretest.WantError[*wire.RemoteError](t, err)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, lost := errors.AsType[*wire.LostError](err); lost {
		t.Errorf("%v says that the connection is lost", err)
	}
	if _, err := data.Exchange(t.Context(), wiretest.Predict); err != nil {
		t.Errorf("the next request: %v", err)
	}
}

func TestExchange_BrokenProtocol(t *testing.T) {
	tests := []struct {
		name   string
		answer frame.Frame
	}{
		{"the id of another request", frame.Frame{Type: frame.TypeResponse, ID: 7}},
		{"the id of the connection", frame.Frame{Type: frame.TypeResponse}},
		{"a type that is no answer", frame.Frame{Type: frame.TypeReady, ID: 1}},
		{"an error that is not JSON", frame.Frame{Type: frame.TypeError, ID: 1, Payload: []byte("oops")}},
		{"metadata that is not JSON", frame.Frame{Type: frame.TypeResponse, ID: 1, Meta: []byte("oops")}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			data := fsm1.NewData(play(t, func(p peer) {
				answer, id := tt.answer, p.reads(frame.TypeRequest).ID
				if answer.ID == 1 {
					answer.ID = id
				}
				p.writes(answer)
			}), 0)
			_, err := data.Exchange(t.Context(), wiretest.Predict)
			wiretest.WantError[*wire.ProtocolError](t, err)
			if lost := wiretest.WantError[*wire.LostError](t, err); lost.Sent != wire.SentUnknown {
				t.Errorf("Sent = %v; want %v", lost.Sent, wire.SentUnknown)
			}
			_, err = data.Exchange(t.Context(), wiretest.Predict)
			if lost := wiretest.WantError[*wire.LostError](t, err); lost.Sent != wire.NotSent {
				t.Errorf("after that Sent = %v; want %v", lost.Sent, wire.NotSent)
			}
		})
	}
}

func TestExchange_ErrorAboutTheConnection(t *testing.T) {
	data := fsm1.NewData(play(t, func(p peer) {
		p.reads(frame.TypeRequest)
		p.says(frame.TypeError, 0, `{"kind":"protocol_error","message":"type: 99"}`)
	}), 0)
	_, err := data.Exchange(t.Context(), wiretest.Predict)
	if wiretest.WantError[*wire.LostError](t, err); wiretest.WantError[*wire.RemoteError](t, err).Kind != wire.KindProtocol {
		t.Errorf("%v is not of kind %s", err, wire.KindProtocol)
	}
}

func TestExchange_RequestOverTheLimit(t *testing.T) {
	data := fsm1.NewData(play(t, func(p peer) {
		f := p.reads(frame.TypeRequest)
		p.says(frame.TypeResponse, f.ID, "null")
	}), fsm1.MinLimit)
	large := wiretest.Predict
	large.Payload = bytes.Repeat([]byte("x"), fsm1.MinLimit)
	_, err := data.Exchange(t.Context(), large)
	wiretest.WantError[*wire.TooLargeError](t, err)
	if _, lost := errors.AsType[*wire.LostError](err); lost {
		t.Errorf("%v says that the connection is lost", err)
	}
	notText := wiretest.Predict
	notText.Session = "\xff"
	_, err = data.Exchange(t.Context(), notText)
	wiretest.WantError[*wire.ProtocolError](t, err)
	if _, err := data.Exchange(t.Context(), wiretest.Predict); err != nil {
		t.Errorf("the next request: %v", err)
	}
}

func TestExchange_AnswerOverTheLimit(t *testing.T) {
	data := fsm1.NewData(play(t, func(p peer) {
		p.reads(frame.TypeRequest)
		p.sends(wiretest.Unhex(t, "7fffffff"+"050000000000000000000001"))
	}), fsm1.MinLimit)
	_, err := data.Exchange(t.Context(), wiretest.Predict)
	wiretest.WantError[*wire.LostError](t, err)
	if large := wiretest.WantError[*wire.TooLargeError](t, err); large.Limit != fsm1.MinLimit {
		t.Errorf("%v; want the limit %d", large, fsm1.MinLimit)
	}
}

func TestExchange_WorkerGoneAfterReading(t *testing.T) {
	ours, theirs := wiretest.Sockets(t)
	data := fsm1.NewData(ours, 0)
	go func() {
		defer theirs.Close()
		if _, err := frame.NewConn(theirs, 0).ReadFrame(); err != nil {
			t.Error(err)
		}
	}()
	_, err := data.Exchange(t.Context(), wiretest.Predict)
	if lost := wiretest.WantError[*wire.LostError](t, err); lost.Sent != wire.SentUnknown || !errors.Is(err, io.EOF) {
		t.Errorf("%v; want %v and EOF", err, wire.SentUnknown)
	}
}

func TestExchange_WorkerGoneBefore(t *testing.T) {
	ours, theirs := wiretest.Sockets(t)
	theirs.Close()
	_, err := fsm1.NewData(ours, 0).Exchange(t.Context(), wiretest.Predict)
	if lost := wiretest.WantError[*wire.LostError](t, err); lost.Sent != wire.NotSent {
		t.Errorf("%v; want %v", err, wire.NotSent)
	}
}

func TestExchange_ContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		data := fsm1.NewData(play(t, func(p peer) {
			p.reads(frame.TypeRequest)
			time.Sleep(time.Minute) // longer than a caller waits
		}), 0)
		patience := errors.New("out of patience")
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, patience)
		defer cancel()
		_, err := data.Exchange(ctx, wiretest.Predict)
		if lost := wiretest.WantError[*wire.LostError](t, err); lost.Sent != wire.SentUnknown || !errors.Is(err, patience) {
			t.Errorf("%v; want %v and the cause", err, wire.SentUnknown)
		}
		_, err = data.Exchange(t.Context(), wiretest.Predict)
		if lost := wiretest.WantError[*wire.LostError](t, err); lost.Sent != wire.NotSent || !errors.Is(err, patience) {
			t.Errorf("after that %v; want %v and the first cause", err, wire.NotSent)
		}
	})
}

func TestExchange_ContextEndsDuringAWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		data := fsm1.NewData(play(t, func(peer) { time.Sleep(time.Minute) }), 0)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := data.Exchange(ctx, wiretest.Predict)
		if lost := wiretest.WantError[*wire.LostError](t, err); lost.Sent != wire.NotSent {
			t.Errorf("%v; want %v", err, wire.NotSent)
		}
	})
}

func TestExchange_ContextEndedBefore(t *testing.T) {
	data := fsm1.NewData(play(t, func(p peer) {
		f := p.reads(frame.TypeRequest)
		p.says(frame.TypeResponse, f.ID, "null")
	}), 0)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := data.Exchange(ctx, wiretest.Predict)
	if err != context.Canceled {
		t.Errorf("Exchange = %v; want %v alone", err, context.Canceled)
	}
	if _, err := data.Exchange(t.Context(), wiretest.Predict); err != nil {
		t.Errorf("the next request: %v", err)
	}
}

// cancelling ends a context at the moment when an answer has arrived.
type cancelling struct {
	wire.Stream
	cancel context.CancelFunc
}

func (c *cancelling) Read(p []byte) (int, error) {
	n, err := c.Stream.Read(p)
	c.cancel()
	return n, err
}

func TestExchange_ContextEndsWithTheAnswer(t *testing.T) {
	stream := &cancelling{Stream: play(t, func(p peer) {
		for range 100 {
			f := p.reads(frame.TypeRequest)
			p.says(frame.TypeResponse, f.ID, "null")
		}
	})}
	data := fsm1.NewData(stream, 0)
	for range 100 {
		ctx, cancel := context.WithCancel(t.Context())
		stream.cancel = cancel
		if _, err := data.Exchange(ctx, wiretest.Predict); err != nil {
			t.Fatal(err)
		}
	}
}

func TestExchange_SecondInFlight(t *testing.T) {
	read, answer := make(chan struct{}), make(chan struct{})
	data := fsm1.NewData(play(t, func(p peer) {
		f := p.reads(frame.TypeRequest)
		close(read)
		<-answer
		p.says(frame.TypeResponse, f.ID, "null")
	}), 0)
	first := make(chan error)
	go func() {
		_, err := data.Exchange(t.Context(), wiretest.Predict)
		first <- err
	}()
	<-read
	if _, err := data.Exchange(t.Context(), wiretest.Predict); err != wire.ErrInFlight {
		t.Errorf("the second request: %v; want %v", err, wire.ErrInFlight)
	}
	close(answer)
	if err := <-first; err != nil {
		t.Errorf("the first request: %v", err)
	}
}

func TestClose_EndsAnExchange(t *testing.T) {
	ours, theirs := wiretest.Sockets(t)
	data := fsm1.NewData(ours, 0)
	go func() {
		if _, err := frame.NewConn(theirs, 0).ReadFrame(); err != nil {
			t.Error(err)
		}
		data.Close()
	}()
	_, err := data.Exchange(t.Context(), wiretest.Predict)
	if lost := wiretest.WantError[*wire.LostError](t, err); lost.Sent != wire.SentUnknown {
		t.Errorf("%v; want %v", err, wire.SentUnknown)
	}
}

func TestPayload_LargeRoundTrip(t *testing.T) {
	ours, theirs := wiretest.Sockets(t)
	go func() {
		c := frame.NewConn(theirs, 0)
		f, err := c.ReadFrame()
		if err != nil {
			t.Error(err)
		}
		if err := c.WriteFrame(frame.Frame{Type: frame.TypeResponse, ID: f.ID, Payload: f.Payload}); err != nil {
			t.Error(err)
		}
	}()
	want := []byte(strings.Repeat("0123456789abcdef", 1<<17))
	got, err := fsm1.NewData(ours, 0).Exchange(t.Context(), wire.Request{Command: "echo", Payload: want})
	if err != nil || !bytes.Equal(want, got.Payload) {
		t.Errorf("Exchange = %d bytes, %v; want the same %d", len(got.Payload), err, len(want))
	}
}

func TestExchange_Into(t *testing.T) {
	data := fsm1.NewData(play(t, func(p peer) {
		for _, size := range []int{10, 20_000, 60_000} {
			f := p.reads(frame.TypeRequest)
			p.says(frame.TypeResponse, f.ID, strings.Repeat("x", size))
		}
	}), 0)
	into := make([]byte, 50_000)
	for _, tt := range []struct {
		size int
		fits bool
	}{{10, true}, {20_000, true}, {60_000, false}} {
		r := wiretest.Predict
		r.Into = into
		got, err := data.Exchange(t.Context(), r)
		if err != nil || string(got.Payload) != strings.Repeat("x", tt.size) {
			t.Fatalf("Exchange = %d bytes, %v; want %d", len(got.Payload), err, tt.size)
		}
		got.Payload[0] = 'y'
		if fits := bytes.Contains(into, []byte("y")); fits != tt.fits {
			t.Errorf("%d bytes are in the memory that was given: %v; want %v", tt.size, fits, tt.fits)
		}
		clear(into)
	}
}

func TestCheckpoint_NotInTheMemoryOfTheAnswer(t *testing.T) {
	l, script := scripted(t, 1)
	script <- func(p peer) {
		id := p.reads(frame.TypeRequest).ID
		p.says(frame.TypeSnapshot, id, "state")
		p.says(frame.TypeResponse, id, "answer")
	}
	got, err := l.Exchange(t.Context(), wire.Request{Checkpoint: true, Into: make([]byte, 1000)})
	if err != nil || string(got.State.Payload) != "state" || string(got.Payload) != "answer" {
		t.Errorf("Exchange = %s with the state %+v, %v", got.Payload, got.State, err)
	}
}

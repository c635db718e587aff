package wire_test

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

	"github.com/fsmgen/fsmgen/pool/wire"
)

var predict = wire.Request{Command: "predict", Payload: []byte(`{"text":"hi"}`)}

func TestExchangeSendsTheRequestAndReturnsItsAnswer(t *testing.T) {
	var seen wire.Frame
	data := wire.NewData(play(t, func(p peer) {
		seen = p.reads(wire.TypeRequest)
		p.writes(wire.Frame{
			Type: wire.TypeResponse, ID: seen.ID,
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
	request := wire.Frame{
		Type: wire.TypeRequest, Flags: wire.FlagMetadata, ID: seen.ID, Command: "predict", Session: "s-42", Generation: 3,
		Meta: []byte(`{"deadline_ms":1500}`), Payload: []byte("in"),
	}
	if diff := cmp.Diff(request, seen); diff != "" {
		t.Errorf("REQUEST (-want +got):\n%s", diff)
	}
}

func TestRequestIDs_GrowByStepsThatCannotBeGuessed(t *testing.T) {
	steps := map[uint64]bool{}
	for range 3 {
		data := wire.NewData(play(t, func(p peer) {
			last := uint64(0)
			for range 5 {
				f := p.reads(wire.TypeRequest)
				if f.ID <= last || f.ID >= 1<<53 {
					t.Errorf("id %d after %d; want it larger, and below 2^53", f.ID, last)
				}
				steps[f.ID-last] = true
				last = f.ID
				p.says(wire.TypeResponse, f.ID, "null")
			}
		}), 0)
		for range 5 {
			if _, err := data.Exchange(t.Context(), predict); err != nil {
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
	ours, theirs := sockets(t)
	data := wire.NewData(ours, 0)
	forged := make(chan struct{})
	go func() {
		p := peer{t, theirs, wire.NewConn(theirs, 0)}
		id := p.reads(wire.TypeRequest).ID
		p.says(wire.TypeResponse, id, "1")
		p.says(wire.TypeResponse, id+1, "forged")
		close(forged)
	}()
	if _, err := data.Exchange(t.Context(), predict); err != nil {
		t.Fatal(err)
	}
	<-forged
	got, err := data.Exchange(t.Context(), predict)
	wantError[*wire.LostError](t, err)
	if wantError[*wire.ProtocolError](t, err); got.Payload != nil {
		t.Errorf("Exchange = %q; want no answer", got.Payload)
	}
}

func TestAnErrorOfTheWorkerLeavesTheConnectionUsable(t *testing.T) {
	data := wire.NewData(play(t, func(p peer) {
		id := p.reads(wire.TypeRequest).ID
		p.says(wire.TypeError, id, `{"kind":"handler_error","message":"empty","type":"ValueError","retryable":true,"traceback":"tb"}`)
		p.says(wire.TypeResponse, p.reads(wire.TypeRequest).ID, "null")
	}), 0)
	_, err := data.Exchange(t.Context(), predict)
	want := &wire.RemoteError{
		Kind: wire.KindHandlerError, Message: "empty", Type: "ValueError", Retryable: true, Traceback: "tb",
	}
	if diff := cmp.Diff(want, wantError[*wire.RemoteError](t, err)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, lost := errors.AsType[*wire.LostError](err); lost {
		t.Errorf("%v says that the connection is lost", err)
	}
	if _, err := data.Exchange(t.Context(), predict); err != nil {
		t.Errorf("the next request: %v", err)
	}
}

func TestAnswersThatBreakTheProtocolLoseTheConnection(t *testing.T) {
	tests := []struct {
		name   string
		answer wire.Frame
	}{
		{"the id of another request", wire.Frame{Type: wire.TypeResponse, ID: 7}},
		{"the id of the connection", wire.Frame{Type: wire.TypeResponse}},
		{"a type that is no answer", wire.Frame{Type: wire.TypeReady, ID: 1}},
		{"an error that is not JSON", wire.Frame{Type: wire.TypeError, ID: 1, Payload: []byte("oops")}},
		{"metadata that is not JSON", wire.Frame{Type: wire.TypeResponse, ID: 1, Meta: []byte("oops")}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			data := wire.NewData(play(t, func(p peer) {
				answer, id := tt.answer, p.reads(wire.TypeRequest).ID
				if answer.ID == 1 {
					answer.ID = id
				}
				p.writes(answer)
			}), 0)
			_, err := data.Exchange(t.Context(), predict)
			wantError[*wire.ProtocolError](t, err)
			if lost := wantError[*wire.LostError](t, err); lost.Sent != wire.SentUnknown {
				t.Errorf("Sent = %v; want %v", lost.Sent, wire.SentUnknown)
			}
			_, err = data.Exchange(t.Context(), predict)
			if lost := wantError[*wire.LostError](t, err); lost.Sent != wire.NotSent {
				t.Errorf("after that Sent = %v; want %v", lost.Sent, wire.NotSent)
			}
		})
	}
}

func TestAnErrorAboutTheConnectionLosesIt(t *testing.T) {
	data := wire.NewData(play(t, func(p peer) {
		p.reads(wire.TypeRequest)
		p.says(wire.TypeError, 0, `{"kind":"protocol_error","message":"type: 99"}`)
	}), 0)
	_, err := data.Exchange(t.Context(), predict)
	if wantError[*wire.LostError](t, err); wantError[*wire.RemoteError](t, err).Kind != wire.KindProtocol {
		t.Errorf("%v is not of kind %s", err, wire.KindProtocol)
	}
}

func TestARequestOverTheLimitLeavesTheConnectionUsable(t *testing.T) {
	data := wire.NewData(play(t, func(p peer) {
		f := p.reads(wire.TypeRequest)
		p.says(wire.TypeResponse, f.ID, "null")
	}), wire.MinLimit)
	large := predict
	large.Payload = bytes.Repeat([]byte("x"), wire.MinLimit)
	_, err := data.Exchange(t.Context(), large)
	wantError[*wire.TooLargeError](t, err)
	if _, lost := errors.AsType[*wire.LostError](err); lost {
		t.Errorf("%v says that the connection is lost", err)
	}
	notText := predict
	notText.Session = "\xff"
	_, err = data.Exchange(t.Context(), notText)
	wantError[*wire.ProtocolError](t, err)
	if _, err := data.Exchange(t.Context(), predict); err != nil {
		t.Errorf("the next request: %v", err)
	}
}

func TestAnAnswerOverTheLimitLosesTheConnection(t *testing.T) {
	data := wire.NewData(play(t, func(p peer) {
		p.reads(wire.TypeRequest)
		p.sends(unhex(t, "7fffffff"+"050000000000000000000001"))
	}), wire.MinLimit)
	_, err := data.Exchange(t.Context(), predict)
	wantError[*wire.LostError](t, err)
	if large := wantError[*wire.TooLargeError](t, err); large.Limit != wire.MinLimit {
		t.Errorf("%v; want the limit %d", large, wire.MinLimit)
	}
}

func TestAWorkerThatGoesAwayWithTheRequestLeavesTheOutcomeUnknown(t *testing.T) {
	ours, theirs := sockets(t)
	data := wire.NewData(ours, 0)
	go func() {
		defer theirs.Close()
		if _, err := wire.NewConn(theirs, 0).ReadFrame(); err != nil {
			t.Error(err)
		}
	}()
	_, err := data.Exchange(t.Context(), predict)
	if lost := wantError[*wire.LostError](t, err); lost.Sent != wire.SentUnknown || !errors.Is(err, io.EOF) {
		t.Errorf("%v; want %v and EOF", err, wire.SentUnknown)
	}
}

func TestAWorkerThatIsGoneDidNotGetTheRequest(t *testing.T) {
	ours, theirs := sockets(t)
	theirs.Close()
	_, err := wire.NewData(ours, 0).Exchange(t.Context(), predict)
	if lost := wantError[*wire.LostError](t, err); lost.Sent != wire.NotSent {
		t.Errorf("%v; want %v", err, wire.NotSent)
	}
}

func TestTheEndOfTheContextEndsTheExchange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		data := wire.NewData(play(t, func(p peer) {
			p.reads(wire.TypeRequest)
			time.Sleep(time.Minute) // longer than anybody waits
		}), 0)
		patience := errors.New("out of patience")
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, patience)
		defer cancel()
		_, err := data.Exchange(ctx, predict)
		if lost := wantError[*wire.LostError](t, err); lost.Sent != wire.SentUnknown || !errors.Is(err, patience) {
			t.Errorf("%v; want %v and the cause", err, wire.SentUnknown)
		}
		_, err = data.Exchange(t.Context(), predict)
		if lost := wantError[*wire.LostError](t, err); lost.Sent != wire.NotSent || !errors.Is(err, patience) {
			t.Errorf("after that %v; want %v and the first cause", err, wire.NotSent)
		}
	})
}

func TestTheEndOfTheContextEndsAWriteThatBlocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		data := wire.NewData(play(t, func(peer) { time.Sleep(time.Minute) }), 0)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := data.Exchange(ctx, predict)
		if lost := wantError[*wire.LostError](t, err); lost.Sent != wire.NotSent {
			t.Errorf("%v; want %v", err, wire.NotSent)
		}
	})
}

func TestAContextThatEndedBeforeSendsNothing(t *testing.T) {
	data := wire.NewData(play(t, func(p peer) {
		f := p.reads(wire.TypeRequest)
		p.says(wire.TypeResponse, f.ID, "null")
	}), 0)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := data.Exchange(ctx, predict)
	if err != context.Canceled {
		t.Errorf("Exchange = %v; want %v alone", err, context.Canceled)
	}
	if _, err := data.Exchange(t.Context(), predict); err != nil {
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

func TestAContextThatEndsWithTheAnswerHarmsNothing(t *testing.T) {
	stream := &cancelling{Stream: play(t, func(p peer) {
		for range 100 {
			f := p.reads(wire.TypeRequest)
			p.says(wire.TypeResponse, f.ID, "null")
		}
	})}
	data := wire.NewData(stream, 0)
	for range 100 {
		ctx, cancel := context.WithCancel(t.Context())
		stream.cancel = cancel
		if _, err := data.Exchange(ctx, predict); err != nil {
			t.Fatal(err)
		}
	}
}

func TestASecondRequestIsRefusedWhileOneIsInFlight(t *testing.T) {
	read, answer := make(chan struct{}), make(chan struct{})
	data := wire.NewData(play(t, func(p peer) {
		f := p.reads(wire.TypeRequest)
		close(read)
		<-answer
		p.says(wire.TypeResponse, f.ID, "null")
	}), 0)
	first := make(chan error)
	go func() {
		_, err := data.Exchange(t.Context(), predict)
		first <- err
	}()
	<-read
	if _, err := data.Exchange(t.Context(), predict); err != wire.ErrInFlight {
		t.Errorf("the second request: %v; want %v", err, wire.ErrInFlight)
	}
	close(answer)
	if err := <-first; err != nil {
		t.Errorf("the first request: %v", err)
	}
}

func TestCloseEndsAnExchange(t *testing.T) {
	ours, theirs := sockets(t)
	data := wire.NewData(ours, 0)
	go func() {
		if _, err := wire.NewConn(theirs, 0).ReadFrame(); err != nil {
			t.Error(err)
		}
		data.Close()
	}()
	_, err := data.Exchange(t.Context(), predict)
	if lost := wantError[*wire.LostError](t, err); lost.Sent != wire.SentUnknown {
		t.Errorf("%v; want %v", err, wire.SentUnknown)
	}
}

func TestALargePayloadMakesTheRoundTrip(t *testing.T) {
	ours, theirs := sockets(t)
	go func() {
		c := wire.NewConn(theirs, 0)
		f, err := c.ReadFrame()
		if err != nil {
			t.Error(err)
		}
		if err := c.WriteFrame(wire.Frame{Type: wire.TypeResponse, ID: f.ID, Payload: f.Payload}); err != nil {
			t.Error(err)
		}
	}()
	want := []byte(strings.Repeat("0123456789abcdef", 1<<17))
	got, err := wire.NewData(ours, 0).Exchange(t.Context(), wire.Request{Command: "echo", Payload: want})
	if err != nil || !bytes.Equal(want, got.Payload) {
		t.Errorf("Exchange = %d bytes, %v; want the same %d", len(got.Payload), err, len(want))
	}
}

func TestAnAnswerGoesWhereItIsWanted(t *testing.T) {
	data := wire.NewData(play(t, func(p peer) {
		for _, size := range []int{10, 20_000, 60_000} {
			f := p.reads(wire.TypeRequest)
			p.says(wire.TypeResponse, f.ID, strings.Repeat("x", size))
		}
	}), 0)
	into := make([]byte, 50_000)
	for _, tt := range []struct {
		size int
		fits bool
	}{{10, true}, {20_000, true}, {60_000, false}} {
		r := predict
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

func TestTheStateIsNotWhereTheAnswerGoes(t *testing.T) {
	l, script := scripted(t, 1)
	script <- func(p peer) {
		id := p.reads(wire.TypeRequest).ID
		p.says(wire.TypeSnapshot, id, "state")
		p.says(wire.TypeResponse, id, "answer")
	}
	got, err := l.Exchange(t.Context(), wire.Request{Checkpoint: true, Into: make([]byte, 1000)})
	if err != nil || string(got.State.Payload) != "state" || string(got.Payload) != "answer" {
		t.Errorf("Exchange = %s with the state %+v, %v", got.Payload, got.State, err)
	}
}

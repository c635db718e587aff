package linktest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/fsmgen/fsmgen/pool/wire"
)

// cancelled cancels a request in every phase: while it is written, while it runs, and while its answer comes.
func cancelled(t *testing.T, w Worker) {
	for phase := range 4 {
		ctx, cancel := context.WithCancelCause(t.Context())
		command := "wait"
		var probed sync.WaitGroup
		switch phase {
		case 0:
			go cancel(errGivenUp)
		case 1:
			probed.Go(func() {
				_, _ = w.Ping(context.Background()) // by then the request is on its way
				cancel(errGivenUp)
			})
		default: // the answer may be quicker
			command = "echo"
			go cancel(errGivenUp)
		}
		_, err := w.Exchange(ctx, wire.Request{Command: command, Payload: []byte(`{}`)})
		probed.Wait()
		if errors.Is(err, wire.ErrInFlight) && phase == 1 { // a worker with one slot, which the probe had
			err = errGivenUp
		}
		_, stopped := errors.AsType[*wire.CancelledError](err)
		if quick := err == nil && command == "echo"; !quick && !(stopped && errors.Is(err, errGivenUp)) && err != errGivenUp {
			t.Errorf("phase %d: %v (%T); want it cancelled for %v", phase, err, err, errGivenUp)
		}
		cancel(nil)
		echoes(t, w)
	}
}

// held runs do while every slot has a request that waits.
func held(t *testing.T, w Worker, do func()) {
	ctx, cancel := context.WithCancelCause(t.Context())
	var all sync.WaitGroup
	started := make(chan struct{}, w.Slots())
	for range w.Slots() {
		all.Go(func() {
			started <- struct{}{}
			err := wire.ErrInFlight
			for err == wire.ErrInFlight { // what do tries may be there first
				_, err = w.Exchange(ctx, wire.Request{Command: "wait", Payload: []byte(`{}`)})
			}
			if !errors.Is(err, errGivenUp) {
				t.Errorf("wait = %v; want it cancelled", err)
			}
		})
	}
	for range w.Slots() {
		<-started
	}
	do()
	cancel(errGivenUp)
	all.Wait()
}

func probed(t *testing.T, w Worker) {
	held(t, w, func() {
		if pong, err := w.Ping(t.Context()); (err != nil || !pong.OK) && !errors.Is(err, wire.ErrInFlight) {
			t.Errorf("Ping = %+v, %v; want the worker well, or %v", pong, err, wire.ErrInFlight)
		}
	})
	if pong, err := w.Ping(t.Context()); err != nil || !pong.OK {
		t.Errorf("Ping = %+v, %v; want the worker well", pong, err)
	}
}

func oneTooMany(t *testing.T, w Worker) {
	held(t, w, func() {
		ctx, cancel := context.WithTimeout(t.Context(), guard)
		defer cancel()
		for { // until every slot is taken
			_, err := w.Exchange(ctx, wire.Request{Command: "echo", Payload: []byte("1")})
			if err == nil {
				continue
			}
			if err != wire.ErrInFlight {
				t.Errorf("a request more than there are slots: %v; want %v", err, wire.ErrInFlight)
			}
			return
		}
	})
}

func tokens(n int, then string) string { return fmt.Sprintf(`{"n":%d,"then":%q}`, n, then) }

// numbers are the pieces of a stream of n tokens.
func numbers(n int) (pieces []string) {
	for i := range n {
		pieces = append(pieces, fmt.Sprint(i))
	}
	return pieces
}

func streams() []operation {
	read := func(n int) operation {
		return operation{fmt.Sprintf("a stream of %d pieces", n), func(t *testing.T, w Worker) {
			a := stream(t, w, "tokens", tokens(n, "end"))
			if pieces, err := reads(a); err != wire.EndOfStream || !slices.Equal(pieces, numbers(n)) {
				t.Errorf("%d pieces, %v; want %d and the end", len(pieces), err, n)
			}
			full(t, w) // before Close
			closes(t, a)
		}}
	}
	leave := func(n int, then string) operation {
		return operation{fmt.Sprintf("a stream that is left after %d pieces and would %s", n, then), func(t *testing.T, w Worker) {
			a := stream(t, w, "tokens", tokens(n+1, then))
			for range n {
				if _, err := a.Next(); err != nil {
					t.Fatal(err)
				}
			}
			closes(t, a)
			if _, err := a.Next(); err != wire.ErrStreamClosed {
				t.Errorf("Next behind Close = %v; want %v", err, wire.ErrStreamClosed)
			}
		}}
	}
	fail := func(n int) operation {
		return operation{fmt.Sprintf("a stream that fails after %d pieces", n), func(t *testing.T, w Worker) {
			a := stream(t, w, "tokens", tokens(n, "fail"))
			pieces, err := reads(a)
			if _, ok := errors.AsType[*wire.RemoteError](err); !ok || !slices.Equal(pieces, numbers(n)) {
				t.Errorf("%d pieces, %v (%T); want %d and an error of the worker", len(pieces), err, err, n)
			}
			full(t, w) // before Close
			closes(t, a)
		}}
	}
	return []operation{
		read(0), read(1), read(5), read(1000), leave(0, "wait"), leave(3, "wait"), leave(2, "end"), fail(0), fail(3),
		{"a stream whose context ends", func(t *testing.T, w Worker) {
			ctx, cancel := context.WithCancelCause(t.Context())
			a, err := w.Stream(ctx, wire.Request{Command: "tokens", Payload: []byte(tokens(1, "wait"))})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := a.Next(); err != nil {
				t.Fatal(err)
			}
			cancel(errGivenUp)
			if _, err := a.Next(); !errors.Is(err, errGivenUp) {
				t.Errorf("Next = %v; want it cancelled", err)
			}
			full(t, w) // before Close
			closes(t, a)
		}},
	}
}

// ends are operations after which the worker is gone, or was killed.
func ends(s Subject, w Worker) []operation {
	list := []operation{
		{"the worker dies during a request", func(t *testing.T, w Worker) {
			_, err := w.Exchange(t.Context(), wire.Request{Command: "die", Payload: []byte(`{}`)})
			isLost(t, err, wire.SentUnknown)
			gone(t, w)
		}},
		{"the worker is killed", func(t *testing.T, w Worker) {
			w.Kill()
			_, err := w.Exchange(t.Context(), wire.Request{Command: "echo", Payload: []byte(`1`)})
			if _, ok := errors.AsType[*wire.LostError](err); !ok {
				t.Errorf("Exchange = %v (%T); want the loss", err, err)
			}
			gone(t, w)
		}},
		{"shutdown", func(t *testing.T, w Worker) {
			echoes(t, w)
			if err := w.Shutdown(t.Context(), "done"); err != nil {
				t.Errorf("Shutdown = %v", err)
			}
			closedTwice(t, w)
		}},
		{"close", func(t *testing.T, w Worker) {
			closedTwice(t, w)
			gone(t, w)
		}},
		{"close during a request", func(t *testing.T, w Worker) {
			done := make(chan error, 1)
			go func() {
				_, err := w.Exchange(context.WithoutCancel(t.Context()), wire.Request{Command: "wait", Payload: []byte(`{}`)})
				done <- err
			}()
			closedTwice(t, w)
			err := <-done
			if _, ok := errors.AsType[*wire.LostError](err); !ok {
				t.Errorf("Exchange = %v (%T); want the loss", err, err)
			}
			gone(t, w)
		}},
	}
	if !w.Can(wire.CanStream) {
		return list
	}
	for n := range 4 {
		list = append(list, operation{fmt.Sprintf("the worker dies after %d pieces of a stream", n), func(t *testing.T, w Worker) {
			a := stream(t, w, "tokens", tokens(n, "die"))
			pieces, err := reads(a)
			isLost(t, err, wire.SentUnknown)
			if errors.Is(err, wire.EndOfStream) || len(pieces) > n {
				t.Errorf("%d pieces, %v; want at most %d and the loss", len(pieces), err, n)
			}
			for range 2 {
				if _, ok := errors.AsType[*wire.LostError](a.Close()); !ok {
					t.Error("Close = nil; want the loss")
				}
			}
			gone(t, w)
		}})
	}
	return list
}

func closedTwice(t *testing.T, w Worker) {
	t.Helper()
	for range 2 {
		if err := w.Close(); err != nil {
			t.Errorf("Close = %v", err)
		}
	}
}

func isLost(t *testing.T, err error, sent wire.Sent) {
	t.Helper()
	if lost, ok := errors.AsType[*wire.LostError](err); !ok || lost.Sent != sent {
		t.Errorf("error = %v (%T); want the loss of a request %v", err, err, sent)
	}
}

// gone checks that a worker that was lost gets no further request.
func gone(t *testing.T, w Worker) {
	t.Helper()
	for range 2 {
		_, err := w.Exchange(t.Context(), wire.Request{Command: "echo", Payload: []byte(`1`)})
		isLost(t, err, wire.NotSent)
		_, err = w.Stream(t.Context(), wire.Request{Command: "echo", Payload: []byte(`1`)})
		isLost(t, err, wire.NotSent)
	}
}

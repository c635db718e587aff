package pool

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fsmgen/fsmgen/pool/wire"
)

// TestFunc_HandlerThatDoesNotStop serves nothing any more, and requests that had no handler have not run.
func TestFunc_HandlerThatDoesNotStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i, err := funcSource{handler: echo, grace: time.Second}.launch(1, "")
		if err != nil {
			t.Fatal(err)
		}
		defer i.release()
		if _, err := i.Handshake(t.Context(), wire.Welcome{Slots: 2}); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, errEnough)
		defer cancel()
		_, err = i.Exchange(ctx, wire.Request{Command: "wait"})
		if lost, ok := errors.AsType[*wire.LostError](err); !ok || lost.Sent != wire.SentUnknown || !errors.Is(err, errEnough) {
			t.Errorf("Exchange = %v; want the connection lost after the grace", err)
		}
		for range 2 {
			_, err = i.Exchange(t.Context(), wire.Request{Command: "echo"})
			if lost, ok := errors.AsType[*wire.LostError](err); !ok || lost.Sent != wire.NotSent {
				t.Errorf("Exchange = %v; want that nothing is sent", err)
			}
		}
		i.kill()
		_, err = i.Exchange(t.Context(), wire.Request{Command: "echo"})
		if lost, ok := errors.AsType[*wire.LostError](err); !ok || lost.Sent != wire.NotSent {
			t.Errorf("Exchange with a worker that is gone = %v; want that nothing is sent", err)
		}
		if _, err := i.Ping(t.Context()); err == nil {
			t.Error("a worker that is gone is well")
		}
	})
}

// TestFunc_AsManyRequestsAsSlots, and none more, also after some have ended.
func TestFunc_AsManyRequestsAsSlots(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i, err := funcSource{handler: echo, grace: time.Second}.launch(1, "")
		if err != nil {
			t.Fatal(err)
		}
		defer i.release()
		if _, err := i.Handshake(t.Context(), wire.Welcome{Slots: 2}); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			for range 2 {
				go func() { _, _ = i.Exchange(t.Context(), wire.Request{Command: "sleep"}) }()
			}
			synctest.Wait()
			if _, err := i.Exchange(t.Context(), wire.Request{Command: "echo"}); !errors.Is(err, wire.ErrInFlight) {
				t.Errorf("Exchange = %v; want ErrInFlight: both slots are taken", err)
			}
			time.Sleep(time.Second)
		}
	})
}

// TestFunc_AnswerDuringTheGrace of a handler that goes on although its caller has given up.
func TestFunc_AnswerDuringTheGrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ended := false
		i, err := funcSource{grace: time.Second, handler: func(ctx context.Context, r *Request) ([]byte, error) {
			<-ctx.Done()
			ended = true
			if time.Sleep(time.Second / 2); r.Command == "fail" {
				return nil, ctx.Err()
			}
			return []byte("late"), nil
		}}.launch(1, "")
		if err != nil {
			t.Fatal(err)
		}
		defer i.release()
		for _, command := range []string{"f", "fail"} {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			r, err := i.Exchange(ctx, wire.Request{Command: command})
			_, stopped := errors.AsType[*wire.CancelledError](err)
			if stopped != (command == "fail") || !stopped && string(r.Payload) != "late" || !ended {
				t.Errorf("%s: Exchange = %q, %v; want the answer, or that the handler has stopped", command, r.Payload, err)
			}
			cancel()
		}
	})
}

// TestFunc_EndOfTheWorker ends the context of its handlers, and a panic is the last that it prints.
func TestFunc_EndOfTheWorker(t *testing.T) {
	begun, ended := make(chan struct{}), make(chan struct{})
	p, err := Start(t.Context(), Config{Source: Func(func(ctx context.Context, r *Request) ([]byte, error) {
		if r.Command == "panic" {
			panic("told to")
		}
		close(begun)
		<-ctx.Done()
		close(ended)
		return nil, ctx.Err()
	}), Shutdown: Shutdown{ShutdownGrace: time.Millisecond}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Execute(t.Context(), "panic", nil); err == nil || !strings.HasSuffix(err.Error(), ": panic: told to") {
		t.Errorf("Execute = %v; want the panic at its end", err)
	}
	go func() { _, _ = p.Execute(context.WithoutCancel(t.Context()), "f", nil) }()
	<-begun
	if err := p.Close(t.Context()); err != nil {
		t.Error(err)
	}
	<-ended
}

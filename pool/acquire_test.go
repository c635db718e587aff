package pool

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fsmgen/fsmgen/pool/internal/core"
)

// TestCall_AnswerSaysWhichTypeItHas wraps the error of encoding/json.
func TestCall_AnswerSaysWhichTypeItHas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{})
		defer closePool(t, p)
		_, err := Call[string, int](t.Context(), p, "echo", "text", Session("s"))
		if !is[*AnswerError](err) || !is[*json.UnmarshalTypeError](err) || OutcomeOf(err) != OutcomeFailed {
			t.Errorf("Call = %v; want an *AnswerError with that of encoding/json", err)
		}
		if homeOf(p, "s") != 1 {
			t.Error("the session of a typed call is not known")
		}
	})
}

// TestQueue_TurnAndEndAtOnce has the turn of a request come at the moment at which its caller gives up.
func TestQueue_TurnAndEndAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{})
		defer closePool(t, p)
		for range 50 { // one of two events that are ready is chosen at random
			l := checkout(t, p)
			ctx, cancel := context.WithCancel(t.Context())
			q := newRequest(p.conf(), "f", nil, nil)
			at, rest, _ := p.tryAcquire(ctx, &call{Context: ctx}, &core.Request{})
			p.carryOut(rest)
			if err := l.Checkin(nil); err != nil {
				t.Fatal(err)
			}
			cancel()
			if err := p.queue(ctx, &q.options, at); !is[*WaitError](err) {
				t.Fatalf("queue = %v; want a *WaitError", err)
			}
			if s := p.Stats(); s.Busy != 0 || s.Waiting != 0 {
				t.Fatalf("%d slots are taken, %d requests wait; want none", s.Busy, s.Waiting)
			}
		}
	})
}

func TestQueue_WaitedInVain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{QueueTimeout: 3 * time.Second})
		defer closePool(t, p)
		l := checkout(t, p)
		_, err := p.Execute(t.Context(), "echo", nil)
		if wait, ok := errors.AsType[*WaitError](err); !ok || wait.Waited != 3*time.Second || !is[*TimeoutError](err) {
			t.Errorf("Execute = %+v; want a *WaitError after 3 s because of QueueTimeout", err)
		}
		if err := l.Checkin(nil); err != nil {
			t.Error(err)
		}
	})
}

// TestRefusal_AsTheCallerGetsIt has each refusal of the core.
func TestRefusal_AsTheCallerGetsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{Name: "p"})
		defer closePool(t, p)
		q := newRequest(p.conf(), "f", nil, []Option{Session("s")})
		for _, tt := range []struct {
			refusal core.Refusal
			want    error
		}{
			{core.Refusal{Kind: core.QueueFull, Queue: 3, Limit: 2}, &OverloadError{Pool: "p", Waiting: 3, Limit: 2}},
			{
				core.Refusal{Kind: core.TooLate, Queue: 3, Estimate: time.Minute, Left: time.Second},
				&OverloadError{Pool: "p", Waiting: 3, Estimate: time.Minute, Left: time.Second},
			},
			{core.Refusal{Kind: core.SessionBusy}, &SessionBusyError{Pool: "p", Session: "s"}},
			{core.Refusal{Kind: core.SessionLost}, &SessionLostError{Pool: "p", Session: "s"}},
		} {
			if got := p.refusal(&q.options, &tt.refusal, 0); !reflect.DeepEqual(got, tt.want) {
				t.Errorf("%+v: %+v; want %+v", tt.refusal, got, tt.want)
			}
		}
	})
}

package pool

import (
	"context"
	"errors"
	"reflect"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// TestCall_Deadline is the earlier one of the caller's and the limit's.
func TestCall_Deadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, tt := range []struct{ caller, limit, want time.Duration }{ // 0 for none
			{0, 0, 0},
			{time.Second, 0, time.Second},
			{0, time.Second, time.Second},
			{time.Second, time.Minute, time.Second},
			{time.Minute, time.Second, time.Second},
		} {
			ctx, cancel := t.Context(), func() {}
			if tt.caller > 0 {
				ctx, cancel = context.WithTimeout(ctx, tt.caller)
			}
			c := &call{Context: ctx}
			if tt.limit > 0 {
				c.until("RequestTimeout", tt.limit)
			}
			at, ok := c.Deadline()
			if ok != (tt.want > 0) || ok && time.Until(at) != tt.want {
				t.Errorf("%+v: the deadline is in %v, %v", tt, time.Until(at), ok)
			}
			cancel()
		}
	})
}

// TestCall_EndIsTold asks for the end of a call before and after it, in each way in which it can be asked for.
func TestCall_EndIsTold(t *testing.T) {
	late := &TimeoutError{What: "RequestTimeout"}
	for name, end := range map[string]struct {
		by   func(c *call, cancel context.CancelCauseFunc)
		want error
	}{
		"the caller":       {func(_ *call, cancel context.CancelCauseFunc) { cancel(errors.New("enough")) }, context.Canceled},
		"the limit":        {func(c *call, _ context.CancelCauseFunc) { c.overdue() }, late},
		"the limit, first": {func(c *call, cancel context.CancelCauseFunc) { c.overdue(); cancel(nil); c.end(errBroken) }, late},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(t.Context())
				defer cancel(nil)
				c := &call{Context: ctx, limit: *late}
				asked := c.Done()
				var mu sync.Mutex
				var told []string
				tell := func(name string) func() {
					return func() {
						mu.Lock()
						defer mu.Unlock()
						told = append(told, name)
					}
				}
				c.AfterFunc(tell("first"))
				stop := c.AfterFunc(tell("stopped"))
				c.AfterFunc(tell("second"))
				if !stop() || stop() {
					t.Error("stop = false before the end, or true twice")
				}
				if c.Err() != nil {
					t.Errorf("the call has ended with %v", c.Err())
				}
				end.by(c, cancel)
				synctest.Wait()
				<-asked
				<-c.Done()
				mu.Lock()
				defer mu.Unlock()
				if len(told) != 2 || !reflect.DeepEqual(c.Err(), end.want) {
					t.Errorf("%q are told, the call ended with %v; want the two that were not stopped, and %v", told, c.Err(), end.want)
				}
				ran := make(chan struct{})
				if c.AfterFunc(func() { close(ran) })() {
					t.Error("stop = true after the end")
				}
				<-ran
			})
		})
	}
}

// TestCall_EndThatWasNotAskedFor is known to the first question after it.
func TestCall_EndThatWasNotAskedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		late := &TimeoutError{What: "RequestTimeout"}
		ctx, cancel := context.WithCancel(t.Context())
		c := &call{Context: ctx, limit: *late}
		c.overdue()
		cancel()
		<-c.Done()
		if !reflect.DeepEqual(c.Err(), error(late)) {
			t.Errorf("the call ended with %v; want its limit, which came first", c.Err())
		}
	})
}

// TestCall_GaveUp has a request fail with each reason for which a call may end.
func TestCall_GaveUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		late, cause := &TimeoutError{What: "RequestTimeout"}, errors.New("enough")
		live := &call{Context: t.Context(), limit: *late}
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(cause)
		for _, tt := range []struct {
			name string
			call *call
			err  error
			want bool
		}{
			{"a call that goes on", live, late, false},
			{"the cause of the caller", &call{Context: ctx, limit: *late}, cause, true},
			{"the end of the caller", &call{Context: ctx}, context.Canceled, true},
			{"something else", &call{Context: ctx, limit: *late}, errBroken, false},
		} {
			if got := tt.call.gaveUp(tt.err); got != tt.want {
				t.Errorf("%s: gaveUp(%v) = %v; want %v", tt.name, tt.err, got, tt.want)
			}
		}
		live.overdue()
		if !live.gaveUp(live.Err()) || live.gaveUp(cause) {
			t.Error("a call that its limit has ended gave up because of something else")
		}
	})
}

// endless is a context that may end and does not. It counts what waits for its end.
type endless struct {
	context.Context
	done     chan struct{}
	watchers int
}

func (e *endless) Done() <-chan struct{} { return e.done }

func (e *endless) AfterFunc(func()) func() bool {
	e.watchers++
	return func() bool {
		e.watchers--
		return true
	}
}

// TestCall_LeavesNoWatchOnTheContext of its caller, which may live as long as the service.
func TestCall_LeavesNoWatchOnTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{})
		defer closePool(t, p)
		long := &endless{Context: context.WithoutCancel(t.Context()), done: make(chan struct{})}
		l, err := p.Checkout(long)
		if err != nil {
			t.Fatal(err)
		}
		if long.watchers != 1 {
			t.Errorf("%d watches for a lease; want 1", long.watchers)
		}
		for range 3 {
			if _, err := l.Execute(long, "echo", nil); err != nil {
				t.Fatal(err)
			}
		}
		if long.watchers != 1 {
			t.Errorf("%d watches after requests of a lease; want that of the lease", long.watchers)
		}
		if err := l.Checkin(nil); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if _, err := p.Execute(long, "echo", nil); err != nil {
				t.Fatal(err)
			}
			for _, err := range p.Stream(long, "echo", nil) {
				if err != nil {
					t.Fatal(err)
				}
			}
		}
		if long.watchers != 0 {
			t.Errorf("%d watches on the context; want none", long.watchers)
		}
	})
}

func TestCall_AnswerOfAnotherType(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{})
		defer closePool(t, p)
		_, err := Call[string, int](t.Context(), p, "echo", "three")
		if !is[*AnswerError](err) || OutcomeOf(err) != OutcomeFailed {
			t.Errorf("Call = %v; want an *AnswerError", err)
		}
		if got, err := Call[int, int](t.Context(), p, "echo", 3); err != nil || got != 3 {
			t.Errorf("Call = %d, %v; want 3", got, err)
		}
	})
}

package runtime_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	fsm "github.com/fsmgen/fsmgen/runtime"
)

func TestErrors_Texts(t *testing.T) {
	cause := errors.New("disk on fire")
	tests := []struct {
		err  error
		want string
	}{
		{&fsm.UnhandledError{Machine: "door", State: "open", Event: "lock"}, "fsm: door: event lock is not handled in state open, which handles none"},
		{&fsm.StoppedError{Machine: "door"}, "fsm: door: stopped"},
		{&fsm.StoppedError{Machine: "door", Cause: cause}, "fsm: door: stopped: disk on fire"},
		{&fsm.PanicError{Machine: "door"}, "fsm: door: a hook ended its goroutine"},
		{&fsm.PanicError{Machine: "door", Value: 7}, "fsm: door: a hook panicked: 7"},
		{
			&fsm.PanicError{Machine: "door", Hook: "Ring", Event: "knock", State: "open", Value: "no\nbell"},
			"fsm: door: hook Ring panicked on event knock in state open: no bell",
		},
		{&fsm.PanicError{Machine: "door", Hook: "Ring", State: "open"}, "fsm: door: hook Ring ended its goroutine in state open"},
		{&fsm.PanicError{Machine: "door", Value: strings.Repeat("x", 300)}, "fsm: door: a hook panicked: " + strings.Repeat("x", 200) + "..."},
		{&fsm.HookError{Machine: "door", Group: "Bolt"}, "fsm: door: hooks: Bolt is nil: every group needs an implementation"},
		{&fsm.ParamError{Machine: "door", Param: "Length", Value: 0, Bound: "at least 1"}, "fsm: door: params: Length is 0; want at least 1"},
		{
			&fsm.WaitError{Machine: "door", Withdrawn: true, Cause: cause},
			"fsm: door: call ended before its event was handled, which has been withdrawn: disk on fire",
		},
		{
			&fsm.WaitError{Machine: "door", Cause: cause},
			"fsm: door: call ended before its reply: the event may still be handled: disk on fire",
		},
		{
			&fsm.ReplyError{Machine: "door", State: "open", Event: "count", Err: errors.New("no\npaper")},
			"fsm: door: call count is handled in state open, but its reply failed: no paper",
		},
		{
			&fsm.ReplyError{Machine: "door", State: "open", Event: "count", Err: errors.New(strings.Repeat("x", 400))},
			"fsm: door: call count is handled in state open, but its reply failed: " + strings.Repeat("x", 300) + "...",
		},
		{
			&fsm.UnknownStateError{Machine: "door", Name: "ajar", States: []string{"open", "closed"}},
			`fsm: door: "ajar" is not a state; the states are open, closed`,
		},
		{
			&fsm.SnapshotError{Machine: "door", Field: "version", Got: "2", Want: "3"},
			"fsm: door: snapshot: version: got 2; want 3",
		},
	}
	for _, tt := range tests {
		if got := tt.err.Error(); got != tt.want {
			t.Errorf("text = %q; want %q", got, tt.want)
		}
	}
}

func TestErrors_Unwrap(t *testing.T) {
	cause := errors.New("disk on fire")
	crash := &fsm.PanicError{Machine: "door", Value: cause}
	stopped := &fsm.StoppedError{Machine: "door", Cause: crash}
	for _, target := range []error{cause, crash, fsm.ErrStopped} {
		if !errors.Is(stopped, target) {
			t.Errorf("%v does not match %v", stopped, target)
		}
	}
	if errors.Is(crash, fsm.ErrStopped) {
		t.Errorf("%v matches ErrStopped; only what came too late does", crash)
	}
}

func TestUnhandledError_NamesTheGuardsThatRefused(t *testing.T) {
	long := strings.Repeat("a and ", 20) + "a"
	for _, tt := range []struct {
		guards []string
		want   string
	}{
		{nil, "no guard held"},
		{[]string{"locked"}, "locked does not hold"},
		{[]string{"data.n >\n  3"}, "data.n > 3 does not hold"},
		{[]string{"has_key", "daytime"}, "none of has_key, daytime holds"},
		{[]string{"a", "b", "c", "d", "e", "f"}, "none of a, b, c, d, e, f holds"},
		{[]string{"a", "b", "c", "d", "e", "f", "g", "h"}, "none of a, b, c, d, e, f and 2 more holds"},
		{[]string{long}, long[:80] + "... does not hold"},
	} {
		err := &fsm.UnhandledError{Machine: "door", State: "open", Event: "close", Refused: true, Guards: tt.guards}
		if want := "fsm: door: event close is refused in state open: " + tt.want; err.Error() != want || err.Reason() != tt.want {
			t.Errorf("Error() = %q, Reason() = %q; want %q", err, err.Reason(), want)
		}
	}
	if err := (&fsm.UnhandledError{Allowed: []string{"close"}}); err.Reason() != "" {
		t.Errorf("Reason() of an event without guards = %q; want none", err.Reason())
	}
}

func TestErrors_TransitionsWithoutEventsAndChoices(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want string
	}{
		{
			&fsm.EventlessError{Machine: "door", State: "open"},
			"fsm: door: more than 1000 transitions without an event in a row, the last into state open: their guards must fail some time",
		},
		{
			&fsm.UnknownOutcomeError{Machine: "door", Choice: "way", Outcome: 9},
			"fsm: door: choice way: 9 is not one of its outcomes",
		},
	} {
		if got := tt.err.Error(); got != tt.want {
			t.Errorf("text = %q; want %q", got, tt.want)
		}
	}
}

func TestReplyError_WrapsTheErrorOfTheHook(t *testing.T) {
	refused := &fsm.UnhandledError{Machine: "stock", State: "empty", Event: "take"}
	err := error(&fsm.ReplyError{Machine: "door", Event: "count", Err: refused})
	if !errors.Is(err, refused) {
		t.Errorf("%v does not match %v", err, refused)
	}
	if inner, ok := errors.AsType[*fsm.UnhandledError](err); !ok || inner != refused {
		t.Errorf("the UnhandledError in it is %v; want %v", inner, refused)
	}
}

// A hook that calls another machine may return that machine's error. The caller must not take it for the error of its
// own call.
func TestReplyError_ErrorsAboutAnotherMachine(t *testing.T) {
	for _, about := range []error{fsm.ErrPending, fsm.ErrLater, fsm.ErrStopped, fsm.ErrMailboxFull, fsm.ErrReentrant} {
		inner := fmt.Errorf("ask the stock: %w", about)
		failure := &fsm.ReplyError{Machine: "door", Event: "count", Err: inner}
		if errors.Is(failure, about) {
			t.Errorf("%v matches %v", failure, about)
		}
		if failure.Err != inner || !strings.Contains(failure.Error(), about.Error()) {
			t.Errorf("%v does not say %v", failure, inner)
		}
	}
}

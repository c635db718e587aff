package pool

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/fsmgen/fsmgen/pool/internal/core"
	"github.com/fsmgen/fsmgen/pool/recovery"
	"github.com/fsmgen/fsmgen/pool/wire"
)

// TestErrors_WhatTheyMatchAndSayOfTheWork wraps each error, as callers do.
func TestErrors_WhatTheyMatchAndSayOfTheWork(t *testing.T) {
	over, cancel := context.WithCancel(t.Context())
	cancel()
	sentinels := []error{ErrClosed, ErrLeaseEnded, ErrOverload, ErrSessionLost}
	for _, tt := range []struct {
		err     error
		matches error // of the sentinels and the causes; nil for none
		outcome Outcome
		kind    recovery.Kind
	}{
		{&ClosedError{}, ErrClosed, OutcomeNotRun, recovery.NoWorker},
		{&WaitError{Err: context.Canceled}, context.Canceled, OutcomeNotRun, recovery.NoWorker},
		{&OverloadError{}, ErrOverload, OutcomeNotRun, recovery.NoWorker},
		{&SessionBusyError{}, nil, OutcomeNotRun, recovery.NoWorker},
		{errCheckedIn, ErrLeaseEnded, OutcomeNotRun, recovery.NoWorker},
		{revoked(over), ErrLeaseEnded, OutcomeNotRun, recovery.NoWorker},
		{&WaitError{Err: &endedError{context.Canceled, io.EOF}}, io.EOF, OutcomeNotRun, recovery.NoWorker},
		{errBroken, ErrLeaseEnded, OutcomeNotRun, recovery.NoWorker},
		{&SessionLostError{}, ErrSessionLost, OutcomeNotRun, recovery.SessionLost},
		{&SessionLostError{Err: io.ErrNoProgress}, io.ErrNoProgress, OutcomeNotRun, recovery.SessionLost},
		{&PoisonError{Err: io.EOF}, io.EOF, OutcomeUnknown, recovery.Poison},
		{&RequestError{Err: io.EOF}, io.EOF, OutcomeNotRun, recovery.BadRequest},
		{&TooLargeError{}, nil, OutcomeNotRun, recovery.BadRequest},
		{&UnknownCommandError{}, nil, OutcomeNotRun, recovery.BadRequest},
		{&HandlerError{Kind: "bad_request"}, nil, OutcomeNotRun, recovery.BadRequest},
		{&HandlerError{Kind: "too_large"}, nil, OutcomeFailed, recovery.HandlerError},
		{&HandlerError{Retryable: true}, nil, OutcomeFailed, recovery.HandlerRetry},
		{&HandlerError{Retryable: true, Fatal: true}, nil, OutcomeFailed, recovery.HandlerFatal},
		{&LostError{Work: OutcomeNotRun, Err: &ExitError{}}, nil, OutcomeNotRun, recovery.LostUnsent},
		{&LostError{Work: OutcomeUnknown, Err: io.EOF}, io.EOF, OutcomeUnknown, recovery.LostInFlight},
		{&LostError{Work: OutcomeUnknown, Err: &ExitError{}}, nil, OutcomeUnknown, recovery.Exited},
		{&LostError{Work: OutcomeUnknown, Err: &wire.ProtocolError{}}, nil, OutcomeUnknown, recovery.Protocol},
		{&AbandonedError{Work: OutcomeUnknown, Err: context.Canceled}, context.Canceled, OutcomeUnknown, recovery.TimeoutStuck},
		{&AbandonedError{Work: OutcomeNotRun, Stopped: true, Err: io.EOF}, io.EOF, OutcomeNotRun, recovery.TimeoutKept},
		{&StartError{Err: io.EOF}, io.EOF, OutcomeUnknown, recovery.StartFailed},
		{&StartError{Err: &TimeoutError{}}, nil, OutcomeUnknown, recovery.StartTimeout},
		{&AnswerError{Err: io.EOF}, io.EOF, OutcomeFailed, recovery.Unexpected},
		{io.EOF, io.EOF, OutcomeUnknown, recovery.Unexpected},
	} {
		t.Run(fmt.Sprintf("%T %v", tt.err, tt.err), func(t *testing.T) {
			wrapped := fmt.Errorf("the caller: %w", tt.err)
			if got := OutcomeOf(wrapped); got != tt.outcome {
				t.Errorf("OutcomeOf = %v; want %v", got, tt.outcome)
			}
			if got := kindOf(tt.err); got != tt.kind {
				t.Errorf("the failure is %v; want %v", got, tt.kind)
			}
			if tt.matches != nil && !errors.Is(wrapped, tt.matches) {
				t.Errorf("%v does not match %v", wrapped, tt.matches)
			}
			for _, sentinel := range sentinels {
				if sentinel != tt.matches && errors.Is(wrapped, sentinel) && !errors.Is(tt.matches, sentinel) && !is[*SessionLostError](tt.err) {
					t.Errorf("%v matches %v", wrapped, sentinel)
				}
			}
		})
	}
}

func TestErrors_Text(t *testing.T) {
	long := strings.Repeat("x", 100)
	for _, tt := range []struct {
		err  error
		want string
	}{
		{
			&LostError{Worker: 7, Command: "f", Work: OutcomeUnknown, Err: io.EOF, Output: []string{"first", `  File "a.py", line 3`, "KeyError: 1", ""}},
			`pool: worker 7: lost during "f" (outcome unknown): EOF: KeyError: 1 (a.py:3)`,
		},
		{&StartError{Pool: "p", Worker: 7, Err: io.EOF, Output: []string{"no module"}}, "pool: p: worker 7 did not start: EOF: no module"},
		{&StartError{Pool: "p", Err: io.EOF}, "pool: p: did not start: EOF"},
		{&AbandonedError{Worker: 7, Command: "f", Work: OutcomeNotRun}, `pool: worker 7: "f" was given up before it began (not run): no reason is known`},
		{&OverloadError{Pool: "p", Waiting: 3, Limit: 2}, "pool: p: overload: 3 requests wait: at most 2 may"},
		{
			&OverloadError{Pool: "p", Waiting: 3, Estimate: 2 * time.Second, Left: time.Second},
			"pool: p: overload: 3 requests wait, about 2s: the deadline is in 1s",
		},
		{&UnknownCommandError{Worker: 7, Command: long}, `pool: worker 7: command "` + long[:64] + `"...: `},
		{&HandlerError{Worker: 7, Command: "f", Type: "KeyError", Message: "a\nb"}, `pool: worker 7: command "f": KeyError: a\nb`},
		{
			&HandlerError{Worker: 7, Command: "f", Type: "T", Message: strings.Repeat("y", maxReason+1)},
			`pool: worker 7: command "f": T: ` + strings.Repeat("y", maxReason) + "...",
		},
		{&memoryError{rss: 2, limit: 1}, "pool: the worker has 2 bytes of memory: the limit is 1"},
		{&TimeoutError{What: "QueueTimeout", After: time.Second}, "QueueTimeout of 1s is over"},
	} {
		if got := tt.err.Error(); got != tt.want {
			t.Errorf("%T says\n%s; want\n%s", tt.err, got, tt.want)
		}
	}
	if timeout, ok := error(&TimeoutError{}).(interface{ Timeout() bool }); !ok || !timeout.Timeout() {
		t.Error("a TimeoutError is no timeout as net.Error has it")
	}
}

func TestOneLine_IsPlainValidAndBounded(t *testing.T) {
	for _, tt := range []struct {
		text  string
		limit int
		want  string
	}{
		{"plain ä", 100, "plain ä"},
		{"two\nlines", 100, `two\nlines`},
		{"bell\a\x1b[31m", 100, `bell\a\x1b[31m`},
		{"exactly", 7, "exactly"},
		{"longer.", 6, "longer..."},
		{"cut in ä", 8, "cut in \ufffd..."},
	} {
		got := oneLine(tt.text, tt.limit)
		if got != tt.want || !utf8.ValidString(got) {
			t.Errorf("oneLine(%q, %d) = %q; want %q", tt.text, tt.limit, got, tt.want)
		}
	}
}

// TestPoisonError_HashNamesTheRequest has two requests differ in one thing at a time.
func TestPoisonError_HashNamesTheRequest(t *testing.T) {
	hash := func(command, payload string) string {
		return newPoisonError("p", &request{command: command, payload: []byte(payload)}, io.EOF).Hash
	}
	if first, again := hash("a", "1"), hash("a", "1"); first != again {
		t.Errorf("one request has the hashes %s and %s", first, again)
	}
	for _, other := range [][2]string{{"a", "2"}, {"b", "1"}, {"a1", ""}, {"", "a1"}} {
		if hash(other[0], other[1]) == hash("a", "1") {
			t.Errorf("%q has the hash of another request", other)
		}
	}
}

func TestReason_Orderly(t *testing.T) {
	for reason, want := range map[Reason]bool{
		ReasonAge: true, ReasonRequests: true, ReasonIdle: true, ReasonShrink: true, ReasonClosed: true, ReasonClient: true,
		ReasonRecycled: true, ReasonErrors: false, ReasonMemory: false, ReasonHealth: false, Reason(recovery.Exited): false, "": false,
	} {
		if got := reason.orderly(); got != want {
			t.Errorf("a worker that left for %q was well: %v; want %v", reason, got, want)
		}
	}
}

func TestTranslate_ErrorsOfTheCore(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want string
	}{
		{nil, "<nil>"},
		{io.EOF, "EOF"},
		{&core.Cause{Err: io.EOF}, "EOF"},
		{&core.Cause{Reason: core.ReasonHealth}, "pool: the worker leaves: health"},
		{&core.Cause{Err: &core.TimeoutError{What: "StartupTimeout", After: time.Second}}, "StartupTimeout of 1s is over"},
		{&core.Cause{Err: &core.MemoryError{RSS: 2, Limit: 1}}, "pool: the worker has 2 bytes of memory: the limit is 1"},
	} {
		got := translate(tt.err)
		if fmt.Sprint(got) != tt.want {
			t.Errorf("translate(%v) = %v; want %s", tt.err, got, tt.want)
		}
		if _, inner := errors.AsType[*core.Cause](got); inner {
			t.Errorf("translate(%v) is an error of the core", tt.err)
		}
	}
}

func TestInput_ContentType(t *testing.T) {
	for given, want := range map[string]string{"": "application/octet-stream", "text/plain": "text/plain"} {
		o := optionsOf(&Config{}, []Option{Input(nil, given)})
		if o.inputType != want {
			t.Errorf("the type of an input of %q is %q; want %q", given, o.inputType, want)
		}
	}
}

func TestOptions_OfARequestCountOverTheConfiguration(t *testing.T) {
	c := &Config{Sessions: Sessions{Affinity: AffinityStrict}}
	if got := optionsOf(c, nil).affinity; got != AffinityStrict {
		t.Errorf("the policy is %v; want that of the configuration", got)
	}
	o := optionsOf(c, []Option{Session("s"), WithAffinity(AffinityFailFast), Portable(), Idempotent(), WithPriority(PriorityHigh), ContentType("text/plain")})
	if o.session != "s" || o.affinity != AffinityFailFast || !o.portable || !o.idempotent || o.priority != PriorityHigh || o.contentType != "text/plain" {
		t.Errorf("the options are %+v; want those that were given", o)
	}
	if q := newRequest(c, "f", nil, []Option{Idempotent(), Input(func(func([]byte, error) bool) {}, "")}); q.idempotent {
		t.Error("a request with an input is idempotent; want it run once, since its input is")
	}
}

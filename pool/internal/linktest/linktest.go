// Package linktest is what every [wire.Link] promises to a pool, as one suite of tests for all implementations.
//
// After each operation the suite does the same again, and then has as many requests at once as there are slots, ten times: a
// link that loses a slot on the way fails at that operation.
//
// The worker behind the link serves these commands:
//
//	echo    returns its arguments
//	fail    fails
//	meet    {"n": 4}: returns when 4 requests are in it at the same time
//	wait    returns when it is cancelled
//	die     ends the worker
//	tokens  {"n": 4, "then": "end"}: streams the numbers below 4, and then ends, fails ("fail"), ends the worker ("die"), or
//	        waits until it is cancelled ("wait")
//	add     adds 1 to the member n of the session's state, and returns it
//	version returns the label of the version of its code; null if it has not been told any
//	wrote   returns the version that wrote the state of the session before it was imported; null if none is known
//
// Only a worker that is told of versions serves the last two.
package linktest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/fsmgen/fsmgen/pool/wire"
)

// Worker is a link to a worker that is ready.
type Worker struct {
	wire.Link
	Kill func() // ends the worker as a crash does
}

// Subject is an implementation.
type Subject struct {
	// Start starts a worker that ends with the test.
	Start func(t *testing.T, slots int) Worker
	// Slots are the numbers of slots to try.
	Slots []int
	// Cancels: a request that is cancelled leaves the worker usable.
	Cancels bool
	// CancelsImport: the worker's import of a state that is {"stuck": true} waits until it is cancelled.
	CancelsImport bool
	// Hooks: the worker has an export and an import hook.
	Hooks bool
	// Version is the label that Start names in the handshake; empty for a link that does not tell its worker of versions.
	Version string
}

// guard bounds what a test waits for when something is wrong.
const guard = 30 * time.Second

// Run runs the suite.
func Run(t *testing.T, s Subject) {
	for _, slots := range s.Slots {
		t.Run(fmt.Sprintf("%d slots", slots), func(t *testing.T) {
			w := s.Start(t, slots)
			if got := w.Slots(); got != slots {
				t.Fatalf("Slots = %d; want %d", got, slots)
			}
			for _, o := range operations(s, w) {
				t.Run(o.name, func(t *testing.T) {
					for range 2 {
						o.do(t, w)
						for range 10 {
							full(t, w)
						}
					}
				})
			}
			for _, e := range ends(s, w) {
				t.Run(e.name, func(t *testing.T) { e.do(t, s.Start(t, slots)) })
			}
		})
	}
}

type operation struct {
	name string
	do   func(t *testing.T, w Worker)
}

// operations leave the worker as good as before.
func operations(s Subject, w Worker) []operation {
	list := []operation{
		{"an answer", func(t *testing.T, w Worker) { echoes(t, w) }},
		{"an error of a handler", func(t *testing.T, w Worker) { fails(t, w, "fail") }},
		{"an unknown command", func(t *testing.T, w Worker) { fails(t, w, "no such command") }},
		{"a context that has ended", tooLate},
		{"a stream of one piece", onePiece},
		{"a single answer that is not taken", func(t *testing.T, w Worker) { closes(t, stream(t, w, "echo", `7`)) }},
		{"a stream that fails at once", streamFails},
		{"the state of a session that is dropped", func(t *testing.T, w Worker) {
			if err := w.Drop([]wire.Session{{ID: "unknown", Generation: 1}}); err != nil {
				t.Errorf("Drop = %v", err)
			}
		}},
	}
	if s.Cancels {
		list = append(list, operation{"a cancelled request", cancelled}, operation{"a probe during a request", probed},
			operation{"a request more than there are slots", oneTooMany})
	}
	if w.Can(wire.CanStream) {
		list = append(list, streams()...)
	}
	if w.Can(wire.CanSession) {
		list = append(list, sessions()...)
		list = append(list, operation{"a state that an export hook wrote", s.hookWritten})
	}
	if s.CancelsImport {
		list = append(list, operation{"an import that is cancelled", importCancelled})
	}
	if s.Version != "" {
		list = append(list, versions(s.Version)...)
	}
	return list
}

// full has as many requests at once as there are slots.
func full(t *testing.T, w Worker) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), guard)
	defer cancel()
	var all sync.WaitGroup
	for range w.Slots() {
		all.Go(func() {
			r := wire.Request{Command: "meet", Payload: fmt.Appendf(nil, `{"n":%d}`, w.Slots())}
			if _, err := w.Exchange(ctx, r); err != nil {
				t.Errorf("%d requests at once: %v", w.Slots(), err)
			}
		})
	}
	all.Wait()
	if t.Failed() {
		t.FailNow()
	}
}

func echoes(t *testing.T, w Worker) {
	t.Helper()
	for _, payload := range []string{`{"n":1}`, `{"n":2}`} {
		got, err := w.Exchange(t.Context(), wire.Request{Command: "echo", Payload: []byte(payload)})
		if err != nil || !sameJSON(got.Payload, []byte(payload)) {
			t.Errorf("echo %s = %s, %v", payload, got.Payload, err)
		}
	}
}

func sameJSON(a, b []byte) bool {
	var x, y bytes.Buffer
	return json.Compact(&x, a) == nil && json.Compact(&y, b) == nil && x.String() == y.String()
}

func fails(t *testing.T, w Worker, command string) {
	t.Helper()
	_, err := w.Exchange(t.Context(), wire.Request{Command: command, Payload: []byte(`{}`)})
	if _, ok := errors.AsType[*wire.RemoteError](err); !ok {
		t.Errorf("%s = %v (%T); want an error of the worker", command, err, err)
	}
}

func tooLate(t *testing.T, w Worker) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errGivenUp)
	if _, err := w.Exchange(ctx, wire.Request{Command: "echo"}); err != errGivenUp {
		t.Errorf("Exchange = %v; want %v alone: nothing is sent", err, errGivenUp)
	}
	if _, err := w.Stream(ctx, wire.Request{Command: "echo"}); err != errGivenUp {
		t.Errorf("Stream = %v; want %v alone: nothing is sent", err, errGivenUp)
	}
}

var errGivenUp = errors.New("given up")

func stream(t *testing.T, w Worker, command, payload string) wire.Answers {
	t.Helper()
	a, err := w.Stream(t.Context(), wire.Request{Command: command, Payload: []byte(payload)})
	if err != nil {
		t.Fatalf("Stream %s = %v", command, err)
	}
	return a
}

func closes(t *testing.T, a wire.Answers) {
	t.Helper()
	for range 2 {
		if err := a.Close(); err != nil {
			t.Errorf("Close = %v", err)
		}
	}
}

// reads reads pieces until the end, which it returns.
func reads(a wire.Answers) (pieces []string, end error) {
	for {
		piece, err := a.Next()
		if err != nil {
			return pieces, err
		}
		pieces = append(pieces, string(piece.Payload))
	}
}

func onePiece(t *testing.T, w Worker) {
	a := stream(t, w, "echo", `7`)
	pieces, err := reads(a)
	if err != wire.EndOfStream || len(pieces) != 1 || pieces[0] != "7" {
		t.Errorf("pieces %q, %v; want one and the end", pieces, err)
	}
	full(t, w) // before Close
	closes(t, a)
}

func streamFails(t *testing.T, w Worker) {
	a, err := w.Stream(t.Context(), wire.Request{Command: "fail", Payload: []byte(`{}`)})
	if err == nil {
		_, err = a.Next()
		closes(t, a)
	}
	if _, ok := errors.AsType[*wire.RemoteError](err); !ok {
		t.Errorf("a stream that fails = %v (%T); want an error of the worker", err, err)
	}
}

package linktest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/fsmgen/fsmgen/pool/wire"
)

var sessionNumber atomic.Uint64

// newSession names a session that no worker has.
func newSession() wire.Session {
	return wire.Session{ID: fmt.Sprintf("session-%d", sessionNumber.Add(1)), Generation: 3}
}

// adds checks what add returns.
func adds(t *testing.T, w Worker, s wire.Session, want int) {
	t.Helper()
	got, err := w.Exchange(t.Context(), wire.Request{Command: "add", Session: s.ID, Generation: s.Generation, Payload: []byte(`{}`)})
	if err != nil || string(got.Payload) != fmt.Sprint(want) {
		t.Errorf("add in %v = %s, %v; want %d", s, got.Payload, err, want)
	}
}

// has checks the state that the worker exports.
func has(t *testing.T, w Worker, s wire.Session, drop bool, want int) wire.Snapshot {
	t.Helper()
	state, err := w.Export(t.Context(), s, drop)
	if err != nil || countOf(state) != want {
		t.Errorf("Export %v = %s, %v; want %d", s, state.Payload, err, want)
	}
	return state
}

func countOf(s wire.Snapshot) int {
	var state struct{ N int }
	if json.Unmarshal(s.Payload, &state) != nil {
		return -1
	}
	return state.N
}

// hasNone checks that the worker does not have the state of a session.
func hasNone(t *testing.T, w Worker, s wire.Session) {
	t.Helper()
	_, err := w.Export(t.Context(), s, false)
	if e, ok := errors.AsType[*wire.RemoteError](err); !ok || e.Kind != wire.KindNoSession {
		t.Errorf("Export %v = %v; want %s", s, err, wire.KindNoSession)
	}
}

func sessions() []operation {
	list := []operation{
		{"the state of a session", func(t *testing.T, w Worker) {
			s := newSession()
			hasNone(t, w, s)
			adds(t, w, s, 1)
			adds(t, w, s, 2)
			adds(t, w, newSession(), 1)
			has(t, w, s, false, 2)
		}},
		{"another generation of a session", func(t *testing.T, w Worker) {
			s := newSession()
			adds(t, w, s, 1)
			later := wire.Session{ID: s.ID, Generation: s.Generation + 1}
			hasNone(t, w, later)
			adds(t, w, later, 1)
			hasNone(t, w, s)
		}},
		{"a session that moves", func(t *testing.T, w Worker) {
			s, to := newSession(), newSession()
			adds(t, w, s, 1)
			state := has(t, w, s, true, 1)
			hasNone(t, w, s)
			for range 2 {
				if err := w.Import(t.Context(), to, state); err != nil {
					t.Errorf("Import = %v", err)
				}
				adds(t, w, to, 2)
			}
		}},
		{"a checkpoint", func(t *testing.T, w Worker) {
			s := newSession()
			r := wire.Request{Command: "add", Session: s.ID, Generation: s.Generation, Payload: []byte(`{}`), Checkpoint: true}
			for want := 1; want <= 2; want++ {
				got, err := w.Exchange(t.Context(), r)
				if err != nil || got.State == nil || countOf(*got.State) != want {
					t.Errorf("add with a checkpoint = %+v, %v; want the state %d", got, err, want)
				}
			}
			a, err := w.Stream(t.Context(), r)
			if err != nil {
				t.Fatal(err)
			}
			if piece, err := a.Next(); err != nil || piece.State != nil {
				t.Errorf("Next = %+v, %v; want the piece without the state", piece, err)
			}
			if end, err := a.Next(); err != wire.EndOfStream || end.State == nil || countOf(*end.State) != 3 {
				t.Errorf("Next = %+v, %v; want the end with the state 3", end, err)
			}
			closes(t, a)
		}},
	}
	return append(list, operation{"sessions that are dropped", dropped})
}

// hookWritten imports a state that an export hook wrote: only a worker with an import hook takes it.
func (s Subject) hookWritten(t *testing.T, w Worker) {
	id, to := newSession(), newSession()
	adds(t, w, id, 1)
	state := has(t, w, id, false, 1)
	if (state.ExportedBy != "") != s.Hooks {
		t.Errorf("the export hook of a state is %q; want one: %v", state.ExportedBy, s.Hooks)
	}
	state.ExportedBy = "save"
	err := w.Import(t.Context(), to, state)
	if s.Hooks {
		if err != nil {
			t.Errorf("Import = %v", err)
		}
		adds(t, w, to, 2)
		return
	}
	if e, ok := errors.AsType[*wire.RemoteError](err); !ok || e.Kind != wire.KindNotImportable {
		t.Errorf("Import = %v; want %s", err, wire.KindNotImportable)
	}
	hasNone(t, w, to)
}

// importCancelled cancels an import before, while and after the worker begins with it.
func importCancelled(t *testing.T, w Worker) {
	s := newSession()
	adds(t, w, s, 1)
	for range 4 {
		ctx, cancel := context.WithCancelCause(t.Context())
		done := make(chan error, 1)
		go func() { done <- w.Import(ctx, s, wire.Snapshot{Payload: []byte(`{"stuck":true}`)}) }()
		_, _ = w.Ping(t.Context()) // by then the import may be on its way
		cancel(errGivenUp)
		err := <-done
		if _, stopped := errors.AsType[*wire.CancelledError](err); !(stopped && errors.Is(err, errGivenUp)) && err != errGivenUp {
			t.Errorf("Import = %v (%T); want it cancelled for %v", err, err, errGivenUp)
		}
		has(t, w, s, false, 1)
	}
	adds(t, w, s, 2)
}

// dropped tells the worker to forget. A probe behind DROP is answered when it has been obeyed.
func dropped(t *testing.T, w Worker) {
	if !w.Can(wire.CanDrop) {
		t.Skip("the worker does not have DROP")
	}
	same, older, newer := newSession(), newSession(), newSession()
	for _, s := range []wire.Session{same, older, newer} {
		adds(t, w, s, 1)
	}
	named := []wire.Session{same, {ID: older.ID, Generation: older.Generation + 1}, {ID: newer.ID, Generation: newer.Generation - 1}}
	if err := w.Drop(named); err != nil {
		t.Errorf("Drop = %v", err)
	}
	if _, err := w.Ping(t.Context()); err != nil {
		t.Errorf("Ping = %v", err)
	}
	hasNone(t, w, same)
	hasNone(t, w, older)
	has(t, w, newer, false, 1)
}

// versions are the operations with a worker that has been told the label of its version.
func versions(label string) []operation {
	return []operation{
		{"the version of the worker's code", func(t *testing.T, w Worker) { says(t, w, wire.Session{}, "version", label) }},
		{"the version that wrote the state of a session", func(t *testing.T, w Worker) {
			s, to := newSession(), newSession()
			adds(t, w, s, 1)
			state := has(t, w, s, true, 1)
			if state.Version != label {
				t.Errorf("the version of an exported state is %q; want %q", state.Version, label)
			}
			for _, version := range []string{label, "an older one", ""} {
				state.Version = version
				if err := w.Import(t.Context(), to, state); err != nil {
					t.Errorf("Import of a state that %q wrote = %v", version, err)
				}
				says(t, w, to, "wrote", version)
				adds(t, w, to, 2)
			}
		}},
		{"the version of a checkpoint", func(t *testing.T, w Worker) {
			s := newSession()
			r := wire.Request{Command: "add", Session: s.ID, Generation: s.Generation, Payload: []byte(`{}`), Checkpoint: true}
			got, err := w.Exchange(t.Context(), r)
			if err != nil || got.State == nil || got.State.Version != label {
				t.Errorf("add with a checkpoint = %+v, %v; want a state of the version %q", got, err, label)
			}
		}},
		{"a version that is no label", func(t *testing.T, w Worker) {
			s := newSession()
			for _, version := range []string{"two\nlines", "\xff", strings.Repeat("x", 257)} {
				state := wire.Snapshot{Version: version, Payload: []byte(`{"n":1}`)}
				err := w.Import(t.Context(), s, state)
				_, wrong := errors.AsType[*wire.ProtocolError](err)
				_, large := errors.AsType[*wire.TooLargeError](err)
				if !wrong && !large {
					t.Errorf("Import of a state that %.20q wrote = %v (%T); want it refused", version, err, err)
				}
				hasNone(t, w, s)
			}
		}},
	}
}

// says checks which label a command returns; empty stands for null.
func says(t *testing.T, w Worker, s wire.Session, command, want string) {
	t.Helper()
	got, err := w.Exchange(t.Context(), wire.Request{Command: command, Session: s.ID, Generation: s.Generation, Payload: []byte(`{}`)})
	var label *string
	if err == nil {
		err = json.Unmarshal(got.Payload, &label)
	}
	if err != nil || (label == nil) != (want == "") || (label != nil && *label != want) {
		t.Errorf("%s in %v = %s, %v; want %q", command, s, got.Payload, err, want)
	}
}

package pool

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/fsmgen/fsmgen/pool/wire"
)

// The tests of this file run on real Python processes, too. They are about what outlives a request or a worker.

func TestStream_PythonGenerator(t *testing.T) {
	p := startPython(t, Config{})
	next := 0
	for piece, err := range p.Stream(t.Context(), "tokens", []byte(`{"n": 1000}`)) {
		var got struct{ Token int }
		if err != nil || json.Unmarshal(piece, &got) != nil || got.Token != next {
			t.Fatalf("piece %d is %s, %v", next, piece, err)
		}
		next++
	}
	if next != 1000 {
		t.Errorf("%d pieces; want 1000", next)
	}
}

func TestStream_LeftEarlyKeepsTheWorker(t *testing.T) {
	p := startPython(t, Config{})
	for _, err := range p.Stream(t.Context(), "tokens", []byte(`{"n": 1000000, "pause": 0.01}`)) {
		if err != nil {
			t.Fatal(err)
		}
		break
	}
	r, err := p.Execute(t.Context(), "echo", []byte(`1`))
	if err != nil || r.WorkerID != 1 {
		t.Errorf("Execute = %+v, %v; want the same worker", r, err)
	}
}

func TestInput_TakenPieceByPiece(t *testing.T) {
	p := startPython(t, Config{})
	var pieces iter.Seq2[[]byte, error] = func(yield func([]byte, error) bool) {
		for range 100 {
			if !yield(make([]byte, 10_000), nil) {
				return
			}
		}
	}
	r, err := p.Execute(t.Context(), "total", nil, Input(pieces, ""))
	if err != nil {
		t.Fatal(err)
	}
	if got := string(r.Payload); got != `{"bytes":1000000}` {
		t.Errorf("the handler got %s; want a million bytes", got)
	}
}

// Rows: R2, W5.
func TestCancel_HandlerStopsAndItsWorkerIsKept(t *testing.T) {
	p := startPython(t, Config{})
	for _, command := range []string{"sleep", "spin"} {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		_, err := p.Execute(ctx, command, []byte(`{"seconds": 100}`))
		cancel()
		if a, ok := errors.AsType[*AbandonedError](err); !ok || !a.Stopped {
			t.Errorf("%s = %v; want an abandoned request whose handler has stopped", command, err)
		}
		r, err := p.Execute(t.Context(), "echo", []byte(`1`))
		if err != nil || r.WorkerID != 1 {
			t.Errorf("after %s Execute = %+v, %v; want the same worker", command, r, err)
		}
	}
}

// Rows: I1, L2.
func TestRecycle_SessionsAreHandedOver(t *testing.T) {
	const sessions = 50
	p := startPython(t, Config{Size: Size{Min: 2}})
	pids := map[int]bool{}
	for want := 1; want <= 3; want++ {
		for i := range sessions {
			r, err := p.Execute(t.Context(), "count", nil, Session(fmt.Sprint("s", i)))
			if err != nil {
				t.Fatal(err)
			}
			var got counted
			if err := json.Unmarshal(r.Payload, &got); err != nil || got.Count != want || r.Rebound {
				t.Fatalf("s%d counts %d, rebound %v; want %d", i, got.Count, r.Rebound, want)
			}
			pids[got.PID] = true
		}
		recycleAll(t, p)
	}
	if s := p.Stats(); len(pids) != 6 || s.SessionsLost != 0 {
		t.Errorf("%d processes, %d sessions lost; want three generations of two, and none", len(pids), s.SessionsLost)
	}
}

// recycleAll replaces every worker, and waits until that is done.
func recycleAll(t *testing.T, p *Pool) {
	t.Helper()
	old := map[uint64]bool{}
	for _, w := range p.Workers() {
		old[w.ID] = true
		p.Recycle(w.ID)
	}
	eventually(t, "every worker is a new one", func() bool {
		workers := p.Workers()
		for _, w := range workers {
			if old[w.ID] {
				return false
			}
		}
		return len(workers) == len(old) && p.Ready()
	})
}

// eventually waits for something that has no channel to wait for.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	late := time.After(time.Minute)
	for !is() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("after a minute it is still not so that %s", what)
		}
	}
}

func TestForkServer_ReplacesWorkers(t *testing.T) {
	p := startPython(t, Config{Source: &ProcessSource{Script: "testdata/worker.py", Fork: true}, Size: Size{Min: 3}, Sessions: Sessions{Checkpoint: true}})
	for want := 1; want <= 5; want++ {
		r, err := p.Execute(t.Context(), "count", nil, Session("s"))
		if err != nil {
			t.Fatal(err)
		}
		var got counted
		if err := json.Unmarshal(r.Payload, &got); err != nil || got.Count != want {
			t.Fatalf("counts %d, %v; want %d", got.Count, err, want)
		}
		_, err = p.Execute(t.Context(), "die", nil)
		if !is[*LostError](err) {
			t.Errorf("die = %v; want a lost worker", err)
		}
	}
	eventually(t, "there are three workers again", func() bool { return p.Stats().Workers["ready"] == 3 })
}

func TestPacket4_ProgramWithoutTheSDK(t *testing.T) {
	needPython(t)
	p := startPython(t, Config{
		Source: &ProcessSource{Path: "python3", Args: []string{"testdata/packet4.py"}, Protocol: Packet4(Packet4Config{SessionArg: "session_id"})},
		Size:   Size{Min: 2},
	})
	for want := 1; want <= 3; want++ {
		got, err := Call[any, counted](t.Context(), p, "count", map[string]any{}, Session("s"))
		if err != nil || got.Count != want {
			t.Errorf("count = %d, %v; want %d", got.Count, err, want)
		}
	}
	if _, err := p.Execute(t.Context(), "fail", []byte(`{"message": "no"}`)); !is[*HandlerError](err) {
		t.Errorf("fail = %v; want the program's error", err)
	}
	for _, err := range p.Stream(t.Context(), "count", nil, Input(func(func([]byte, error) bool) {}, "")) {
		if !errors.Is(err, wire.ErrNotSupported) || OutcomeOf(err) != OutcomeNotRun {
			t.Errorf("an input stream gets %v; want to be told that this worker takes none", err)
		}
	}
}

// spans is a tracer that hands on one span.
type spans struct{ traceparent string }

func (s spans) Begin(ctx context.Context, _, _ string) (context.Context, string, func(uint64, error)) {
	return ctx, s.traceparent, func(uint64, error) {}
}

// Rows: M2.
func TestTracer_SpanReachesTheHandler(t *testing.T) {
	const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	p := startPython(t, Config{Tracer: spans{traceparent}})
	got, err := Call[any, string](t.Context(), p, "trace", nil)
	if err != nil || got != traceparent {
		t.Errorf("the handler knows %q, %v; want %q", got, err, traceparent)
	}
}

// Rows: L1.
func TestHardWorkerRSS_WorkerIsReplaced(t *testing.T) {
	p := startPython(t, Config{Recycle: Recycle{HardWorkerRSS: 8 << 20}})
	eventually(t, "a worker has been killed for its memory", func() bool { return p.Stats().Left["out_of_memory"] > 0 })
}

// TestStream_LeftAfterTheLastPieceKeepsTheState leaves a stream after its last piece, whose end has brought the session's state.
//
// Rows: A4, I5.
func TestStream_LeftAfterTheLastPieceKeepsTheState(t *testing.T) {
	p := startPython(t, Config{Sessions: Sessions{Checkpoint: true}})
	ask := func(command string) int {
		t.Helper()
		got, err := Call[any, counted](t.Context(), p, command, nil, Session("s"))
		if err != nil {
			t.Fatal(err)
		}
		return got.Count
	}
	ask("count")
	for _, err := range p.Stream(t.Context(), "count", nil, Session("s")) {
		if err != nil {
			t.Fatal(err)
		}
		break
	}
	if got := ask("counted"); got != 2 {
		t.Errorf("counted %d; want 2", got)
	}
	workersOf(p)[0].kill()
	if got := ask("counted"); got != 2 {
		t.Errorf("the next worker has counted %d; want the 2 that were answered", got)
	}
}

// TestStream_WorkerGoneIsNoEnd has the worker of a stream end after some of its pieces: a loop that ends without an error
// has got every piece.
//
// Rows: I5, U2.
func TestStream_WorkerGoneIsNoEnd(t *testing.T) {
	needPython(t)
	p := startPython(t, Config{Source: &ProcessSource{Script: "testdata/after.py", Args: []string{"sync", "1"}}})
	for _, how := range []string{"die", "leave", "garbage"} {
		pieces, failed := 0, error(nil)
		for _, err := range p.Stream(t.Context(), "pieces", fmt.Appendf(nil, `{"n": 4, "then": %q}`, how)) {
			if failed = err; err == nil {
				pieces++
			}
		}
		if pieces > 4 || !is[*LostError](failed) || OutcomeOf(failed) != OutcomeUnknown {
			t.Errorf("%s: %d pieces, then %v; want at most 4, and a lost worker", how, pieces, failed)
		}
	}
}

// Rows: L1.
func TestHardWorkerRequests_OneRequestAPythonProcess(t *testing.T) {
	p := startPython(t, Config{Size: Size{Min: 2}, Recycle: Recycle{HardWorkerRequests: 1}, QueueTimeout: time.Minute})
	seen := map[int]bool{}
	for range 10 {
		got, err := Call[any, counted](t.Context(), p, "count", nil, Session("s"), Portable())
		if err != nil || seen[got.PID] {
			t.Errorf("process %d, %v; want one that has served no request", got.PID, err)
		}
		seen[got.PID] = true
	}
}

// TestDrop_ExpiredSessionOfPython counts the states that a process has.
//
// Rows: A3.
func TestDrop_ExpiredSessionOfPython(t *testing.T) {
	const sessions = 20
	p := startPython(t, Config{Sessions: Sessions{SessionTimeout: 100 * time.Millisecond, SessionCleanup: 10 * time.Millisecond}})
	for i := range sessions {
		if _, err := p.Execute(t.Context(), "hold", nil, Session(fmt.Sprint("s", i))); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "the worker has no state of a session that has expired", func() bool {
		held, err := Call[any, int](t.Context(), p, "held", nil)
		if err != nil {
			t.Fatal(err)
		}
		return held == 0
	})
}

// hesitant is a worker whose import hook waits as long as the file "stuck" is there, and says so by the file "waiting".
const hesitant = `
import os, time
from fsmpool import worker

here = os.path.dirname(os.path.abspath(__file__)) + "/"

@worker.command
def count(args, ctx):
    ctx.session["n"] = ctx.session.get("n", 0) + 1
    return ctx.session["n"]

@worker.command
def die(args):
    os._exit(1)

worker.export_session(lambda session: session)

@worker.import_session
def restore(snapshot):
    while os.path.exists(here + "stuck"):
        open(here + "waiting", "w").close()
        time.sleep(0.001)
    return snapshot

worker.run()
`

func TestImport_CallerGivesUpMeanwhile(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("worker.py", hesitant)
	p := startPython(t, Config{Source: Python(filepath.Join(dir, "worker.py")), Sessions: Sessions{Checkpoint: true}})
	counts := func(want string) uint64 {
		t.Helper()
		r, err := p.Execute(t.Context(), "count", nil, Session("s"))
		if err != nil || string(r.Payload) != want {
			t.Fatalf("count = %+v, %v; want %s", r, err, want)
		}
		return r.WorkerID
	}
	counts("1")
	if _, err := p.Execute(t.Context(), "die", nil); !is[*LostError](err) {
		t.Fatalf("die = %v; want the worker lost", err)
	}
	write("stuck", "")
	for _, want := range []func(error) bool{is[*AbandonedError], is[*WaitError]} { // the second one waits for the import of the first
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			defer cancel()
			eventually(t, "the import hook waits", func() bool { return exists(filepath.Join(dir, "waiting")) })
		}()
		if _, err := p.Execute(ctx, "count", nil, Session("s")); !want(err) || !errors.Is(err, context.Canceled) || OutcomeOf(err) != OutcomeNotRun {
			t.Errorf("count = %v (%T), %v; want a request that was given up and has not run", err, err, OutcomeOf(err))
		}
	}
	if err := os.Remove(filepath.Join(dir, "stuck")); err != nil {
		t.Fatal(err)
	}
	if first, second := counts("2"), counts("3"); first != 2 || second != 2 {
		t.Errorf("served by %d and %d; want the worker 2, which was kept", first, second)
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

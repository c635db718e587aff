package python_test

import (
	"bytes"
	"context"
	"errors"
	"iter"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fsmgen/fsmgen/pool/fsm1"
	"github.com/fsmgen/fsmgen/pool/wire"
)

// everything is a worker that uses all of the protocol; how it runs is to follow.
const everything = `
import logging, time
from fsmpool import worker

@worker.command
def echo(args):
    return args

@worker.command
def sleep(args):
    logging.warning("sleeping", extra={"seconds": args})
    time.sleep(args)

@worker.command
def count(args):
    yield from range(args)

@worker.command
def endless(args):
    while True:
        yield "x" * 1000

@worker.command
def total(args, ctx):
    return sum(ctx.chunks)

@worker.command
def say(args, ctx):
    ctx.session.setdefault("said", []).append(args)
    return len(ctx.session["said"])

`

// nap needs an event loop.
const nap = `
@worker.command
async def nap(args):
    import asyncio
    await asyncio.sleep(args)

`

// linked returns a link to a worker that is ready.
func linked(t *testing.T, code string, slots int, c fsm1.Config) (*fsm1.Link, wire.Peer) {
	t.Helper()
	p, data, control := spawn(t, code)
	l := fsm1.New(data, control, c)
	t.Cleanup(func() { l.Close() })
	peer, err := l.Handshake(soon(t), wire.Welcome{Worker: "w-1", Slots: slots, Window: 16 << 10})
	if err != nil {
		t.Fatalf("Handshake: %v\n%s", err, p.stderr)
	}
	return l, peer
}

// modes are the three ways in which a worker serves.
func modes(t *testing.T, test func(t *testing.T, code string, slots int)) {
	for _, mode := range []struct {
		name, code string
		slots      int
	}{
		{"on the main thread", everything + "worker.run()", 1},
		{"on a thread and a loop", everything + nap + "worker.run()", 1},
		{"in four slots", everything + nap + "worker.run(slots=4)", 4},
	} {
		t.Run(mode.name, func(t *testing.T) { test(t, mode.code, mode.slots) })
	}
}

func TestHandshake_AllCapabilities(t *testing.T) {
	modes(t, func(t *testing.T, code string, slots int) {
		l, peer := linked(t, code, slots, fsm1.Config{})
		for _, c := range []wire.Capability{wire.CanCancel, wire.CanStream, wire.CanLog, wire.CanSession, wire.CanShared} {
			if !l.Can(c) {
				t.Errorf("Can(%s) = false", c)
			}
		}
		if l.Slots() != slots || !peer.Shared {
			t.Errorf("%d slots, shared memory %v; want %d and true", l.Slots(), peer.Shared, slots)
		}
		if err := l.Shutdown(soon(t), "done"); err != nil {
			t.Errorf("Shutdown = %v", err)
		}
	})
}

func TestShared_PayloadsOfAllSizes(t *testing.T) {
	modes(t, func(t *testing.T, code string, slots int) {
		l, _ := linked(t, code, slots, fsm1.Config{})
		var clients sync.WaitGroup
		for i := range slots {
			clients.Go(func() {
				for _, size := range []int{0, 1, 65_535, 1 << 17, 1 << 20, 9 << 20} {
					in := bytes.Repeat([]byte{byte('a' + i)}, size)
					r := wire.Request{Command: "echo", Payload: in, Meta: wire.Metadata{ContentType: wire.ContentBytes}}
					out, err := l.Exchange(soon(t), r)
					if err != nil || !bytes.Equal(in, out.Payload) {
						t.Errorf("%d bytes come back as %d, %v", size, len(out.Payload), err)
					}
				}
			})
		}
		clients.Wait()
	})
}

func TestCancel_WorkerStaysUsable(t *testing.T) {
	modes(t, func(t *testing.T, code string, slots int) {
		logged := make(chan fsm1.LogRecord, 10)
		l, peer := linked(t, code, slots, fsm1.Config{Grace: hang, Log: func(r fsm1.LogRecord) { logged <- r }})
		ctx, cancel := context.WithCancel(soon(t))
		command := "nap"
		if slices.Contains(peer.Commands, command) {
			cancelSoon(t, l, cancel)
		} else { // on the main thread sleeping can be stopped, too
			command = "sleep"
			go func() { cancelAfter(<-logged, cancel) }()
		}
		_, err := l.Exchange(ctx, wire.Request{Command: command, Payload: []byte("1000")})
		if _, ok := errors.AsType[*wire.CancelledError](err); !ok {
			t.Errorf("%s = %v; want a *wire.CancelledError", command, err)
		}
		if got, err := l.Exchange(soon(t), wire.Request{Command: "echo", Payload: []byte("1")}); err != nil || string(got.Payload) != "1" {
			t.Errorf("after that echo = %s, %v", got.Payload, err)
		}
	})
}

func cancelAfter(_ fsm1.LogRecord, cancel func()) { cancel() }

// cancelSoon cancels once the worker has something to do.
func cancelSoon(t *testing.T, l wire.Link, cancel func()) {
	ctx := soon(t)
	go func() {
		defer cancel()
		for {
			if pong, err := l.Ping(ctx); err != nil || pong.InFlight > 0 {
				return
			}
		}
	}()
}

func TestLog_RecordsReachThePool(t *testing.T) {
	modes(t, func(t *testing.T, code string, slots int) {
		logged := make(chan fsm1.LogRecord, 1)
		l, _ := linked(t, code, slots, fsm1.Config{Log: func(r fsm1.LogRecord) { logged <- r }})
		r := wire.Request{Command: "sleep", Payload: []byte("0"), Meta: wire.Metadata{Traceparent: "00-1-2-01"}}
		if _, err := l.Exchange(soon(t), r); err != nil {
			t.Fatal(err)
		}
		got := <-logged
		if got.Time.IsZero() || got.Request == 0 {
			t.Errorf("the record has time %v and request %d; want both", got.Time, got.Request)
		}
		want := fsm1.LogRecord{
			Request: got.Request, Command: "sleep", Time: got.Time, Level: slog.LevelWarn, Logger: "root", Message: "sleeping",
			Attrs: map[string]any{"seconds": int64(0), "traceparent": "00-1-2-01"},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestStream_Generator(t *testing.T) {
	modes(t, func(t *testing.T, code string, slots int) {
		l, _ := linked(t, code, slots, fsm1.Config{})
		answers, err := l.Stream(soon(t), wire.Request{Command: "count", Payload: []byte("5000")})
		if err != nil {
			t.Fatal(err)
		}
		for i := range 5000 {
			piece, err := answers.Next()
			if want := strconv.Itoa(i); err != nil || string(piece.Payload) != want {
				t.Fatalf("Next = %s, %v; want %s", piece.Payload, err, want)
			}
		}
		if _, err := answers.Next(); err != wire.EndOfStream {
			t.Errorf("after the last piece Next = %v; want wire.EndOfStream", err)
		}
		if err := answers.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestStream_CloseStopsTheHandler(t *testing.T) {
	modes(t, func(t *testing.T, code string, slots int) {
		l, _ := linked(t, code, slots, fsm1.Config{Grace: hang})
		for range 20 {
			answers, err := l.Stream(soon(t), wire.Request{Command: "endless"})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := answers.Next(); err != nil {
				t.Error(err)
			}
			if err := answers.Close(); err != nil {
				t.Errorf("Close = %v; want nil, as the worker stops", err)
			}
		}
	})
}

func TestStream_HandlerReadsInput(t *testing.T) {
	modes(t, func(t *testing.T, code string, slots int) {
		l, _ := linked(t, code, slots, fsm1.Config{})
		got, err := l.Exchange(soon(t), wire.Request{Command: "total", Input: ones(5000)})
		if err != nil || string(got.Payload) != "5000" {
			t.Errorf("total = %s, %v; want 5000", got.Payload, err)
		}
	})
}

func ones(n int) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for range n {
			if !yield([]byte("1"), nil) {
				return
			}
		}
	}
}

func TestSession_MovesToAnotherWorker(t *testing.T) {
	modes(t, func(t *testing.T, code string, slots int) {
		here, _ := linked(t, code, slots, fsm1.Config{})
		there, _ := linked(t, code, slots, fsm1.Config{})
		hi := wire.Request{Command: "say", Session: "s", Generation: 1, Payload: []byte(`"hi"`), Checkpoint: true}
		said, err := here.Exchange(soon(t), hi)
		if err != nil || said.State == nil || string(said.State.Payload) != `{"said":["hi"]}` {
			t.Fatalf("say = %+v, %v; want a checkpoint", said, err)
		}
		state, err := here.Export(soon(t), wire.Session{ID: "s", Generation: 1}, true)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(*said.State, state); diff != "" {
			t.Errorf("the checkpoint is not what is exported (-checkpoint +export):\n%s", diff)
		}
		if err := there.Import(soon(t), wire.Session{ID: "s", Generation: 2}, state); err != nil {
			t.Fatal(err)
		}
		hi.Generation = 2
		if got, err := there.Exchange(soon(t), hi); err != nil || string(got.Payload) != "2" {
			t.Errorf("say = %s, %v; want 2", got.Payload, err)
		}
		_, err = here.Export(soon(t), wire.Session{ID: "s", Generation: 1}, false)
		if remote, ok := errors.AsType[*wire.RemoteError](err); !ok || remote.Kind != wire.KindNoSession {
			t.Errorf("the second Export = %v; want %s", err, wire.KindNoSession)
		}
	})
}

// hooks are an import hook that waits for its cancellation, or catches it and goes on, and the least of an export hook.
const hooks = `
from fsmpool import Cancelled

@worker.export_session
def keep(session):
    return session

@worker.import_session
def restore(snapshot):
    try:
        wait_while(snapshot.get("stuck"))
    except Cancelled:
        wait_while(snapshot.get("deaf"))
        raise
    return snapshot

def wait_while(stuck):
    if stuck:
        logging.warning("stuck")
    while stuck:
        time.sleep(0.001)

`

func TestImport_HookThatHangs(t *testing.T) {
	modes(t, func(t *testing.T, code string, slots int) {
		logged := make(chan fsm1.LogRecord, 10)
		l, _ := linked(t, hooked(code), slots, fsm1.Config{Grace: hang, Log: func(r fsm1.LogRecord) { logged <- r }})
		say := wire.Request{Command: "say", Session: "s", Generation: 1, Payload: []byte(`"hi"`)}
		for said := range 3 {
			if got, err := l.Exchange(soon(t), say); err != nil || string(got.Payload) != strconv.Itoa(said+1) {
				t.Errorf("say = %s, %v; want %d", got.Payload, err, said+1)
			}
			err := importStuck(t, l, logged, `{"stuck":true}`)
			if _, ok := errors.AsType[*wire.CancelledError](err); !ok {
				t.Errorf("Import = %v (%T); want it cancelled", err, err)
			}
		}
		everySlot(t, l, say)
	})
}

func TestImport_HookThatCannotBeStopped(t *testing.T) {
	modes(t, func(t *testing.T, code string, slots int) {
		logged := make(chan fsm1.LogRecord, 10)
		l, _ := linked(t, hooked(code), slots, fsm1.Config{
			Grace: time.Second / 10, Log: func(r fsm1.LogRecord) { logged <- r },
		})
		err := importStuck(t, l, logged, `{"stuck":true,"deaf":true}`)
		if lost, ok := errors.AsType[*wire.LostError](err); !ok || !errors.Is(lost, errNoTime) {
			t.Errorf("Import = %v (%T); want the connection lost for %v", err, err, errNoTime)
		}
		_, err = l.Exchange(soon(t), wire.Request{Command: "echo", Payload: []byte("1")})
		if lost, ok := errors.AsType[*wire.LostError](err); !ok || lost.Sent != wire.NotSent {
			t.Errorf("after that echo = %v; want it not sent", err)
		}
	})
}

// hooked puts the hooks into a script, before it runs.
func hooked(code string) string {
	before, run, _ := strings.Cut(code, "worker.run")
	return before + hooks + "worker.run" + run
}

var errNoTime = errors.New("no time")

// importStuck imports a state whose hook hangs, and ends the context when the hook has logged that it is there.
func importStuck(t *testing.T, l wire.Link, logged <-chan fsm1.LogRecord, state string) error {
	t.Helper()
	ctx, cancel := context.WithCancelCause(soon(t))
	defer cancel(nil)
	done := make(chan error, 1)
	go func() {
		done <- l.Import(ctx, wire.Session{ID: "s", Generation: 1}, wire.Snapshot{Payload: []byte(state)})
	}()
	select { // "stuck"
	case <-logged:
	case err := <-done:
		return err
	}
	cancel(errNoTime)
	return <-done
}

// everySlot has as many requests at once as there are slots, each of a session of its own.
func everySlot(t *testing.T, l wire.Link, say wire.Request) {
	t.Helper()
	var all sync.WaitGroup
	for i := range l.Slots() {
		r := say
		r.Session = strconv.Itoa(i)
		all.Go(func() {
			if got, err := l.Exchange(soon(t), r); err != nil || string(got.Payload) != "1" {
				t.Errorf("say = %s, %v; want 1", got.Payload, err)
			}
		})
	}
	all.Wait()
}

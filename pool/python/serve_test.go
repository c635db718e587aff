package python_test

import (
	"bytes"
	"errors"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fsmgen/fsmgen/pool/fsm1"
	"github.com/fsmgen/fsmgen/pool/wire"
)

// handlers is a worker with one command for every way to answer.
const handlers = `
import os, sys
from fsmpool import worker, Fatal, Retryable

@worker.command
def echo(args):
    print("a print breaks nothing", flush=True)
    return args

@worker.command
def count(args, ctx):
    ctx.session["n"] = ctx.session.get("n", 0) + 1
    return ctx.session["n"]

@worker.command
def about(args, ctx):
    return [ctx.id, ctx.command, ctx.session_id, ctx.worker_id, ctx.content_type, ctx.traceparent, 0 < ctx.remaining() <= 60]

@worker.command
def as_bytes(args):
    return repr(args).encode()

@worker.command
def raises(args):
    raise ValueError("empty text")

@worker.command
def busy(args):
    raise Retryable("rate limited")

@worker.command
def broken(args):
    raise Fatal("out of device memory") from RuntimeError("CUDA")

@worker.command
def leaves(args):
    sys.exit(7)

@worker.command
def unspeakable(args):
    class Odd(Exception):
        def __str__(self): raise RuntimeError
    raise Odd

@worker.command
def surrogate(args):
    raise ValueError("\udc80")

@worker.command
def no_json(args):
    return {"a": object()}

@worker.command
def nan(args):
    return float("nan")

@worker.command
def large(args):
    return "x" * args

@worker.command
def inherited(args):
    pid = os.fork()
    if pid == 0:
        os._exit(sum(_open(fd) for fd in (3, 4)))
    return [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), os.get_inheritable(3), os.get_inheritable(4),
            os.get_inheritable(5), "FSMPOOL_FDS" in os.environ]

def _open(fd):
    try:
        os.fstat(fd)
        return True
    except OSError:
        return False

worker.run()
`

func TestHandshake_Peer(t *testing.T) {
	p := launch(t, handlers, 0)
	peer, err := p.link.Handshake(soon(t), wire.Welcome{Worker: "w-1"})
	if err != nil {
		t.Fatal(err)
	}
	if peer.PID != p.cmd.Process.Pid || !cmp.Equal(peer.Versions, []int{fsm1.Version}) {
		t.Errorf("Hello = %+v; want pid %d and version %d", peer.Hello, p.cmd.Process.Pid, fsm1.Version)
	}
	if len(peer.Commands) != strings.Count(handlers, "@worker.command") || peer.Commands[0] != "about" {
		t.Errorf("Commands = %v; want all of them, sorted", peer.Commands)
	}
}

func TestHandler_JSONOrBytes(t *testing.T) {
	p := start(t, handlers)
	tests := []struct {
		name    string
		request wire.Request
		want    string
	}{
		{"JSON in and out", wire.Request{Command: "echo", Payload: []byte(`{"a":[1,null,"ä"]}`)}, `{"a":[1,null,"ä"]}`},
		{"no payload is None", wire.Request{Command: "echo"}, `null`},
		{"bytes in", wire.Request{
			Command: "as_bytes", Payload: []byte{0, 0xff},
			Meta: wire.Metadata{ContentType: wire.ContentBytes},
		}, `b'\x00\xff'`},
		{"what is known about a request", wire.Request{
			Command: "about", Session: "s-1",
			Meta: wire.Metadata{Traceparent: "00-1-2-01", DeadlineMS: 60_000},
		}, `[ID,"about","s-1","w-1","application/json","00-1-2-01",true]`},
		{"nothing is inherited", wire.Request{Command: "inherited"}, `[0,false,false,false,false]`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := requestID.ReplaceAllString(p.ask(t, tt.request), "[ID,")
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// requestID is the id of a request, which is another one in each run, where "about" answers with it.
var requestID = regexp.MustCompile(`^\[\d{6,},`)

func TestPayload_Bytes(t *testing.T) {
	p := start(t, handlers)
	for _, size := range []int{0, 1, 70_000, 3 << 20} {
		in := bytes.Repeat([]byte{0xfe}, size)
		res, err := p.link.Exchange(soon(t), wire.Request{
			Command: "echo", Payload: in, Meta: wire.Metadata{ContentType: wire.ContentBytes},
		})
		if err != nil || res.Meta.ContentType != wire.ContentBytes || !bytes.Equal(in, res.Payload) {
			t.Errorf("%d bytes come back as %d of %q, %v", size, len(res.Payload), res.Meta.ContentType, err)
		}
	}
}

func TestHandler_ErrorsAreAnswers(t *testing.T) {
	p := start(t, handlers)
	tests := []struct {
		command, payload string
		want             wire.RemoteError
		traceback        string
	}{
		{"raises", "1", wire.RemoteError{Kind: wire.KindHandlerError, Type: "ValueError", Message: "empty text"}, `in raises`},
		{"busy", "1", wire.RemoteError{Kind: wire.KindHandlerError, Type: "Retryable", Message: "rate limited", Retryable: true}, `in busy`},
		{"broken", "1", wire.RemoteError{Kind: wire.KindHandlerError, Type: "Fatal", Message: "out of device memory", Fatal: true}, "RuntimeError: CUDA"},
		{"unspeakable", "1", wire.RemoteError{Kind: wire.KindHandlerError, Type: "Odd", Message: "(no text)"}, `in unspeakable`},
		{"surrogate", "1", wire.RemoteError{Kind: wire.KindHandlerError, Type: "ValueError", Message: `\udc80`}, `in surrogate`},
		{"no_json", "1", wire.RemoteError{
			Kind: wire.KindHandlerError, Type: "TypeError",
			Message: "the result['a'] is neither bytes nor JSON: Object of type object is not JSON serializable",
		}, "TypeError"},
		{"nan", "1", wire.RemoteError{
			Kind: wire.KindHandlerError, Type: "TypeError",
			Message: "the result is neither bytes nor JSON: Out of range float values are not JSON compliant",
		}, "ValueError"},
		{"echo", "{", wire.RemoteError{
			Kind:    wire.KindBadRequest,
			Message: "payload is not JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
		}, ""},
		{"echo", "\xff", wire.RemoteError{
			Kind:    wire.KindBadRequest,
			Message: "payload is not JSON: 'utf-8' codec can't decode byte 0xff in position 0: invalid start byte",
		}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.command, func(t *testing.T) {
			got := p.fails(t, wire.Request{Command: tt.command, Payload: []byte(tt.payload)})
			shows(t, got.Traceback, tt.traceback)
			if strings.Contains(got.Traceback, "in _call") {
				t.Errorf("the traceback shows the SDK:\n%s", got.Traceback)
			}
			got.Traceback = ""
			// Newer interpreters add the offending value to some messages.
			got.Message = got.Message[:min(len(got.Message), len(tt.want.Message))]
			if diff := cmp.Diff(&tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	if got := p.ask(t, wire.Request{Command: "echo", Payload: []byte("1")}); got != "1" {
		t.Errorf("after all that echo = %s", got)
	}
}

func TestUnknownCommand_NamesKnownOnes(t *testing.T) {
	got := start(t, handlers).fails(t, wire.Request{Command: "predct"})
	if got.Kind != wire.KindUnknownCommand {
		t.Errorf("Kind = %s; want %s", got.Kind, wire.KindUnknownCommand)
	}
	shows(t, got.Message, `'predct'`, "about, as_bytes")
}

func TestAnswer_OverTheLimit(t *testing.T) {
	p := launch(t, handlers, 5000)
	if _, err := p.link.Handshake(soon(t), wire.Welcome{Worker: "w-1"}); err != nil {
		t.Fatal(err)
	}
	got := p.fails(t, wire.Request{Command: "large", Payload: []byte("4987")}) // and two quotes and 12 bytes
	if want := "the answer has 4989 bytes: the limit is 4988"; got.Kind != wire.KindTooLarge || got.Message != want {
		t.Errorf("%v; want %s: %s", got, wire.KindTooLarge, want)
	}
	if got := p.ask(t, wire.Request{Command: "large", Payload: []byte("4986")}); len(got) != 4988 {
		t.Errorf("an answer of exactly the limit has %d bytes", len(got))
	}
}

func TestError_CutToTheLimit(t *testing.T) {
	const code = `
from fsmpool import worker

@worker.command
def verbose(args):
    raise ValueError("x" * 100_000)

worker.run()
`
	p := launch(t, code, fsm1.MinLimit)
	if _, err := p.link.Handshake(soon(t), wire.Welcome{Worker: "w-1"}); err != nil {
		t.Fatal(err)
	}
	got := p.fails(t, wire.Request{Command: "verbose"})
	if got.Type != "ValueError" || !strings.HasPrefix(got.Message, "xxx") {
		t.Errorf("%.100v; want the ValueError", got)
	}
}

func TestSession_StateOfAGeneration(t *testing.T) {
	p := start(t, handlers)
	steps := []struct {
		session    string
		generation uint64
		want       int
	}{
		{"a", 1, 1},
		{"a", 1, 2},
		{"b", 1, 1},
		{"", 0, 1},
		{"", 0, 1},
		{"a", 1, 3},
		{"a", 2, 1},
		{"b", 1, 2},
	}
	for i, s := range steps {
		got := p.ask(t, wire.Request{Command: "count", Session: s.session, Generation: s.generation})
		if got != strconv.Itoa(s.want) {
			t.Errorf("step %d: session %q of generation %d counts %s; want %d", i, s.session, s.generation, got, s.want)
		}
	}
}

func TestSessions_BeyondTheLimit(t *testing.T) {
	p := launch(t, handlers, 0)
	if _, err := p.link.Handshake(soon(t), wire.Welcome{Worker: "w-1", MaxSessions: 1}); err != nil {
		t.Fatal(err)
	}
	for _, session := range []string{"a", "b", "a"} {
		if got := p.ask(t, wire.Request{Command: "count", Session: session}); got != "1" {
			t.Errorf("session %q counts %s; want 1", session, got)
		}
	}
	if err := p.link.Shutdown(soon(t), "done"); err != nil {
		t.Fatal(err)
	}
	p.exitCode(t)
	shows(t, p.stderr.String(), "session 'a' forgotten: the limit is 1 sessions", "session 'b' forgotten")
}

func TestHandler_ExitAnswersFirst(t *testing.T) {
	p := start(t, handlers)
	if got := p.fails(t, wire.Request{Command: "leaves"}); !got.Fatal || got.Type != "SystemExit" {
		t.Errorf("%+v; want a fatal SystemExit", got)
	}
	if code := p.exitCode(t); code != 7 {
		t.Errorf("the process exits with %d; want 7", code)
	}
	_, err := p.link.Exchange(soon(t), wire.Request{Command: "echo"})
	if lost, ok := errors.AsType[*wire.LostError](err); !ok || lost.Sent != wire.NotSent {
		t.Errorf("the next request: %v; want it lost and not sent", err)
	}
}

package pool

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"sync"

	"github.com/fsmgen/fsmgen/pool/wire"
)

// Request is what a [Handler] gets.
type Request struct {
	Worker  uint64
	Command string
	Session string         // empty for anonymous work
	State   map[string]any // of the session on this worker; nil for anonymous work
	Payload []byte         // JSON unless client and handler agree otherwise
}

// Handler does one request inside this process. Its context ends when the worker is killed; what ignores that goes on as a
// goroutine nobody waits for. An error is the answer of the request; a panic ends the worker, as a crash ends a process.
// [ErrUnknownCommand] says that there is no such command.
type Handler func(ctx context.Context, r *Request) ([]byte, error)

// ErrUnknownCommand is returned by a [Handler] for a command it does not have.
var ErrUnknownCommand = errors.New("unknown command")

// Func returns a source of workers that run in this process: for programs without an interpreter, and for tests, which they
// let run on virtual time. A worker does one request at a time and keeps the state of its sessions, as a process does.
func Func(handler Handler) Source { return funcSource{handler} }

type funcSource struct{ handler Handler }

func (s funcSource) check() string {
	if s.handler == nil {
		return "is Func(nil); give it a handler"
	}
	return ""
}

func (s funcSource) open(context.Context, *Config) (launcher, error) { return s, nil }

func (s funcSource) launch(worker uint64) (instance, error) {
	ctx, cancel := context.WithCancel(context.Background())
	f := &funcWorker{
		worker: worker, handler: s.handler, ctx: ctx, cancel: cancel,
		requests: make(chan funcCall), leave: make(chan struct{}), gone: make(chan struct{}),
		sessions: make(map[string]*funcSession),
	}
	go f.run()
	return f, nil
}

func (funcSource) close() {}

// funcWorker is a worker that is a goroutine. Everything but the fields under the lock belongs to that goroutine.
type funcWorker struct {
	worker   uint64
	handler  Handler
	ctx      context.Context // ends when the worker is to end
	cancel   context.CancelFunc
	requests chan funcCall
	leave    chan struct{}
	sessions map[string]*funcSession

	once sync.Once
	gone chan struct{}

	mu    sync.Mutex
	how   string
	lines []string
}

type funcSession struct {
	generation uint64
	state      map[string]any
}

type funcCall struct {
	request wire.Request
	answer  chan<- funcAnswer // has room for the answer
}

type funcAnswer struct {
	payload []byte
	err     error
}

func (f *funcWorker) run() {
	defer f.end("runtime.Goexit") // unless it has ended otherwise
	for {
		select {
		case <-f.ctx.Done():
			return
		case <-f.leave:
			f.end("exit status 0")
			return
		case call := <-f.requests:
			payload, err := f.handle(call.request)
			call.answer <- funcAnswer{payload, err}
		}
	}
}

// handle runs the handler. A panic ends the worker before its caller learns of anything.
func (f *funcWorker) handle(r wire.Request) (payload []byte, err error) {
	defer func() {
		if v := recover(); v != nil {
			f.print(fmt.Sprintf("%s\npanic: %v", debug.Stack(), v)) // what it says last is what errors quote
			f.end("panic")
			err = &wire.LostError{Sent: wire.SentUnknown, Err: fmt.Errorf("panic: %v", v)}
		}
	}()
	request := &Request{Worker: f.worker, Command: r.Command, Session: r.Session, Payload: r.Payload}
	if r.Session != "" {
		request.State = f.session(r.Session, r.Generation)
	}
	return f.handler(f.ctx, request)
}

// session returns the state of the session, new if another worker has had it in between.
func (f *funcWorker) session(name string, generation uint64) map[string]any {
	s, ok := f.sessions[name]
	if !ok || s.generation != generation {
		s = &funcSession{generation, make(map[string]any)}
		f.sessions[name] = s
	}
	return s.state
}

func (f *funcWorker) handshake(context.Context, uint64) error { return nil }

func (f *funcWorker) exchange(ctx context.Context, r wire.Request) (wire.Response, error) {
	if ctx.Err() != nil {
		return wire.Response{}, context.Cause(ctx)
	}
	answers := make(chan funcAnswer, 1)
	select {
	case f.requests <- funcCall{r, answers}:
	case <-f.gone:
		return wire.Response{}, &wire.LostError{Sent: wire.NotSent, Err: errors.New(f.exit())}
	case <-ctx.Done():
		return wire.Response{}, &wire.LostError{Sent: wire.NotSent, Err: context.Cause(ctx)}
	}
	select {
	case a := <-answers:
		return wire.Response{Payload: a.payload}, funcError(a.err)
	case <-f.gone:
		return wire.Response{}, &wire.LostError{Sent: wire.SentUnknown, Err: errors.New(f.exit())}
	case <-ctx.Done():
		return wire.Response{}, &wire.LostError{Sent: wire.SentUnknown, Err: context.Cause(ctx)}
	}
}

// funcError makes the error of a handler what it would be if it came over the wire.
func funcError(err error) error {
	if _, lost := errors.AsType[*wire.LostError](err); lost || err == nil {
		return err
	}
	if errors.Is(err, ErrUnknownCommand) {
		return &wire.RemoteError{Kind: wire.KindUnknownCommand, Message: "the handler does not know it"}
	}
	return &wire.RemoteError{Kind: wire.KindHandlerError, Type: fmt.Sprintf("%T", err), Message: err.Error()}
}

func (f *funcWorker) ping(context.Context) (wire.Pong, error) { return wire.Pong{OK: true}, f.alive() }

func (f *funcWorker) alive() error {
	select {
	case <-f.gone:
		return errors.New(f.exit())
	default:
		return nil
	}
}

// shutdown lets a request in flight finish, as the SDK does.
func (f *funcWorker) shutdown(ctx context.Context, _ string) error {
	select {
	case f.leave <- struct{}{}:
	case <-f.gone:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	return nil
}

func (f *funcWorker) terminate() { f.end("terminated") }
func (f *funcWorker) kill()      { f.end("killed") }
func (f *funcWorker) close()     { f.kill() }

func (f *funcWorker) end(how string) {
	f.once.Do(func() {
		f.mu.Lock()
		f.how = how
		f.mu.Unlock()
		f.cancel()
		close(f.gone)
	})
}

func (f *funcWorker) print(text string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lines = append(f.lines, strings.Split(text, "\n")...)
}

func (f *funcWorker) done() <-chan struct{} { return f.gone }
func (f *funcWorker) pid() int              { return 0 }

func (f *funcWorker) exit() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.how
}

func (f *funcWorker) output() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.lines
}

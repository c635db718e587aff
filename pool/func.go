package pool

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/fsmgen/fsmgen/pool/wire"
)

// Request is a request as a [HandlerFunc] gets it.
type Request struct {
	Worker  uint64
	Command string
	Session string         // empty for anonymous work
	State   map[string]any // of the session on this worker; nil for anonymous work. What JSON cannot say does not move
	Payload []byte         // JSON unless client and handler agree otherwise

	gone <-chan struct{} // closed when the worker is
}

// HandlerFunc serves one request inside this process. Its context ends when its caller gives up, and when the worker is
// killed; a handler that ignores that goes on as a goroutine that the pool does not wait for. An error is the answer of the
// request; a panic ends the worker, as a crash ends a process. [ErrUnknownCommand] says that there is no such command.
type HandlerFunc func(ctx context.Context, r *Request) ([]byte, error)

// Func returns a source of workers that run in this process: for programs without an interpreter, and for tests, which they
// let run on virtual time. A worker keeps the state of its sessions, as a process does.
func Func(handler HandlerFunc) Source { return funcSource{handler: handler} }

// funcSource is the source of [Func]. It is a value: a pool that opens it has a copy with its own CancelGrace.
type funcSource struct {
	handler HandlerFunc
	grace   time.Duration // after the end of a request's context, before it is given up
}

func (s funcSource) check() string {
	if s.handler == nil {
		return "is Func(nil); give it a handler"
	}
	return ""
}

// same takes any two functions for the same, since functions cannot be compared.
func (funcSource) same(other Source) bool {
	_, ok := other.(funcSource)
	return ok
}

// owned returns the source itself, which nothing can change.
func (s funcSource) owned() Source { return s }

// open has nothing to prepare but the grace for handlers that are cancelled.
func (s funcSource) open(_ context.Context, c *Config) (launcher, error) {
	s.grace = c.CancelGrace
	return s, nil
}

// launch returns a worker at once: there is no process to wait for.
func (s funcSource) launch(worker uint64, _ string) (instance, error) {
	ctx, cancel := context.WithCancel(context.Background())
	return &funcWorker{
		worker: worker, handler: s.handler, grace: s.grace, ctx: ctx, cancel: cancel, gone: make(chan struct{}),
		sessions: make(map[string]*funcSession),
	}, nil
}

func (funcSource) version() string { return "func" }
func (funcSource) close()          {}

// funcWorker is a worker that is a few goroutines, one for each request. It is a [wire.Link] to itself.
type funcWorker struct {
	worker  uint64
	handler HandlerFunc
	ctx     context.Context // ends when the worker is to end
	cancel  context.CancelFunc
	grace   time.Duration
	slots   int

	requests sync.WaitGroup // in flight
	once     sync.Once
	gone     chan struct{}

	mu       sync.Mutex
	busy     int   // slots that are taken
	lost     error // why no further request can be made, although the worker has not ended
	sessions map[string]*funcSession
	how      string
	lines    []string
}

// funcSession is the state of a session. Requests of one session come one after the other.
type funcSession struct {
	generation uint64
	state      map[string]any
}

// funcAnswer is what the goroutine of a handler sends to the one of its request.
type funcAnswer struct {
	response wire.Response
	err      error
}

// Handshake implements [wire.Link]. It names no commands, since a function does not tell which it has.
func (f *funcWorker) Handshake(_ context.Context, w wire.Welcome) (wire.Peer, error) {
	f.slots = max(1, w.Slots)
	return wire.Peer{Hello: wire.Hello{Slots: f.slots}}, nil
}

func (f *funcWorker) Slots() int { return f.slots }

// Can implements [wire.Link]. Streams of several pieces, shared memory and a log of its own are for processes.
func (f *funcWorker) Can(c wire.Capability) bool {
	return c == wire.CanSession || c == wire.CanCancel || c == wire.CanDrop
}

// Exchange implements [wire.Link]. The handler runs on a goroutine of its own, so that the caller need
// not wait for a handler that does not stop.
func (f *funcWorker) Exchange(ctx context.Context, r wire.Request) (wire.Response, error) {
	if ctx.Err() != nil {
		return wire.Response{}, context.Cause(ctx)
	}
	if err := f.take(); err != nil {
		return wire.Response{}, err
	}
	defer f.give()
	answers := make(chan funcAnswer, 1)
	go func() {
		defer f.requests.Done()
		f.serve(ctx, r, answers)
	}()
	select {
	case a := <-answers:
		return a.response, funcError(a.err)
	case <-f.gone:
		return wire.Response{}, &wire.LostError{Sent: wire.SentUnknown, Err: errors.New(f.exit())}
	case <-ctx.Done():
		return f.cancelled(context.Cause(ctx), answers)
	}
}

// take takes a slot, for a request that is done with f.requests at its end.
func (f *funcWorker) take() error {
	if err := f.alive(); err != nil {
		return &wire.LostError{Sent: wire.NotSent, Err: err}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.lost != nil:
		return &wire.LostError{Sent: wire.NotSent, Err: f.lost}
	case f.busy >= max(1, f.slots):
		return wire.ErrInFlight
	}
	f.busy++
	f.requests.Add(1) // before a Shutdown that waits for it
	return nil
}

// give gives back the slot that take has taken. A handler that was given up has ended the worker for further requests
// before.
func (f *funcWorker) give() {
	f.mu.Lock()
	f.busy--
	f.mu.Unlock()
}

// cancelled waits for the handler to end, as long as the grace allows. A handler that does not end keeps its slot: no further
// request is taken.
func (f *funcWorker) cancelled(cause error, answers <-chan funcAnswer) (wire.Response, error) {
	timer := time.NewTimer(f.grace)
	defer timer.Stop()
	select {
	case a := <-answers:
		if a.err == nil {
			return a.response, nil
		}
		return wire.Response{}, &wire.CancelledError{Begun: true, Err: cause}
	case <-f.gone:
	case <-timer.C:
		f.mu.Lock()
		f.lost = cause
		f.mu.Unlock()
	}
	return wire.Response{}, &wire.LostError{Sent: wire.SentUnknown, Err: cause}
}

// serve runs the handler. A panic ends the worker before its caller learns of anything, and so does Goexit.
func (f *funcWorker) serve(ctx context.Context, r wire.Request, answers chan<- funcAnswer) {
	returned := false
	defer func() {
		switch v := recover(); {
		case v != nil:
			f.print(fmt.Sprintf("%s\npanic: %v", debug.Stack(), v)) // what it says last is what errors quote
			f.end("panic")
		case !returned:
			f.end("runtime.Goexit")
		}
	}()
	request := &Request{Worker: f.worker, Command: r.Command, Session: r.Session, Payload: r.Payload, gone: f.gone}
	var session *funcSession
	if r.Session != "" {
		session = f.session(r.Session, r.Generation)
		request.State = session.state
	}
	both, cancel := context.WithCancel(f.ctx)
	defer cancel()
	defer context.AfterFunc(ctx, cancel)()
	payload, err := f.handler(both, request)
	returned = true
	answer := funcAnswer{wire.Response{Payload: payload}, err}
	if r.Checkpoint && session != nil {
		answer.response.State = session.snapshot()
	}
	answers <- answer
}

// session returns the state of the session, new if another worker has had it in between.
func (f *funcWorker) session(name string, generation uint64) *funcSession {
	f.mu.Lock()
	defer f.mu.Unlock()
	s, ok := f.sessions[name]
	if !ok || s.generation != generation {
		s = &funcSession{generation, make(map[string]any)}
		f.sessions[name] = s
	}
	return s
}

// snapshot writes the state down, nil if it cannot be.
func (s *funcSession) snapshot() *wire.Snapshot {
	payload, err := json.Marshal(s.state)
	if err != nil {
		return nil
	}
	return &wire.Snapshot{Payload: payload}
}

// Export implements [wire.Link]. The generation tells whether the state is that of the session, or that of one with the
// same name before.
func (f *funcWorker) Export(_ context.Context, id wire.Session, drop bool) (wire.Snapshot, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s, ok := f.sessions[id.ID]
	if !ok || s.generation != id.Generation {
		return wire.Snapshot{}, &wire.RemoteError{Kind: wire.KindNoSession, Message: "there is no such session"}
	}
	snapshot := s.snapshot()
	if snapshot == nil {
		return wire.Snapshot{}, &wire.RemoteError{Kind: wire.KindNotExportable, Message: "its state is not JSON"}
	}
	if drop {
		delete(f.sessions, id.ID)
	}
	return *snapshot, nil
}

// Import implements [wire.Link]. A HandlerFunc has no import hook, so that it knows no form but that of its own states.
func (f *funcWorker) Import(_ context.Context, id wire.Session, state wire.Snapshot) error {
	if state.ExportedBy != "" {
		return &wire.RemoteError{Kind: wire.KindNotImportable, Message: "the export hook " + state.ExportedBy + " wrote it: a pool.Func has no import hook"}
	}
	s := &funcSession{generation: id.Generation}
	if err := json.Unmarshal(state.Payload, &s.state); err != nil {
		return &wire.RemoteError{Kind: wire.KindBadRequest, Message: err.Error()}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sessions[id.ID] = s
	return nil
}

// Drop implements [wire.Link].
func (f *funcWorker) Drop(sessions []wire.Session) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, id := range sessions {
		if s, ok := f.sessions[id.ID]; ok && s.generation <= id.Generation {
			delete(f.sessions, id.ID)
		}
	}
	return nil
}

// Stream gives the answer as a stream of one piece.
func (f *funcWorker) Stream(ctx context.Context, r wire.Request) (wire.Answers, error) {
	return wire.Single(f.Exchange(ctx, r))
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

func (f *funcWorker) Ping(context.Context) (wire.Pong, error) { return wire.Pong{OK: true}, f.alive() }

// alive returns nil, or how the worker has ended.
func (f *funcWorker) alive() error {
	select {
	case <-f.gone:
		return errors.New(f.exit())
	default:
		return nil
	}
}

// Shutdown lets requests in flight finish, as the SDK does.
func (f *funcWorker) Shutdown(context.Context, string) error {
	f.mu.Lock()
	if f.lost == nil {
		f.lost = errors.New("it was told to leave")
	}
	f.mu.Unlock()
	go func() {
		f.requests.Wait()
		f.end("exit status 0")
	}()
	return nil
}

func (f *funcWorker) Close() error {
	f.kill()
	return nil
}

func (f *funcWorker) terminate() { f.end("terminated") }
func (f *funcWorker) kill()      { f.end("killed") }
func (f *funcWorker) release()   { f.kill() }

// end ends the worker, once. Handlers in progress learn of it by their context, and callers by the channel gone. How is
// set before gone is closed, so that exit has it.
func (f *funcWorker) end(how string) {
	f.once.Do(func() {
		f.mu.Lock()
		f.how = how
		f.mu.Unlock()
		f.cancel()
		close(f.gone)
	})
}

// print adds lines to the output that errors quote.
func (f *funcWorker) print(text string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lines = append(f.lines, strings.Split(text, "\n")...)
}

func (f *funcWorker) done() <-chan struct{} { return f.gone }
func (f *funcWorker) pid() int              { return 0 }
func (f *funcWorker) rss() int64            { return 0 }

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

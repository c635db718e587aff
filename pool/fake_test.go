package pool

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/fsmgen/fsmgen/pool/wire"
)

// fake is a source of workers in this process whose health and start a test decides. Its commands are those of
// testdata/worker.py, as far as they are needed.
type fake struct {
	closes atomic.Int32 // how often its launcher was closed

	handler HandlerFunc // nil means echo
	label   string      // of the version; empty means fake
	opens   error       // why the source cannot be opened

	commands []string // that workers declare
	plain    bool     // workers keep no sessions
	most     int      // slots of a worker; 0 for any number
	refuses  error    // why workers take over no state
	deaf     bool     // workers never answer when they are to take a state over
	grace    time.Duration

	mu     sync.Mutex
	sick   error                                          // what a probe says
	start  func(ctx context.Context, worker uint64) error // the handshake; nil succeeds
	mortal time.Duration                                  // how long a worker lives; 0 for ever
	dies   bool                                           // the next worker that is to take a session over dies of it
	pings  int
}

func (f *fake) check() string          { return "" }
func (f *fake) owned() Source          { return f }
func (f *fake) same(other Source) bool { return other == Source(f) }
func (f *fake) open(_ context.Context, c *Config) (launcher, error) {
	f.grace = c.CancelGrace
	return f, f.opens
}
func (f *fake) version() string { return or(f.label, "fake") }
func (f *fake) close()          { f.closes.Add(1) }

func (f *fake) launch(worker uint64, version string) (instance, error) {
	handler := f.handler
	if handler == nil {
		handler = echo
	}
	i, err := funcSource{handler, f.grace}.launch(worker, version)
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.mortal > 0 {
		time.AfterFunc(f.mortal, i.kill)
	}
	return &fakeWorker{i.(*funcWorker), f}, nil
}

func (f *fake) setStart(start func(ctx context.Context, worker uint64) error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.start = start
}

func (f *fake) setSick(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sick = err
}

// live lets the workers to come live.
func (f *fake) live() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.mortal = 0
}

func (f *fake) pinged() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.pings
}

type fakeWorker struct {
	*funcWorker
	fake *fake
}

func (w *fakeWorker) Handshake(ctx context.Context, welcome wire.Welcome) (wire.Peer, error) {
	w.fake.mu.Lock()
	start := w.fake.start
	w.fake.mu.Unlock()
	if start != nil {
		if err := start(ctx, w.worker); err != nil {
			return wire.Peer{}, err
		}
	}
	peer, err := w.funcWorker.Handshake(ctx, welcome)
	peer.Commands = w.fake.commands
	if w.fake.most > 0 {
		w.slots = min(w.slots, w.fake.most)
	}
	return peer, err
}

func (w *fakeWorker) Can(c wire.Capability) bool {
	return w.funcWorker.Can(c) && (c != wire.CanSession || !w.fake.plain)
}

func (w *fakeWorker) Import(ctx context.Context, id wire.Session, state wire.Snapshot) error {
	w.fake.mu.Lock()
	dies := w.fake.dies
	w.fake.dies = false
	w.fake.mu.Unlock()
	if dies {
		w.kill()
		return &wire.LostError{Sent: wire.SentUnknown, Err: errors.New("died of it")}
	}
	if w.fake.refuses != nil && state.Version != w.fake.label {
		return &wire.RemoteError{Kind: wire.KindHandlerError, Message: w.fake.refuses.Error()}
	}
	if w.fake.deaf && state.Version != w.fake.label {
		<-ctx.Done()
		return &wire.LostError{Sent: wire.SentUnknown, Err: context.Cause(ctx)}
	}
	return w.funcWorker.Import(ctx, id, state)
}

func (w *fakeWorker) Ping(ctx context.Context) (wire.Pong, error) {
	w.fake.mu.Lock()
	defer w.fake.mu.Unlock()
	w.fake.pings++
	return wire.Pong{OK: true}, w.fake.sick
}

// hang is a handshake that never succeeds.
func hang(ctx context.Context, _ uint64) error {
	<-ctx.Done()
	return context.Cause(ctx)
}

// echo is the handler of the fakes: "echo" answers at once, "count" with how often the session has counted, "sleep" after half a
// second, "wait" when its worker is killed, "listen" when its client gives up, "fail" with an error; "crash" panics, and "exit" ends its goroutine.
func echo(ctx context.Context, r *Request) ([]byte, error) {
	switch r.Command {
	case "echo":
		return r.Payload, nil
	case "count":
		n, _ := r.State["count"].(float64) // a number of JSON, wherever the state has been
		r.State["count"] = n + 1
		return strconv.AppendInt(nil, int64(n+1), 10), nil
	case "sleep":
		select {
		case <-time.After(time.Second / 2):
			return nil, nil
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	case "wait":
		<-r.gone
		return nil, context.Cause(ctx)
	case "listen":
		<-ctx.Done()
		return nil, context.Cause(ctx)
	case "fail":
		return nil, errors.New("no")
	case "crash":
		panic("told to")
	case "exit":
		runtime.Goexit()
		return nil, nil
	default:
		return nil, ErrUnknownCommand
	}
}

// beginFake returns a pool of fakes that starts.
func beginFake(t *testing.T, f *fake, c Config) *Pool {
	t.Helper()
	c.Source = f
	p, err := begin(t.Context(), c.withDefaults())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// startFake returns a live pool of fakes. It belongs into a synctest bubble: its time is virtual.
func startFake(t *testing.T, f *fake, c Config) *Pool {
	t.Helper()
	c.Source = f
	p, err := Start(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// closePool ends the pool before its bubble ends. The invariants of its core hold until then.
func closePool(t *testing.T, p *Pool) {
	t.Helper()
	checkCore(t, p)
	if err := p.Close(context.Background()); err != nil {
		t.Error(err)
	}
}

// workersOf returns the workers of the pool that are not reaped, oldest first.
func workersOf(p *Pool) []*worker {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.SortedFunc(maps.Values(p.workers), func(a, b *worker) int { return cmp.Compare(a.id, b.id) })
}

// checkCore fails the test if an invariant of the pool's core does not hold.
func checkCore(t interface{ Error(...any) }, p *Pool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.core.Check(); err != nil {
		t.Error(err)
	}
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

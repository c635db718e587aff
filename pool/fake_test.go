package pool

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/fsmgen/fsmgen/pool/wire"
)

// fake is a source of workers in this process whose health and start a test decides. Its commands are those of
// testdata/worker.py, as far as they are needed.
type fake struct {
	mu    sync.Mutex
	sick  error                                          // what a probe says
	start func(ctx context.Context, worker uint64) error // the handshake; nil succeeds
	pings int
}

func (f *fake) open(ctx context.Context, c *Config) (launcher, error) { return f, nil }
func (f *fake) close()                                                {}

func (f *fake) launch(worker uint64) (instance, error) {
	i, err := funcSource{echo}.launch(worker)
	if err != nil {
		return nil, err
	}
	return &fakeWorker{i.(*funcWorker), f}, nil
}

func (f *fake) setSick(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sick = err
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

func (w *fakeWorker) handshake(ctx context.Context, worker uint64) error {
	if w.fake.start == nil {
		return nil
	}
	return w.fake.start(ctx, worker)
}

func (w *fakeWorker) ping(ctx context.Context) (wire.Pong, error) {
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

// echo is the handler of the fakes: "echo" answers at once, "wait" when its worker is killed or its caller gives up,
// "fail" with an error, and "crash" panics.
func echo(ctx context.Context, r *Request) ([]byte, error) {
	switch r.Command {
	case "echo":
		return r.Payload, nil
	case "wait":
		<-ctx.Done()
		return nil, context.Cause(ctx)
	case "fail":
		return nil, errors.New("no")
	case "crash":
		panic("told to")
	default:
		return nil, ErrUnknownCommand
	}
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

// closePool ends the pool before its bubble ends.
func closePool(t *testing.T, p *Pool) {
	t.Helper()
	if err := p.Close(context.Background()); err != nil {
		t.Error(err)
	}
}

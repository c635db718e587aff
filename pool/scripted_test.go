package pool

import (
	"context"
	"sync"
	"testing"

	"github.com/fsmgen/fsmgen/pool/wire"
)

// scripted is a source of fakes of which a test replaces single steps. A step that is nil is that of the fake. They are set
// before the pool starts.
type scripted struct {
	fake
	opens    func(ctx context.Context) error
	launches func(worker uint64) error     // before the worker is there
	greets   func(w *scriptedWorker) error // before the handshake
	offers   wire.Peer                     // what the handshake ends with
	slots    int                           // 0 for as many as are asked for
	cannot   map[wire.Capability]bool
	ping     func(ctx context.Context) (wire.Pong, error)
	exchange func(ctx context.Context, w *scriptedWorker, r wire.Request) (wire.Response, error)
	stream   func(ctx context.Context, w *scriptedWorker, r wire.Request) (wire.Answers, error)
	exports  func(ctx context.Context, id wire.Session) (wire.Snapshot, error)
	imports  func(id wire.Session, state wire.Snapshot) error
	shutdown error
	onKill   func(w *scriptedWorker)
	onTerm   func()
	memory   int64

	seen    sync.Mutex // guards what follows
	opened  int
	closed  int // calls of the launcher's close
	started int
	ended   int // instances that were closed
	told    []wire.Welcome
	dropped []string
}

func (s *scripted) owned() Source { return s }

func (s *scripted) same(other Source) bool { return other == Source(s) }

func (s *scripted) open(ctx context.Context, c *Config) (launcher, error) {
	s.note(&s.opened)
	if s.opens != nil {
		if err := s.opens(ctx); err != nil {
			return nil, err
		}
	}
	_, err := s.fake.open(ctx, c)
	return s, err
}

func (s *scripted) close() { s.note(&s.closed) }

func (s *scripted) note(n *int) {
	s.seen.Lock()
	defer s.seen.Unlock()
	*n++
}

func (s *scripted) count(n *int) int {
	s.seen.Lock()
	defer s.seen.Unlock()
	return *n
}

func (s *scripted) launch(worker uint64, version string) (instance, error) {
	s.note(&s.started)
	if s.launches != nil {
		if err := s.launches(worker); err != nil {
			return nil, err
		}
	}
	i, err := s.fake.launch(worker, version)
	if err != nil {
		return nil, err
	}
	return &scriptedWorker{fakeWorker: i.(*fakeWorker), script: s, closing: make(chan struct{})}, nil
}

type scriptedWorker struct {
	*fakeWorker
	script  *scripted
	once    sync.Once
	closing chan struct{} // closed when the pool has closed the instance
}

func (w *scriptedWorker) Handshake(ctx context.Context, welcome wire.Welcome) (wire.Peer, error) {
	s := w.script
	s.seen.Lock()
	s.told = append(s.told, welcome)
	s.seen.Unlock()
	if s.greets != nil {
		if err := s.greets(w); err != nil {
			return wire.Peer{}, err
		}
	}
	peer, err := w.fakeWorker.Handshake(ctx, welcome)
	peer.Commands = s.offers.Commands
	if s.slots > 0 {
		peer.Slots, w.funcWorker.slots = s.slots, s.slots
	}
	return peer, err
}

func (w *scriptedWorker) Can(c wire.Capability) bool {
	return !w.script.cannot[c] && w.fakeWorker.Can(c)
}

func (w *scriptedWorker) Ping(ctx context.Context) (wire.Pong, error) {
	if w.script.ping != nil {
		return w.script.ping(ctx)
	}
	return w.fakeWorker.Ping(ctx)
}

func (w *scriptedWorker) Exchange(ctx context.Context, r wire.Request) (wire.Response, error) {
	if w.script.exchange != nil {
		return w.script.exchange(ctx, w, r)
	}
	return w.fakeWorker.Exchange(ctx, r)
}

func (w *scriptedWorker) Stream(ctx context.Context, r wire.Request) (wire.Answers, error) {
	if w.script.stream != nil {
		return w.script.stream(ctx, w, r)
	}
	return w.fakeWorker.Stream(ctx, r)
}

func (w *scriptedWorker) Export(ctx context.Context, id wire.Session, drop bool) (wire.Snapshot, error) {
	if w.script.exports != nil {
		return w.script.exports(ctx, id)
	}
	return w.fakeWorker.Export(ctx, id, drop)
}

func (w *scriptedWorker) Import(ctx context.Context, id wire.Session, state wire.Snapshot) error {
	if w.script.imports != nil {
		return w.script.imports(id, state)
	}
	return w.fakeWorker.Import(ctx, id, state)
}

func (w *scriptedWorker) Drop(sessions []wire.Session) error {
	s := w.script
	s.seen.Lock()
	for _, id := range sessions {
		s.dropped = append(s.dropped, id.ID)
	}
	s.seen.Unlock()
	return w.fakeWorker.Drop(sessions)
}

func (w *scriptedWorker) Shutdown(ctx context.Context, reason string) error {
	if err := w.script.shutdown; err != nil {
		return err
	}
	return w.fakeWorker.Shutdown(ctx, reason)
}

func (w *scriptedWorker) terminate() {
	if w.script.onTerm != nil {
		w.script.onTerm()
		return
	}
	w.fakeWorker.terminate()
}

func (w *scriptedWorker) kill() {
	if w.script.onKill != nil {
		w.script.onKill(w)
		return
	}
	w.fakeWorker.kill()
}

func (w *scriptedWorker) rss() int64 { return w.script.memory }

func (w *scriptedWorker) release() {
	w.script.note(&w.script.ended)
	w.once.Do(func() { close(w.closing) })
	w.fakeWorker.release()
}

// startScripted is startFake for a script.
func startScripted(t *testing.T, s *scripted, c Config) *Pool {
	t.Helper()
	c.Source = s
	p, err := Start(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

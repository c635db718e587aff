package pool

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

// TestPool_RandomOperationsKeepThePromises drives a pool of fakes with everything that clients and workers may do, in any order, and keeps
// books of its own: every request ends once, and what its error says of the work is true; no worker serves two clients; no
// session loses its state without being told, or moves without need; and when all workers are well again, so is the pool.
//
// Rows: S7, W4, W5.
func TestPool_RandomOperationsKeepThePromises(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rapid.SyncTest(t, func(t *rapid.T) {
			m := newModel(t, t.Context())
			defer m.end(t)
			t.Repeat(map[string]func(*rapid.T){
				"request":  m.request,
				"answer":   m.answer,
				"give up":  m.giveUp,
				"checkout": m.checkout,
				"use":      m.use,
				"checkin":  m.checkin,
				"kill":     m.kill,
				"sick":     m.sick,
				"recycle":  m.recycle,
				"resize":   m.resize,
				"start":    m.start,
				"time":     m.time,
				"close":    m.close,
				"":         m.check,
			})
		})
	})
}

// model is a pool and the books about it.
type model struct {
	pool    *Pool
	fake    *fake
	ctx     context.Context
	stop    context.CancelFunc // ends every lease, and every request that waits
	leasing context.Context
	clients sync.WaitGroup
	leases  []*modelLease
	closing bool
	moving  bool // sessions are handed over: a worker was recycled, or left because the pool became smaller

	mu       sync.Mutex // guards what follows, and the fields of requests and leases
	requests []*modelRequest
	running  map[uint64]*modelRequest // by worker
	owner    map[uint64]*modelLease   // of a worker
	sessions map[string]*modelSession
	broken   []string // promises
}

func newModel(t *rapid.T, ctx context.Context) *model {
	m := &model{
		ctx: ctx, running: make(map[uint64]*modelRequest), owner: make(map[uint64]*modelLease),
		sessions: map[string]*modelSession{"": {}, "a": {}, "b": {}, "c": {}},
	}
	m.leasing, m.stop = context.WithCancel(ctx)
	m.fake = &fake{handler: m.handle}
	p, err := Start(ctx, Config{
		Source: m.fake, Size: Size{Min: 3}, QueueTimeout: 30 * time.Second, RequestTimeout: time.Minute,
		Health: Health{HealthCheckInterval: 10 * time.Second, DegradedProbeDelay: time.Second},
	})
	if err != nil {
		t.Fatal(err)
	}
	m.pool = p
	return m
}

func anySession(t *rapid.T) string {
	return rapid.SampledFrom([]string{"", "a", "b", "c"}).Draw(t, "session")
}

func (m *model) request(t *rapid.T) {
	session := anySession(t)
	m.send(session, nil, func(ctx context.Context, payload []byte) (*Result, error) {
		return m.pool.Execute(ctx, "work", payload, Session(session))
	})
}

func (m *model) answer(t *rapid.T) {
	m.mu.Lock()
	workers := slices.Sorted(maps.Keys(m.running))
	m.mu.Unlock()
	if len(workers) == 0 {
		t.Skip("nothing runs")
	}
	worker := rapid.SampledFrom(workers).Draw(t, "worker")
	how := rapid.SampledFrom([]string{"ok", "ok", "ok", "fail", "crash"}).Draw(t, "how")
	m.mu.Lock()
	defer m.mu.Unlock()
	m.running[worker].gate <- how
}

// answerAll lets what runs end well. What runs next has to wait for the next time, so that answers are noted in their order.
func (m *model) answerAll() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, q := range m.running {
		select {
		case q.gate <- "ok":
		default: // it was told already, and its worker is gone
		}
	}
}

func (m *model) giveUp(t *rapid.T) {
	m.mu.Lock()
	open := slices.DeleteFunc(slices.Clone(m.requests), func(q *modelRequest) bool { return q.ended })
	m.mu.Unlock()
	if len(open) == 0 {
		t.Skip("no request waits")
	}
	open[rapid.IntRange(0, len(open)-1).Draw(t, "request")].cancel()
}

func (m *model) checkout(t *rapid.T) {
	session := anySession(t)
	ctx, cancel := context.WithCancel(m.leasing)
	m.clients.Go(func() {
		l, err := m.pool.Checkout(ctx, Session(session))
		if err != nil {
			return
		}
		m.mu.Lock()
		defer m.mu.Unlock()
		ml := &modelLease{Lease: l, session: session, cancel: cancel}
		if m.leasing.Err() != nil {
			return // revoked already
		}
		if m.owner[l.WorkerID()] != nil || m.running[l.WorkerID()] != nil {
			m.violated("worker %d has a second client", l.WorkerID())
		}
		m.owner[l.WorkerID()] = ml
		m.leases = append(m.leases, ml)
	})
}

// lease draws one that has not ended.
func (m *model) lease(t *rapid.T) *modelLease {
	m.mu.Lock()
	defer m.mu.Unlock()
	open := slices.DeleteFunc(slices.Clone(m.leases), func(l *modelLease) bool { return l.over })
	if len(open) == 0 {
		t.Skip("there is no lease")
	}
	return open[rapid.IntRange(0, len(open)-1).Draw(t, "lease")]
}

func (m *model) use(t *rapid.T) {
	l := m.lease(t)
	m.send(l.session, l, func(ctx context.Context, payload []byte) (*Result, error) {
		return l.Execute(ctx, "work", payload)
	})
}

func (m *model) checkin(t *rapid.T) {
	m.release(m.lease(t), rapid.SampledFrom([]string{"ok", "failed", "remove", "close", "revoke"}).Draw(t, "how"))
}

// release ends a lease. A request of it that is in flight may go on meanwhile.
func (m *model) release(l *modelLease, how string) {
	m.mu.Lock()
	l.over = true
	delete(m.owner, l.WorkerID())
	m.mu.Unlock()
	m.clients.Go(func() {
		switch how {
		case "ok":
			_ = l.Checkin(nil)
		case "failed":
			_ = l.Checkin(errors.New("no good"))
		case "remove":
			_ = l.Discard()
		case "close":
			_ = l.Close()
		}
		l.cancel()
	})
}

func (m *model) worker(t *rapid.T) *worker {
	workers := workersOf(m.pool)
	if len(workers) == 0 {
		t.Skip("there is no worker")
	}
	return workers[rapid.IntRange(0, len(workers)-1).Draw(t, "worker")]
}

func (m *model) kill(t *rapid.T) { m.worker(t).kill() }

func (m *model) sick(t *rapid.T) {
	m.fake.setSick(rapid.SampledFrom([]error{nil, errors.New("sick")}).Draw(t, "sick"))
}

func (m *model) recycle(t *rapid.T) {
	m.pool.Recycle(m.worker(t).id)
	m.move()
}

func (m *model) resize(t *rapid.T) {
	low := rapid.IntRange(1, 4).Draw(t, "min")
	m.setSize(t, Size{Min: low, Max: low + rapid.IntRange(0, 2).Draw(t, "more")})
	m.move()
}

func (m *model) setSize(t *rapid.T, s Size) {
	c := *m.pool.conf()
	c.Size = s
	if err := m.pool.Reconfigure(c); err != nil && (!m.closing || !errors.Is(err, ErrClosed)) {
		t.Fatal(err)
	}
}

func (m *model) move() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.moving = true
}

func (m *model) start(t *rapid.T) {
	m.fake.setStart(rapid.SampledFrom([]func(context.Context, uint64) error{
		nil, func(context.Context, uint64) error { return errors.New("no") }, hang,
	}).Draw(t, "start"))
}

func (m *model) time(t *rapid.T) {
	time.Sleep(time.Duration(rapid.IntRange(1, 15000).Draw(t, "milliseconds")) * time.Millisecond)
}

func (m *model) close(t *rapid.T) {
	if rapid.IntRange(0, 9).Draw(t, "seldom") > 0 {
		t.Skip("not yet")
	}
	m.closing = true
	end := rapid.SampledFrom([]func(*Pool, context.Context) error{(*Pool).Drain, (*Pool).Close}).Draw(t, "end")
	m.clients.Go(func() { _ = end(m.pool, m.ctx) })
}

func (m *model) check(t *rapid.T) {
	synctest.Wait()
	checkCore(t, m.pool)
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.broken) > 0 {
		t.Fatal(m.broken[0])
	}
}

// end lets all requests finish, and the pool recover and close.
func (m *model) end(t *rapid.T) {
	m.fake.setSick(nil)
	m.fake.setStart(nil)
	m.setSize(t, Size{Min: 3})
	m.mu.Lock()
	clear(m.owner)
	m.mu.Unlock()
	m.stop()
	for range 300 {
		synctest.Wait()
		m.answerAll()
		time.Sleep(time.Second)
	}
	s := m.pool.Stats()
	if err := m.pool.Close(m.ctx); err != nil {
		t.Error(err)
	}
	m.clients.Wait()
	if !m.closing && (s.Phase != "running" || s.Workers["ready"] != 3 || len(s.Workers) != 1 || s.Waiting != 0) {
		t.Errorf("in the end the pool is %+v; want three ready workers and no request that waits", s)
	}
	for _, q := range m.requests {
		q.cancel()
		if !q.ended {
			t.Errorf("request %d has not ended", q.id)
		}
	}
	m.check(t)
}

package lease

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"time"

	"github.com/fsmgen/fsmgen/bench/compare"
	"github.com/fsmgen/fsmgen/pool"
)

// Groups are the comparisons that are no loops: the cost of a request in a pool of many workers and sessions, the memory of
// a session, and the slowest requests while sessions expire. The large pool has that many sessions, and a worker for each
// thousand of them; a tenth as many expire.
func (b *Bench) Groups(sessions int) []compare.Group {
	return []compare.Group{
		{
			Title:   "one request of a session, by the size of the pool",
			Figures: []compare.Figure{{Name: "ns"}},
			Limit:   compare.Candidate{Name: "8 workers, 1,000 sessions", Measure: requests(8, 1000)},
			Others: []compare.Candidate{{
				Name: fmt.Sprintf("%d workers, %d sessions", max(sessions/1000, 1), sessions), Goal: 1.5,
				Measure: requests(max(sessions/1000, 1), sessions),
			}},
		},
		{
			Title:   "memory of a session without its name and state",
			Figures: []compare.Figure{{Name: "bytes"}},
			Limit:   compare.Candidate{Name: "map of a pointer to what is known", Measure: plainMemory},
			Others:  []compare.Candidate{{Name: "pool", Measure: poolMemory}},
		},
		{
			Title:   "requests, the slowest of 1,000",
			Figures: []compare.Figure{{Name: "p99.9 in ns"}},
			Limit:   compare.Candidate{Name: "nothing else happens", Measure: func() ([]float64, error) { return slowest(0) }},
			Others: []compare.Candidate{{
				Name: fmt.Sprintf("while %d sessions expire", sessions/10), Goal: 2,
				Measure: func() ([]float64, error) { return slowest(sessions / 10) },
			}},
		},
	}
}

// idle is a pool of workers in this process that do nothing.
func idle(size int, change func(*pool.Config)) (*pool.Pool, error) {
	c := pool.Config{
		Source: pool.Func(func(context.Context, *pool.Request) ([]byte, error) { return nil, nil }),
		Size:   pool.Size{Min: size}, History: -1, Recycle: pool.Recycle{MaxWorkerRequests: -1, MaxWorkerAge: -1}, Sessions: pool.Sessions{MaxSessions: -1}, MaxQueue: -1,
		Health: pool.Health{HealthCheckInterval: -1},
	}
	if change != nil {
		change(&c)
	}
	return pool.Start(context.Background(), c)
}

// use makes one checkout for each of the sessions.
func use(p *pool.Pool, names []string) error {
	for _, name := range names {
		l, err := p.Checkout(context.Background(), pool.Session(name))
		if err != nil {
			return err
		}
		if err := l.Checkin(nil); err != nil {
			return err
		}
	}
	return nil
}

// requests returns how long a checkout and checkin of one of the sessions takes. The pool is made for each measurement,
// and its sessions are used in an order that no cache foresees.
func requests(workers, sessions int) func() ([]float64, error) {
	const count = 100_000
	return func() ([]float64, error) {
		p, err := idle(workers, nil)
		if err != nil {
			return nil, err
		}
		defer p.Close(context.Background())
		names := sessionNames(sessions)
		if err := use(p, names); err != nil {
			return nil, err
		}
		order := make([]string, count)
		for i := range order {
			order[i] = names[i*7919%sessions]
		}
		runtime.GC()
		since := time.Now()
		err = use(p, order)
		return []float64{float64(time.Since(since)) / count}, err
	}
}

// known is the least that a pool has to store of a session.
type known struct {
	worker, generation uint64
	used               int64
}

const remembered = 200_000

func plainMemory() ([]float64, error) {
	names := sessionNames(remembered)
	before := heap()
	m := make(map[string]*known)
	for _, name := range names {
		m[name] = &known{worker: 1}
	}
	after := heap()
	runtime.KeepAlive(m)
	runtime.KeepAlive(names)
	return []float64{float64(after-before) / remembered}, nil
}

// poolMemory leaves the session on its worker out: a session that no request has used has no state there.
func poolMemory() ([]float64, error) {
	p, err := idle(1, nil)
	if err != nil {
		return nil, err
	}
	defer p.Close(context.Background())
	names := sessionNames(remembered)
	before := heap()
	if err := use(p, names); err != nil {
		return nil, err
	}
	after := heap()
	runtime.KeepAlive(names)
	return []float64{float64(after-before) / remembered}, nil
}

func sessionNames(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("session-%08d", i)
	}
	return names
}

func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// slowest returns the p99.9 of checkout and checkin, in batches of 4 since a clock is too coarse for one, while sessions
// expire.
func slowest(expiring int) ([]float64, error) {
	const batch, timeout = 4, 200 * time.Millisecond
	p, err := idle(8, func(c *pool.Config) {
		c.Sessions.SessionTimeout, c.Sessions.SessionCleanup = timeout, 10*time.Millisecond
	})
	if err != nil {
		return nil, err
	}
	defer p.Close(context.Background())
	if err := use(p, sessionNames(expiring)); err != nil {
		return nil, err
	}
	runtime.GC() // what was made before is not cleared away in between
	time.Sleep(timeout)
	took := make([]float64, 0, 20_000)
	for range cap(took) {
		since := time.Now()
		for range batch {
			l, err := p.Checkout(context.Background())
			if err != nil {
				return nil, err
			}
			if err := l.Checkin(nil); err != nil {
				return nil, err
			}
		}
		took = append(took, float64(time.Since(since))/batch)
	}
	slices.Sort(took)
	return []float64{took[len(took)*999/1000]}, nil
}

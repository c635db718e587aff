package lease

import (
	"fmt"
	"hash/maphash"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/fsmgen/fsmgen/bench/compare"
	"github.com/fsmgen/fsmgen/pool/affinity"
)

// sharded is as little as a table of sessions can be.
type sharded struct {
	seed   maphash.Seed
	shards [64]struct {
		mu       sync.Mutex
		sessions map[string]uint64
	}
}

func (s *sharded) lookup(session string) uint64 {
	shard := &s.shards[maphash.String(s.seed, session)%64]
	shard.mu.Lock()
	defer shard.mu.Unlock()
	return shard.sessions[session]
}

// tables hold the same sessions.
type tables struct {
	names []string
	plain *sharded
	table *affinity.Table
}

func newTables(n int) tables {
	t := tables{plain: &sharded{seed: maphash.MakeSeed()}, table: affinity.New(affinity.Config{Timeout: time.Hour})}
	for i := range t.plain.shards {
		t.plain.shards[i].sessions = make(map[string]uint64)
	}
	homes := make([]*affinity.Home, 100)
	for i := range homes {
		homes[i] = affinity.NewHome(uint64(i + 1))
	}
	now := time.Now()
	for i := range n {
		name := fmt.Sprintf("session-%08d", i)
		t.names = append(t.names, name)
		home := homes[i%len(homes)]
		t.plain.shards[maphash.String(t.plain.seed, name)%64].sessions[name] = uint64(i%len(homes) + 1)
		b := t.table.Bind(name, home, now)
		t.table.Confirm(name, b.Generation)
		t.table.Release(name, now)
	}
	return t
}

// Lookups are the comparisons of looking a session up among n.
func (b *Bench) Lookups() []compare.Loops {
	var all []compare.Loops
	for _, n := range []int{10_000, 1_000_000} {
		t := newTables(n)
		all = append(all, compare.Loops{
			Title: fmt.Sprintf("looking up one of %d sessions", n),
			Limit: compare.Loop{Name: "sharded map", Run: func(count int) error {
				for i := range count {
					if t.plain.lookup(t.names[i*7919%n]) == 0 {
						return fmt.Errorf("no session %d", i)
					}
				}
				return nil
			}},
			Others: []compare.Loop{{Name: "table of the pool", Goal: 1.3, Run: func(count int) error {
				for i := range count {
					if t.table.Worker(t.names[i*7919%n]) == 0 {
						return fmt.Errorf("no session %d", i)
					}
				}
				return nil
			}}},
		})
	}
	return all
}

// Groups are the comparisons that are no loops: the memory of a session, and lookups while others expire.
func (b *Bench) Groups() []compare.Group {
	return []compare.Group{
		{
			Title:   "memory of a session without its name and snapshot",
			Figures: []compare.Figure{{Name: "bytes"}},
			Limit:   compare.Candidate{Name: "map of a pointer to what is known", Measure: plainMemory},
			Others:  []compare.Candidate{{Name: "table of the pool", Measure: tableMemory}},
		},
		{
			Title:   "looking up one of 10,000 sessions, the slowest of 1,000",
			Figures: []compare.Figure{{Name: "p99.9 in ns"}},
			Limit:   compare.Candidate{Name: "nothing else happens", Measure: func() ([]float64, error) { return slowest(0) }},
			Others: []compare.Candidate{{Name: "while 100,000 others expire", Goal: 2, Measure: func() ([]float64, error) {
				return slowest(100_000)
			}}},
		},
	}
}

// known is what there is to know of a session at least.
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

func tableMemory() ([]float64, error) {
	names := sessionNames(remembered)
	home, now := affinity.NewHome(1), time.Now()
	before := heap()
	table := affinity.New(affinity.Config{Timeout: time.Hour})
	for _, name := range names {
		b := table.Bind(name, home, now)
		table.Confirm(name, b.Generation)
		table.Release(name, now)
	}
	after := heap()
	runtime.KeepAlive(table)
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

// slowest returns the p99.9 of lookups, in batches of 16 since a clock is too coarse for one, while sessions expire.
func slowest(expiring int) ([]float64, error) {
	const batch, timeout = 16, time.Minute
	table, home, now := affinity.New(affinity.Config{Timeout: timeout}), affinity.NewHome(1), time.Now()
	old := now.Add(-2 * timeout)
	for i := range expiring {
		name := fmt.Sprintf("old-%08d", i)
		table.Bind(name, home, old)
		table.Release(name, old)
	}
	names := sessionNames(10_000)
	for _, name := range names {
		table.Bind(name, home, now)
		table.Release(name, now)
	}
	runtime.GC() // what was made before is not cleared away in between
	done := make(chan struct{})
	go func() {
		defer close(done)
		table.Expire(now)
	}()
	took := make([]float64, 0, 20_000)
	for i := range cap(took) {
		since := time.Now()
		for k := range batch {
			table.Worker(names[(i*batch+k)*7919%len(names)])
		}
		took = append(took, float64(time.Since(since))/batch)
	}
	<-done
	slices.Sort(took)
	return []float64{took[len(took)*999/1000]}, nil
}

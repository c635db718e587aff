package pool

import (
	"context"
	"math/rand/v2"
	"runtime"
	"time"

	"github.com/fsmgen/fsmgen/generated/poolfsm"
	"github.com/fsmgen/fsmgen/generated/workerfsm"
	"github.com/fsmgen/fsmgen/pool/recovery"
)

// youth is how old a worker is at most that came to nothing if nobody has used it.
const youth = 10 * time.Second

// watch is how often the keeper looks at the workers when nothing calls for it.
const watch = time.Second

// keeper gives a pool the workers that it should have. It belongs to one goroutine.
type keeper struct {
	p         *Pool
	failures  int // in a row, as far as they were noted
	notBefore time.Time
	size      int // workers that are wanted
	grown     time.Time
	shrunk    time.Time
	cleaned   time.Time
	leaving   map[uint64]Reason // workers that leave when their replacement is ready
	doubts    map[string]bool   // what seemed wrong the last time
}

func newKeeper(p *Pool) *keeper {
	now := time.Now()
	return &keeper{p: p, size: p.conf().Size.Min, cleaned: now, leaving: make(map[uint64]Reason)}
}

// keep looks after the workers until the pool has stopped.
func (p *Pool) keep() {
	timer := time.NewTimer(0)
	defer timer.Stop()
	k := newKeeper(p)
	for {
		select {
		case <-p.fsm.Done():
			return
		case <-p.wake:
		case <-timer.C:
		}
		timer.Reset(k.look())
	}
}

// look does what is due, and returns when to look again.
func (k *keeper) look() time.Duration {
	if _, open := k.p.open(); !open {
		return watch
	}
	now := time.Now()
	all := k.p.roster(now)
	k.clean(now)
	k.recycle(all)
	next := k.resize(all, now)
	k.dismiss(all)
	k.reconcile(all)
	if pause := k.fill(now); pause > 0 {
		next = min(next, pause)
	}
	return next
}

// open reports whether the pool is to have workers, and how many in a row have failed to start. It waits until the machine
// is between two steps: a step that ends all workers knows only those that were there before it.
func (p *Pool) open() (failures int, open bool) {
	snapshot, err := p.fsm.Snapshot(context.Background())
	return snapshot.Data.Failures, err == nil && p.fsm.Err() == nil && snapshot.State.In(poolfsm.StateOpen)
}

// member is a worker as the keeper sees it.
type member struct {
	*worker
	workerfsm.Snapshot
	facts
}

func (m *member) available() bool { return m.State.In(workerfsm.StateAvailable) }

// roster looks at every worker whose machine lives. One that has crashed stands for ever where it was.
func (p *Pool) roster(now time.Time) []member {
	workers := p.all()
	all := make([]member, 0, len(workers))
	for _, w := range workers {
		if w.fsm.Err() != nil {
			continue
		}
		m := member{worker: w, Snapshot: w.snapshot()}
		m.facts = facts{age: now.Sub(w.born), uses: m.Data.Uses, errors: m.Data.Errors}
		if m.Data.Leases == 0 {
			m.idle = m.age - time.Duration(w.used.Load())
		}
		if w.limits.rss > 0 || w.limits.hard > 0 {
			m.rss = w.memory()
		}
		all = append(all, m)
	}
	return all
}

// clean forgets the sessions that are over.
func (k *keeper) clean(now time.Time) {
	if now.Sub(k.cleaned) < k.p.conf().SessionCleanup {
		return
	}
	k.cleaned = now
	if n := k.p.index.sessions.Expire(now); n > 0 {
		k.p.index.again()
		k.p.observe(Event{Kind: SessionsOver, Count: n})
	}
}

// recycle chooses who is to leave, and ends who has too much memory.
func (k *keeper) recycle(all []member) {
	for id := range k.leaving {
		if !contains(all, id) {
			delete(k.leaving, id)
		}
	}
	limit := k.p.conf().MaxUnavailable
	for _, m := range all {
		if m.limits.hard > 0 && m.rss > m.limits.hard {
			m.note(&MemoryError{RSS: m.rss, Limit: m.limits.hard})
			m.kill()
			continue
		}
		if !m.available() || k.leaving[m.id] != "" || len(k.leaving) >= limit {
			continue
		}
		if reason, due := k.due(m); due {
			k.leaving[m.id] = reason
		}
	}
}

// due says whether the worker is to be recycled, and why: because of its limits, or because somebody wants it.
func (k *keeper) due(m member) (Reason, bool) {
	if reason, wanted := k.p.takeRecycled(m.id); wanted {
		return reason, true
	}
	return m.limits.due(m.facts)
}

func contains(all []member, id uint64) bool {
	for _, m := range all {
		if m.id == id && m.available() {
			return true
		}
	}
	return false
}

// resize decides how many workers are wanted, and returns when to look again.
func (k *keeper) resize(all []member, now time.Time) time.Duration {
	c := k.p.conf()
	l := load{size: k.size, sinceGrow: now.Sub(k.grown), sinceDrop: now.Sub(k.shrunk)}
	l.waiting, l.waited, _ = k.p.index.counts()
	for _, m := range all {
		if m.State == workerfsm.StateReady {
			l.idle = max(l.idle, m.idle)
		}
	}
	size := c.size(l)
	switch {
	case size > k.size:
		k.grown = now
	case size < k.size:
		k.shrunk = now
	}
	if size != k.size {
		k.p.observe(Event{Kind: Resized, Count: size})
	}
	k.size = size
	k.p.counters.size.Store(int64(size))
	if l.waiting > 0 && size < c.Size.Max {
		return min(watch, max(c.GrowAfter-l.waited, c.GrowCooldown-now.Sub(k.grown), time.Millisecond))
	}
	return watch
}

// dismiss asks workers to leave whom nobody will miss: those whose replacement is ready, and those that are too many.
func (k *keeper) dismiss(all []member) {
	available := 0
	var idlest *member
	for i := range all {
		m := &all[i]
		if !m.available() {
			continue
		}
		available++
		if k.leaving[m.id] == "" && (idlest == nil || m.idle > idlest.idle) {
			idlest = m
		}
	}
	for _, m := range all {
		if reason := k.leaving[m.id]; reason != "" && m.available() && available > k.size {
			m.leave(reason)
			available--
		}
	}
	if idlest != nil && available > k.size+len(k.leaving) {
		idlest.leave(ReasonShrink)
	}
}

// leave asks a worker to finish what it does, to hand over its sessions, and to go.
func (w *worker) leave(reason Reason) {
	_ = w.fsm.Post(workerfsm.DrainEvent{Reason: &LeaveError{Reason: reason}}) // it fails for a worker that is gone already
}

// fill starts what is missing. It returns how long to wait before trying again, 0 if that is not needed.
func (k *keeper) fill(now time.Time) (pause time.Duration) {
	for k.missing() { // whoever is missing has reported why before: the failures are those that led to this
		failures, open := k.p.open()
		if !open {
			return 0
		}
		k.note(failures+int(k.p.unused.Load()), now)
		if pause := k.pause(now); pause > 0 {
			return pause
		}
		if allowed, err := k.p.breaker.Allow(context.Background()); err != nil || !allowed {
			return 0 // the breaker says when that changes
		}
		if !k.p.add() {
			return 0
		}
	}
	return 0
}

// missing reports whether one more worker should be started now. Starting more at once than there are processors makes
// each of them slower.
func (k *keeper) missing() bool {
	present, starting, leaving := 0, 0, 0
	for _, w := range k.p.all() {
		switch state := w.snapshot().State; {
		case w.fsm.Err() != nil:
		case state.In(workerfsm.StateAvailable):
			present++
			if k.leaving[w.id] != "" {
				leaving++
			}
		case state == workerfsm.StateInitializing:
			present++
			starting++
		}
	}
	return present < k.size+leaving && starting < parallelStarts()
}

// parallelStarts is how many workers may start at once.
func parallelStarts() int { return runtime.GOMAXPROCS(0) }

// add starts one worker, unless the pool takes no more. Only the keeper calls it.
func (p *Pool) add() bool {
	p.lastID++
	id := p.lastID
	if p.fsm.WorkerAdded(context.Background(), id) != nil {
		return false
	}
	w := newWorker(p, id)
	if err := w.start(); err != nil {
		p.report(poolfsm.StartFailedEvent{Worker: id, Reason: &StartError{Pool: p.name, Worker: id, Err: err}})
		p.report(poolfsm.WorkerGoneEvent{Worker: id})
		return false
	}
	p.mu.Lock()
	p.workers[id] = w
	p.mu.Unlock()
	close(w.registered)
	if _, open := p.open(); !open {
		_ = w.fsm.CastStop(&LeaveError{Reason: ReasonClosed}) // whoever told the workers to leave may have missed this one
	}
	return true
}

// note learns how many workers in a row have come to nothing. Each new failure puts the next start off, for as long as the
// recovery table says.
func (k *keeper) note(failures int, now time.Time) {
	if failures > k.failures {
		kind := recovery.StartFailed
		if err := k.p.lastFailure(); err != nil {
			kind = kindOf(err)
		}
		d := k.p.conf().Recovery.Decide(kind, recovery.Snapshot{Failures: failures, Random: rand.Float64()})
		k.notBefore = now.Add(d.Delay)
	}
	k.failures = failures
}

// pause returns how long the next start has to wait.
func (k *keeper) pause(now time.Time) time.Duration {
	if k.failures == 0 {
		return 0
	}
	return max(0, k.notBefore.Sub(now))
}

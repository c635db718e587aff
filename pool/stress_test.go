package pool

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/fsmgen/fsmgen/generated/workerfsm"
)

var seed = flag.Uint64("stress.seed", 1, "what the faults of the stress test are drawn from")

// TestStress_LossesAreReported lets clients count in sessions on Python processes that are killed, stopped,
// exit by themselves or hang up, and keeps their books. Nothing of all that is left at the end.
//
// Rows: I2.
func TestStress_LossesAreReported(t *testing.T) {
	const workers, clients, requests, faults = 4, 8, 100, 16
	if err := startPython(t, Config{}).Close(t.Context()); err != nil { // it opens what stays open, such as the poller
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", t.TempDir())
	before := descriptors(t)
	p := startPython(t, Config{
		Size: Size{Min: workers}, QueueTimeout: time.Minute, RequestTimeout: 500 * time.Millisecond,
		Health:   Health{HealthCheckInterval: 100 * time.Millisecond, HealthCheckTimeout: 500 * time.Millisecond, DegradedProbeDelay: 10 * time.Millisecond},
		Shutdown: Shutdown{ShutdownGrace: 100 * time.Millisecond},
	})
	t.Logf("-stress.seed=%d", *seed)
	fire := &fire{pool: p, random: rand.New(rand.NewPCG(*seed, 0)), every: clients * requests / faults}
	var all sync.WaitGroup
	for c := range clients {
		all.Go(func() {
			b := books{session: fmt.Sprint("s", c)}
			for range requests {
				if err := count(t.Context(), p, &b); err != nil {
					t.Error(err)
				}
				fire.at(t, fire.done.Add(1))
			}
		})
	}
	all.Wait()
	everyWorkerServes(t, p, workers)
	if err := p.Close(t.Context()); err != nil {
		t.Error(err)
	}
	t.Logf("%+v", p.Stats())
	nothingIsLeft(t, before)
}

// count sends the next request of a session.
func count(ctx context.Context, p *Pool, b *books) error {
	r, err := p.Execute(ctx, "count", nil, Session(b.session))
	if err != nil {
		return excuse(err)
	}
	var answer counted
	if err := json.Unmarshal(r.Payload, &answer); err != nil {
		return err
	}
	return b.enter(answer.Count, r.Rebound)
}

// fire harms a worker with every so many requests.
type fire struct {
	pool  *Pool
	every int
	done  atomic.Int64 // requests

	mu     sync.Mutex
	random *rand.Rand
}

func (f *fire) at(t *testing.T, done int64) {
	if done%int64(f.every) > 0 {
		return
	}
	f.mu.Lock()
	n := f.random.Uint64()
	f.mu.Unlock()
	switch n % 5 {
	case 0:
		f.signal(n, syscall.SIGKILL)
	case 1:
		f.signal(n, syscall.SIGSTOP)
	case 2:
		f.order(t, "leave")
	case 3:
		f.order(t, "vanish")
	case 4:
		f.order(t, "hang_up")
	}
}

// signal strikes a worker that serves, in the middle of whatever it does.
func (f *fire) signal(n uint64, sig syscall.Signal) {
	workers := f.pool.Workers()
	for i := range workers {
		w := workers[(uint64(i)+n/5)%uint64(len(workers))]
		if w.PID != 0 && w.State.In(workerfsm.StateServing) {
			_ = syscall.Kill(w.PID, sig) // it may be gone
			return
		}
	}
}

// order makes a worker harm itself.
func (f *fire) order(t *testing.T, command string) {
	_, err := f.pool.Execute(t.Context(), command, nil)
	if command == "leave" && is[*HandlerError](err) {
		return
	}
	if err == nil || excuse(err) != nil {
		t.Errorf("Execute(%q) = %v; want an error of a worker that is gone", command, err)
	}
}

// everyWorkerServes waits until that many workers answer side by side.
func everyWorkerServes(t *testing.T, p *Pool, workers int) {
	t.Helper()
	hang, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for hang.Err() == nil {
		if serve(hang, p, workers) == nil {
			return
		}
	}
	t.Errorf("%+v; want %d workers that answer", p.Stats(), workers)
}

func serve(ctx context.Context, p *Pool, workers int) error {
	if workers == 0 {
		return nil
	}
	l, err := p.Checkout(ctx)
	if err != nil {
		return err
	}
	if _, err := l.Execute(ctx, "echo", nil); err != nil {
		_ = l.Discard()
		return err
	}
	defer func() { _ = l.Checkin(nil) }()
	return serve(ctx, p, workers-1)
}

func nothingIsLeft(t *testing.T, before int) {
	t.Helper()
	if left := children(t); len(left) > 0 {
		t.Errorf("processes %v are left", left)
	}
	if after := descriptors(t); after != before {
		t.Errorf("%d descriptors are open; want %d as before", after, before)
	}
	if files, err := filepath.Glob(filepath.Join(os.TempDir(), "*")); err != nil || len(files) > 0 {
		t.Errorf("files %q are left, %v", files, err)
	}
}

func descriptors(t *testing.T) int {
	t.Helper()
	open, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("the descriptors of this process cannot be counted")
	}
	return len(open)
}

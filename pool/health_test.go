package pool

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fsmgen/fsmgen/generated/workerfsm"
	"github.com/fsmgen/fsmgen/pool/internal/core"
	"github.com/fsmgen/fsmgen/pool/recovery"
)

func stateOf(t *testing.T, p *Pool, id uint64) workerfsm.State {
	t.Helper()
	synctest.Wait()
	for _, w := range p.Workers() {
		if w.ID == id {
			return w.State
		}
	}
	return 0
}

// Rows: H1.
func TestHealth_IdleWorkerIsProbedAtTheInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{}
		p := startFake(t, f, Config{Health: Health{HealthCheckInterval: 10 * time.Second}})
		defer closePool(t, p)
		time.Sleep(100 * time.Second)
		if n := f.pinged() - 1; n < 9 || n > 11 { // the first belongs to the start; the interval is jittered by a tenth
			t.Errorf("%d probes in 100 s; want 10, one more or less", n)
		}
	})
}

// Rows: H1.
func TestHealth_NegativeIntervalSwitchesProbesOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{}
		p := startFake(t, f, Config{Health: Health{HealthCheckInterval: -1}, Recycle: Recycle{MaxWorkerAge: -1}})
		defer closePool(t, p)
		time.Sleep(24 * time.Hour)
		if n := f.pinged(); n != 1 {
			t.Errorf("%d probes; want that of the start", n)
		}
	})
}

// Rows: H4.
func TestHealth_BusyWorkerIsNotProbed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{}
		p := startFake(t, f, Config{Health: Health{HealthCheckInterval: time.Second}})
		defer closePool(t, p)
		lease, err := p.Checkout(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		before := f.pinged()
		time.Sleep(time.Minute)
		if n := f.pinged() - before; n != 0 {
			t.Errorf("%d probes of a busy worker; want none", n)
		}
		if err := lease.Checkin(nil); err != nil {
			t.Error(err)
		}
	})
}

// Rows: H3, S2, W2.
func TestHealth_DegradedWorkerRecovers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{}
		p := startFake(t, f, Config{Health: Health{HealthCheckInterval: 10 * time.Second, DegradedProbeDelay: 2 * time.Second}, QueueTimeout: time.Second / 2})
		defer closePool(t, p)
		f.setSick(errors.New("out of memory"))
		time.Sleep(11 * time.Second)
		if got := stateOf(t, p, 1); got != workerfsm.StateDegraded {
			t.Fatalf("after a failed probe the worker is %v; want degraded", got)
		}
		if _, err := p.Execute(t.Context(), "echo", nil); !is[*WaitError](err) {
			t.Errorf("Execute = %v; want no worker to be handed out", err)
		}
		f.setSick(nil)
		time.Sleep(5 * time.Second)
		if got := stateOf(t, p, 1); got != workerfsm.StateReady {
			t.Errorf("after a good probe the worker is %v; want ready", got)
		}
		if _, err := p.Execute(t.Context(), "echo", nil); err != nil {
			t.Errorf("Execute = %v; want an answer", err)
		}
	})
}

// Rows: H2, R2.
func TestHealth_FailuresInARowReplaceTheWorker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{}
		p := startFake(t, f, Config{
			Health: Health{HealthCheckInterval: 10 * time.Second, DegradedProbeDelay: 2 * time.Second, MaxHealthFailures: 3},
		})
		defer closePool(t, p)
		f.setSick(errors.New("out of memory"))
		time.Sleep(12 * time.Second) // the failures come at about 10, 12 and 16 s
		if got := stateOf(t, p, 1); got == 0 {
			t.Error("the worker is gone before its third failure")
		}
		time.Sleep(7 * time.Second)
		f.setSick(nil)
		time.Sleep(time.Minute) // replacements have failed too, and the breaker has to close
		if got := stateOf(t, p, 1); got != 0 {
			t.Errorf("after three failures the worker is %v; want it gone", got)
		}
		if s := p.Stats(); s.Phase != "running" || s.Workers["ready"] != 1 {
			t.Errorf("Stats = %+v; want a running pool with one ready worker", s)
		}
	})
}

// Rows: R5.
func TestRecoveryTable_DelaysStarts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		table := recovery.Default()
		for i := range table {
			if table[i].Kind == recovery.StartFailed {
				table[i].Delay, table[i].MaxDelay = time.Minute, time.Hour
			}
		}
		f := &fake{}
		p := startFake(t, f, Config{Size: Size{Min: 2}, Recovery: table})
		defer closePool(t, p)
		var starts atomic.Int64
		f.setStart(func(context.Context, uint64) error {
			starts.Add(1)
			return errors.New("no")
		})
		r, err := p.Execute(t.Context(), "echo", nil) // a worker that has served no request would count as a failure, too
		if err != nil {
			t.Fatal(err)
		}
		workerOf(t, p, r).kill()
		for _, tt := range []struct {
			pause time.Duration
			want  int64
		}{{40 * time.Second, 1}, {40 * time.Second, 2}, {50 * time.Second, 2}, {100 * time.Second, 3}} {
			time.Sleep(tt.pause)
			if got := starts.Load(); got != tt.want {
				t.Errorf("%d starts; want %d: the pauses are a minute, then two, a quarter more or less", got, tt.want)
			}
		}
	})
}

// Rows: R1, R4.
func TestRecoveryTable_KeepsUnhealthyWorkers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		table := recovery.Default()
		for i := range table {
			if table[i].Kind == recovery.HealthFailed {
				table[i].AtLimit = ""
			}
		}
		f := &fake{}
		p := startFake(t, f, Config{Recovery: table, Health: Health{MaxHealthFailures: 2}})
		defer closePool(t, p)
		f.setSick(errors.New("out of memory"))
		time.Sleep(time.Hour)
		if got := stateOf(t, p, 1); got != workerfsm.StateDegraded {
			t.Errorf("after an hour of failures the worker is %v; want degraded", got)
		}
	})
}

// TestCore_Panics has the core of a pool panic, which is a bug of this package: the pool is closed, every caller is told,
// and the service goes on.
//
// Rows: R6.
func TestCore_Panics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{Size: Size{Min: 2}})
		first, second := checkout(t, p), checkout(t, p)
		var callers sync.WaitGroup
		callers.Go(func() {
			if _, err := first.Execute(t.Context(), "wait", nil); !is[*LostError](err) {
				t.Errorf("the request in flight = %v; want a lost worker", err)
			}
		})
		callers.Go(func() {
			if _, err := p.Execute(t.Context(), "echo", nil); !errors.Is(err, ErrClosed) {
				t.Errorf("the request in the queue = %v; want ErrClosed", err)
			}
		})
		synctest.Wait()
		p.step(func(core.Time) { panic("told to") })
		callers.Wait()
		for range 3 {
			if _, err := p.Execute(t.Context(), "echo", nil); !errors.Is(err, ErrClosed) {
				t.Errorf("a new request = %v; want ErrClosed", err)
			}
		}
		_ = second.Close() // it has ended
		if s := p.Stats(); s.Crashes != 1 || s.Phase != PhaseCrashed || p.Ready() {
			t.Errorf("Stats = %+v, ready %v; want one crash, and a pool that takes no requests", s, p.Ready())
		}
		if err := p.Close(t.Context()); err != nil {
			t.Error(err)
		}
		for _, w := range workersOf(p) {
			<-w.current().done()
		}
	})
}

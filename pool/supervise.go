package pool

import (
	"fmt"
	"runtime/debug"
	"time"

	"github.com/fsmgen/fsmgen/pool/recovery"
)

// crashed is how a loop of the pool comes back after a panic.
var crashed = recovery.Rule{Delay: 100 * time.Millisecond, MaxDelay: 10 * time.Second}

// supervise runs the keeper again when it panics, after a pause that doubles: a pool whose keeper is gone would never have
// another worker.
func (p *Pool) supervise() {
	for crashes := 1; p.guarded(p.keep); crashes++ {
		p.counters.crashes.Add(1)
		timer := time.NewTimer(crashed.Pause(crashes, 0.5))
		select {
		case <-timer.C:
		case <-p.fsm.Done():
			timer.Stop()
			return
		}
	}
}

// guarded runs a loop of the pool, and reports whether it panicked.
func (p *Pool) guarded(loop func()) (crashed bool) {
	defer func() {
		if v := recover(); v != nil {
			crashed = true
			p.conf().Logger.Error("a loop of the pool crashed, and is started again",
				"pool", p.name, "err", fmt.Sprint(v), "stack", string(debug.Stack()))
		}
	}()
	loop()
	return false
}

// farewell lets everybody know why a worker is gone.
func (p *Pool) farewell(w *worker) {
	w.mu.Lock()
	reason := w.reason
	w.mu.Unlock()
	word, output := reasonOf(reason), w.output()
	p.counters.leave(word)
	p.counters.transitions.Add(w.transitions())
	p.conf().Logger.Info("a worker is gone", "pool", p.name, "worker", w.id, "reason", string(word),
		"err", reason, "age", time.Since(w.born), "output", output)
	p.observe(Event{Kind: WorkerGone, Worker: w.id, Reason: string(word), Err: reason, Duration: time.Since(w.born), Output: output})
}

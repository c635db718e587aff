package pool

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/fsmgen/fsmgen/generated/workerfsm"
	"github.com/fsmgen/fsmgen/pool/recovery"
	"github.com/fsmgen/fsmgen/pool/wire"
)

// watchHealth probes the worker until it is gone.
func (w *worker) watchHealth(alive context.Context, i instance) {
	timer := time.NewTimer(w.probePause())
	defer timer.Stop()
	for {
		select {
		case <-alive.Done():
			return
		case delay := <-w.hurry:
			timer.Reset(delay)
		case <-timer.C:
			w.probe(alive, i)
			timer.Reset(w.probePause())
		}
	}
}

// probe asks an idle worker how it is, and tells the machine. A busy worker is judged by its requests.
func (w *worker) probe(alive context.Context, i instance) {
	if s := w.snapshot().State; s != workerfsm.StateReady && s != workerfsm.StateDegraded {
		return
	}
	since, limit := time.Now(), w.pool.conf().HealthCheckTimeout
	ctx, cancel := context.WithTimeoutCause(alive, limit, &TimeoutError{What: "HealthCheckTimeout", After: limit})
	defer cancel()
	err := ping(ctx, i)
	w.pool.observe(Event{Kind: HealthChecked, Worker: w.id, Duration: time.Since(since), Err: err})
	if err != nil {
		_ = w.fsm.CastHealthFailed(err) // like run
		return
	}
	_ = w.fsm.CastHealthOK()
}

// ping returns nil if the worker answers that it is well.
func ping(ctx context.Context, i instance) error {
	pong, err := i.Ping(ctx)
	if errors.Is(err, wire.ErrInFlight) {
		return nil // it serves a request, which judges it
	}
	if err != nil {
		return err
	}
	if !pong.OK {
		return fmt.Errorf("unhealthy: %s", pong.Reason)
	}
	return nil
}

// probePause returns the time until the next probe: the interval, more or less a tenth of it as random, which is in
// [0, 1), has it.
func (c *Config) probePause(random float64) time.Duration {
	const never = 1<<63 - 1
	if c.HealthCheckInterval < 0 || c.DisableHealthMonitoring {
		return never
	}
	return c.HealthCheckInterval + time.Duration((random-0.5)/5*float64(c.HealthCheckInterval))
}

// probePause returns the time until the next probe of this worker. One that is well but degraded has clients that keep it
// from coming back: it is asked again soon.
func (w *worker) probePause() time.Duration {
	c := w.pool.conf()
	if !c.DisableHealthMonitoring && w.snapshot().State == workerfsm.StateDegraded {
		return c.DegradedProbeDelay
	}
	return c.probePause(rand.Float64())
}

// replan has the next probe follow the configuration as it is now.
func (w *worker) replan() {
	select {
	case w.hurry <- w.probePause():
	default:
	}
}

// hurryUp has a worker that failed probed sooner than planned, and later with every failure.
func (w *worker) hurryUp(failures int) {
	c := w.pool.conf()
	if c.DisableHealthMonitoring {
		return
	}
	d := c.Recovery.Decide(recovery.HealthFailed, recovery.Snapshot{Failures: failures, Random: rand.Float64()})
	delay := c.DegradedProbeDelay
	if d.Delay > 0 && d.Rule.Delay > 0 {
		delay = time.Duration(float64(delay) * float64(d.Delay) / float64(d.Rule.Delay))
	}
	select {
	case <-w.hurry:
	default:
	}
	select {
	case w.hurry <- delay:
	default:
	}
}

package core

import (
	"fmt"
	"math"

	"github.com/fsmgen/fsmgen/generated/breakerfsm"
	"github.com/fsmgen/fsmgen/generated/poolfsm"
	fsm "github.com/fsmgen/fsmgen/runtime"
)

// startMachines makes the machine of the pool and the breaker of its starts.
func (c *Core) startMachines() {
	h, bare := poolHooks{c}, fsm.BareConfig{Clock: c.clock, Observer: c.stepObserver(), Name: c.config.Name + "/breaker"}
	var err error
	c.breaker, err = breakerfsm.NewWith(breakerfsm.Hooks{Breaker: breakerHooks{c}}, breakerfsm.Params{
		Threshold: c.config.BreakerThreshold, CoolDown: c.config.BreakerCoolDown,
		ProbeTimeout: c.config.StartupTimeout + 2*c.config.ShutdownGrace,
	}, bare)
	if err == nil {
		bare.Name = c.config.Name
		c.pool, err = poolfsm.NewWith(poolfsm.Hooks{Pool: h, Size: h, Phase: h},
			poolfsm.Params{StartTimeout: c.config.StartTimeout, DrainTimeout: c.config.ShutdownTimeout}, bare)
	}
	if err != nil {
		panic(fmt.Sprintf("core: the machines of a pool: %v", err)) // the configuration was checked
	}
	c.refreshPool()
}

// refreshPool follows every step of the pool's machine: its time-outs are timers of the core.
func (c *Core) refreshPool() {
	next, armed := c.pool.Expire()
	c.armUntil(&c.poolTimer, next, armed)
	if c.pool.State() == poolfsm.StateStopped && !c.stopped {
		c.stop()
	}
}

// stop is the end of the pool. Nothing is due afterwards.
func (c *Core) stop() {
	c.sweep(math.MaxInt) // no later call would
	c.stopped = true     // before the end of the upgrade, which looks at the pool
	if c.upgrade != nil {
		_ = c.upgrade.machine.Close()
	}
	for c.timers.len() > 0 {
		c.timers.remove(c.timers.first())
	}
	c.emit(Effect{Kind: Stopped})
}

// refreshBreaker follows every step of the breaker: its time-outs are timers of the core.
func (c *Core) refreshBreaker() {
	next, armed := c.breaker.Expire()
	c.armUntil(&c.breakerTimer, next, armed)
}

// poolHooks are what the machine of the pool decides.
type poolHooks struct{ c *Core }

// The guards of the pool: Ready is how many workers serve, Alive how many processes there are. The event that a guard is
// asked for is not counted yet, which is why two of them add or subtract one.
func (h poolHooks) EnoughReady(x *poolfsm.View) bool  { return x.Data().Ready+1 >= h.c.config.Min }
func (h poolHooks) BelowMinimum(x *poolfsm.View) bool { return x.Data().Ready-1 < h.c.config.Min }
func (h poolHooks) Sufficient(x *poolfsm.View) bool   { return x.Data().Ready >= h.c.config.Min }
func (h poolHooks) Insufficient(x *poolfsm.View) bool { return x.Data().Ready < h.c.config.Min }
func (h poolHooks) AnyReady(x *poolfsm.View) bool     { return x.Data().Ready > 0 }
func (h poolHooks) LastWorker(x *poolfsm.View) bool   { return x.Data().Alive == 1 }
func (h poolHooks) NoWorker(x *poolfsm.View) bool     { return x.Data().Alive == 0 }

// GiveUp ends a start that another attempt would not help.
func (h poolHooks) GiveUp(x *poolfsm.View, reason error) bool {
	if x.Data().Ready > 0 {
		return false
	}
	cause, _ := reason.(*Cause)
	return (cause != nil && cause.Permanent) || x.Data().Failures+1 >= h.c.config.StartAttempts
}

func (h poolHooks) AddWorker(x *poolfsm.Ctx) { x.Data().Alive++ }
func (h poolHooks) CountGone(x *poolfsm.Ctx) { x.Data().Alive-- }

// CountReady also tells the breaker that a start has worked, by a message: a hook steps no other machine.
func (h poolHooks) CountReady(x *poolfsm.Ctx) {
	x.Data().Ready++
	x.Data().Failures = 0
	h.c.counters.started++
	h.c.lastFailure = nil
	h.c.post(message{kind: startWorked})
	h.c.changed = true
}

func (h poolHooks) CountRemoved(x *poolfsm.Ctx) {
	x.Data().Ready--
	h.c.counters.removed++
	h.c.changed = true
}

// CountStartFailure tells the breaker, like CountReady. Failures are those in a row.
func (h poolHooks) CountStartFailure(x *poolfsm.Ctx, _ uint64, reason error) {
	x.Data().Failures++
	h.c.fail(reason)
	h.c.post(message{kind: startBroke, err: reason})
}

// fail keeps the reason of the first failed start, and that of the last one.
func (c *Core) fail(reason error) {
	if c.firstFailure == nil {
		c.firstFailure = reason
	}
	c.lastFailure = reason
}

// Replace lets manage run at the end of the call: it sees that a worker is missing.
func (h poolHooks) Replace(*poolfsm.Ctx) { h.c.changed = true }

// Announce lets the start of the pool succeed. The first one of Announce and AbandonStart counts.
func (h poolHooks) Announce(*poolfsm.Ctx) {
	if !h.c.decided {
		h.c.decided = true
		h.c.emit(Effect{Kind: Serving})
	}
}

// NoteStartTimeout has the time-out count as the reason, unless a worker has failed before.
func (h poolHooks) NoteStartTimeout(x *poolfsm.Ctx) {
	h.c.fail(&Cause{Reason: "start_timeout", Err: &TimeoutError{What: "StartTimeout", After: x.Params().StartTimeout}})
}

func (h poolHooks) AbandonStart(*poolfsm.Ctx) {
	if !h.c.decided {
		h.c.decided = true
		h.c.emit(Effect{Kind: StartEnded, Err: h.c.firstFailure})
	}
}

// RefuseRequests runs in the entry of a state: the phase is that state.
//
// An upgrade in progress ends too, by a message, since its machine must not be stepped here.
func (h poolHooks) RefuseRequests(x *poolfsm.Ctx) {
	h.c.refuseAll(x.State())
	h.c.post(message{kind: upgradeEnds})
}

// DrainWorkers and StopWorkers ask all workers to leave, after the step of the pool: their machines may report to it at
// once.
func (h poolHooks) DrainWorkers(*poolfsm.Ctx) { h.c.post(message{kind: drainWorkers}) }
func (h poolHooks) StopWorkers(*poolfsm.Ctx)  { h.c.post(message{kind: stopWorkers}) }

func (h poolHooks) Terminated(*poolfsm.Ctx, error) {}

// breakerHooks are what the breaker of the pool's starts decides.
type breakerHooks struct{ c *Core }

// The guards and counts of the breaker. Probes are the starts that are tried while it is half open.
func (h breakerHooks) AtThreshold(x *breakerfsm.View) bool {
	return x.Data().Failures+1 >= x.Params().Threshold
}

func (h breakerHooks) ProbeLeft(x *breakerfsm.View) bool { return x.Data().Probes < x.Params().Probes }

func (h breakerHooks) EnoughSuccesses(x *breakerfsm.View) bool {
	return x.Data().Successes+1 >= x.Params().Successes
}

func (h breakerHooks) CountFailure(x *breakerfsm.Ctx)   { x.Data().Failures++ }
func (h breakerHooks) ForgetFailures(x *breakerfsm.Ctx) { x.Data().Failures = 0 }
func (h breakerHooks) CountProbe(x *breakerfsm.Ctx)     { x.Data().Probes++ }
func (h breakerHooks) CountSuccess(x *breakerfsm.Ctx)   { x.Data().Successes++ }

func (h breakerHooks) BeginProbes(x *breakerfsm.Ctx) {
	x.Data().Probes, x.Data().Successes = 0, 0
	h.c.changed = true
}

func (h breakerHooks) Granted(*breakerfsm.View) bool { return true }
func (h breakerHooks) Refused(*breakerfsm.View) bool { return false }

func (h breakerHooks) ReportOpened(x *breakerfsm.Ctx) {
	h.c.report(Event{Kind: BreakerOpened, Err: h.c.lastFailure, Duration: x.Params().CoolDown, Count: x.Data().Failures})
}

func (h breakerHooks) ReportClosed(*breakerfsm.Ctx) {
	h.c.report(Event{Kind: BreakerClosed})
	h.c.changed = true
}

func (h breakerHooks) Terminated(*breakerfsm.Ctx, error) {}

package pool

import (
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/fsmgen/fsmgen/pool/internal/core"
)

// core is the configuration of the core of a pool that was made at the instant born.
//
// Config.Events is whether checkouts and checkins are reported: with no observer they would be two effects a request for
// nothing. The seed is that of the core's jitter; each pool has another one.
func (c *Config) core(born time.Time) core.Config {
	return core.Config{
		Name: c.Name, Version: c.Version, Min: c.Size.Min, Max: c.Size.Max, Slots: c.Slots,
		StartTimeout: c.StartTimeout, StartupTimeout: c.StartupTimeout, StartAttempts: c.StartAttempts,
		ParallelStarts: runtime.GOMAXPROCS(0), // starting more at once makes each of them slower
		QueueTimeout:   c.QueueTimeout, RequestTimeout: c.RequestTimeout, MaxQueue: c.MaxQueue, MaxAttempts: c.MaxAttempts, SpillAfter: c.Sessions.SpillAfter,
		SessionTimeout: c.Sessions.SessionTimeout, SessionCleanup: c.Sessions.SessionCleanup, MaxSessions: c.Sessions.MaxSessions,
		MaxSnapshot: c.Sessions.MaxSnapshot, MaxSnapshots: c.Sessions.MaxSnapshots,
		HealthCheckInterval: c.Health.HealthCheckInterval, DisableHealthMonitoring: c.Health.DisableHealthMonitoring,
		DegradedProbeDelay: c.Health.DegradedProbeDelay, MaxHealthFailures: c.Health.MaxHealthFailures,
		Recovery: c.Recovery, BreakerThreshold: c.Breaker.BreakerThreshold, BreakerCoolDown: c.Breaker.BreakerCoolDown,
		MaxWorkerAge: c.Recycle.MaxWorkerAge, MaxWorkerIdle: c.Recycle.MaxWorkerIdle, MaxWorkerRequests: c.Recycle.MaxWorkerRequests,
		HardWorkerRequests: c.Recycle.HardWorkerRequests, ErrorThreshold: c.Recycle.ErrorThreshold,
		MaxWorkerRSS: c.Recycle.MaxWorkerRSS, HardWorkerRSS: c.Recycle.HardWorkerRSS, MaxUnavailable: c.Recycle.MaxUnavailable,
		GrowAfter: c.Size.GrowAfter, GrowCooldown: c.Size.GrowCooldown, ShrinkAfter: c.Size.ShrinkAfter, ShrinkCooldown: c.Size.ShrinkCooldown,
		ExportTimeout: c.Sessions.ExportTimeout, ShutdownTimeout: c.Shutdown.ShutdownTimeout, ShutdownGrace: c.Shutdown.ShutdownGrace,
		Start: born, History: max(0, c.History), Events: c.Observer != nil,
		Steps: c.Steps != nil || c.logsSteps(), Seed: uint64(born.UnixNano()),
	}
}

// Reconfigure changes the configuration of a live pool. What workers are told when they start, such as Slots and the times
// of their life, has a meaning for those that start from then on. Name, Version, Source, MaxPayload, CancelGrace, OutputLines,
// Sessions.SessionTimeout and the bounds of snapshots cannot change. Nothing changes if anything is wrong.
//
// Source may be nil, or one that says the same as that of the pool; functions, such as those of a [Protocol], cannot be
// compared, so that a source with some passes only with the Protocol that the pool has. [Pool.Upgrade] changes it.
//
// The error joins a [ConfigError] for each field that is wrong; it is a [ClosedError] where the pool drains or has stopped.
func (p *Pool) Reconfigure(c Config) error {
	p.changing.Lock()
	defer p.changing.Unlock()
	if err := p.closed(); err != nil {
		return err
	}
	old := p.conf()
	if c.Source == nil {
		c.Source = old.Source
	}
	c.Name, c.Version = or(c.Name, old.Name), or(c.Version, old.Version)
	c = c.withDefaults()
	errs := []error{c.check()}
	fixed := func(same bool, field string) {
		if !same {
			errs = append(errs, &ConfigError{Field: field, What: "cannot change while the pool lives"})
		}
	}
	fixed(c.Name == old.Name, "Name")
	fixed(c.Version == old.Version, "Version")
	if !c.Source.same(old.Source) {
		errs = append(errs, &ConfigError{Field: "Source", What: "cannot change while the pool lives; Pool.Upgrade changes it, and nil keeps it"})
	}
	c.Source = old.Source
	fixed(c.MaxPayload == old.MaxPayload, "MaxPayload")
	fixed(c.CancelGrace == old.CancelGrace, "CancelGrace")
	fixed(c.OutputLines == old.OutputLines, "OutputLines")
	fixed(c.Sessions.SessionTimeout == old.Sessions.SessionTimeout, "Sessions.SessionTimeout")
	fixed(c.Sessions.MaxSnapshot == old.Sessions.MaxSnapshot, "Sessions.MaxSnapshot")
	fixed(c.Sessions.MaxSnapshots == old.Sessions.MaxSnapshots, "Sessions.MaxSnapshots")
	if err := errors.Join(errs...); err != nil {
		return err
	}
	p.config.Store(&c)
	p.step(func(now core.Time) { p.core.Reconfigure(now, c.core(p.born)) })
	return nil
}

// Recycle replaces a worker: when another one is ready, it finishes what it does, its sessions are exported, and it leaves.
// Where MaxUnavailable others leave already, it waits for its turn. It reports false if there is no such worker.
func (p *Pool) Recycle(worker uint64) (ok bool) {
	p.step(func(now core.Time) { ok = p.core.Recycle(now, worker) })
	return ok
}

// The bounds of every duration: what is shorter keeps a processor busy, and sums of what is longer overflow.
const (
	shortest = time.Millisecond
	longest  = 10 * 365 * 24 * time.Hour
)

// check names every problem of a configuration. Its defaults are filled in.
func (c *Config) check() error {
	var errs problems
	if c.Source == nil {
		errs.add("Source", "is nil; use pool.Python, pool.Command or pool.Func")
	} else if wrong := c.Source.check(); wrong != "" {
		errs.add("Source", "%s", wrong)
	}
	if wrong := checkLabel(c.Version); wrong != "" {
		errs.add("Version", "%s", wrong)
	}
	c.checkCounts(&errs)
	c.checkDurations(&errs)
	if c.Sessions.Affinity > AffinityFailFast {
		errs.add("Sessions.Affinity", "is %d; want AffinityPrefer, AffinityStrict or AffinityFailFast", c.Sessions.Affinity)
	}
	if err := c.Recovery.Check(); err != nil {
		errs.add("Recovery", "does not hold together: %v", err)
	}
	return errors.Join(errs...)
}

// problems are the fields of a configuration that are wrong, in the order in which they were found.
type problems []error

func (p *problems) add(field, what string, args ...any) {
	*p = append(*p, &ConfigError{Field: field, What: fmt.Sprintf(what, args...)})
}

// checkCounts checks the numbers that are no durations. Zero has become a default before, and negative means off where a
// field says so.
func (c *Config) checkCounts(errs *problems) {
	for _, n := range []struct {
		field string
		value int
		off   bool // negative switches it off
	}{
		{"Size.Min", c.Size.Min, false},
		{"StartAttempts", c.StartAttempts, false},
		{"Health.MaxHealthFailures", c.Health.MaxHealthFailures, false},
		{"OutputLines", c.OutputLines, false},
		{"MaxQueue", c.MaxQueue, true},
		{"MaxAttempts", c.MaxAttempts, false},
		{"Slots", c.Slots, false},
		{"Sessions.MaxSessions", c.Sessions.MaxSessions, true},
		{"Sessions.MaxSnapshot", c.Sessions.MaxSnapshot, true},
		{"Sessions.MaxSnapshots", c.Sessions.MaxSnapshots, true},
		{"Breaker.BreakerThreshold", c.Breaker.BreakerThreshold, false},
		{"Recycle.MaxWorkerRequests", c.Recycle.MaxWorkerRequests, true},
		{"Recycle.ErrorThreshold", c.Recycle.ErrorThreshold, true},
		{"Recycle.MaxUnavailable", c.Recycle.MaxUnavailable, false},
	} {
		if n.value < 1 && !(n.off && n.value < 0) {
			errs.add(n.field, "is %d; want at least 1", n.value)
		}
	}
	if c.Size.Max < c.Size.Min {
		errs.add("Size.Max", "is %d; want at least Size.Min, which is %d", c.Size.Max, c.Size.Min)
	}
	if c.MaxPayload < 1 || c.MaxPayload > maxPayload {
		errs.add("MaxPayload", "is %d; want 1 to %d bytes", c.MaxPayload, maxPayload)
	}
	if c.Recycle.HardWorkerRSS > 0 && c.Recycle.HardWorkerRSS < c.Recycle.MaxWorkerRSS {
		errs.add("Recycle.HardWorkerRSS", "is %d; want at least Recycle.MaxWorkerRSS, which is %d", c.Recycle.HardWorkerRSS, c.Recycle.MaxWorkerRSS)
	}
}

// checkDurations checks the durations. One below a millisecond is most likely a number without a unit, such as 30 for 30
// seconds, and one above ten years no limit that was meant.
func (c *Config) checkDurations(errs *problems) {
	for _, d := range []struct {
		field string
		value time.Duration
		off   bool // negative, and 0 where that is the default, switch it off
	}{
		{"StartTimeout", c.StartTimeout, false},
		{"StartupTimeout", c.StartupTimeout, false},
		{"RequestTimeout", c.RequestTimeout, false},
		{"SilenceTimeout", c.SilenceTimeout, false},
		{"QueueTimeout", c.QueueTimeout, false},
		{"CancelGrace", c.CancelGrace, false},
		{"Sessions.SpillAfter", c.Sessions.SpillAfter, false},
		{"Sessions.SessionTimeout", c.Sessions.SessionTimeout, true},
		{"Sessions.SessionCleanup", c.Sessions.SessionCleanup, false},
		{"Health.HealthCheckInterval", c.Health.HealthCheckInterval, true},
		{"Health.HealthCheckTimeout", c.Health.HealthCheckTimeout, false},
		{"Health.DegradedProbeDelay", c.Health.DegradedProbeDelay, false},
		{"Breaker.BreakerCoolDown", c.Breaker.BreakerCoolDown, false},
		{"Recycle.MaxWorkerAge", c.Recycle.MaxWorkerAge, true},
		{"Recycle.MaxWorkerIdle", c.Recycle.MaxWorkerIdle, true},
		{"Size.GrowAfter", c.Size.GrowAfter, false},
		{"Size.GrowCooldown", c.Size.GrowCooldown, false},
		{"Size.ShrinkAfter", c.Size.ShrinkAfter, false},
		{"Size.ShrinkCooldown", c.Size.ShrinkCooldown, false},
		{"Sessions.ExportTimeout", c.Sessions.ExportTimeout, false},
		{"Shutdown.ShutdownTimeout", c.Shutdown.ShutdownTimeout, false},
		{"Shutdown.ShutdownGrace", c.Shutdown.ShutdownGrace, false},
	} {
		off := d.off && d.value <= 0
		if !off && (d.value < shortest || d.value > longest) {
			errs.add(d.field, "is %v; want %v to %v", d.value, shortest, longest)
		}
	}
}

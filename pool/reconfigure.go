package pool

import (
	"errors"
	"runtime"
	"time"

	"github.com/fsmgen/fsmgen/pool/internal/core"
)

// core is the configuration of the core of a pool that was made at the instant born.
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

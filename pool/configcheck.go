package pool

import (
	"errors"
	"fmt"
	"time"
)

// The bounds of every duration: what is shorter keeps a processor busy, and sums of what is longer overflow.
const (
	shortest = time.Millisecond
	longest  = 10 * 365 * 24 * time.Hour
)

// check names every problem of a configuration whose defaults are filled in.
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

type problems []error

func (p *problems) add(field, what string, args ...any) {
	*p = append(*p, &ConfigError{Field: field, What: fmt.Sprintf(what, args...)})
}

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

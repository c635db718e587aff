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
	if c.Affinity > FailFast {
		errs.add("Affinity", "is %d; want Prefer, Strict or FailFast", c.Affinity)
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
		{"MaxHealthFailures", c.MaxHealthFailures, false},
		{"OutputLines", c.OutputLines, false},
		{"MaxQueue", c.MaxQueue, true},
		{"MaxAttempts", c.MaxAttempts, false},
		{"Slots", c.Slots, false},
		{"MaxSessions", c.MaxSessions, true},
		{"MaxSnapshot", c.MaxSnapshot, true},
		{"MaxSnapshots", c.MaxSnapshots, true},
		{"BreakerThreshold", c.BreakerThreshold, false},
		{"MaxWorkerRequests", c.MaxWorkerRequests, true},
		{"ErrorThreshold", c.ErrorThreshold, true},
		{"MaxUnavailable", c.MaxUnavailable, false},
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
	if c.HardWorkerRSS > 0 && c.HardWorkerRSS < c.MaxWorkerRSS {
		errs.add("HardWorkerRSS", "is %d; want at least MaxWorkerRSS, which is %d", c.HardWorkerRSS, c.MaxWorkerRSS)
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
		{"SpillAfter", c.SpillAfter, false},
		{"SessionTimeout", c.SessionTimeout, true},
		{"SessionCleanup", c.SessionCleanup, false},
		{"HealthCheckInterval", c.HealthCheckInterval, true},
		{"HealthCheckTimeout", c.HealthCheckTimeout, false},
		{"DegradedProbeDelay", c.DegradedProbeDelay, false},
		{"BreakerCoolDown", c.BreakerCoolDown, false},
		{"MaxWorkerAge", c.MaxWorkerAge, true},
		{"MaxWorkerIdle", c.MaxWorkerIdle, true},
		{"GrowAfter", c.GrowAfter, false},
		{"GrowCooldown", c.GrowCooldown, false},
		{"ShrinkAfter", c.ShrinkAfter, false},
		{"ShrinkCooldown", c.ShrinkCooldown, false},
		{"ExportTimeout", c.ExportTimeout, false},
		{"ShutdownTimeout", c.ShutdownTimeout, false},
		{"ShutdownGrace", c.ShutdownGrace, false},
	} {
		off := d.off && d.value <= 0
		if !off && (d.value < shortest || d.value > longest) {
			errs.add(d.field, "is %v; want %v to %v", d.value, shortest, longest)
		}
	}
}

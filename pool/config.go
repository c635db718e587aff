package pool

import (
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// Config says how a pool behaves. 0 means the default, negative means off where a field says so.
type Config struct {
	// Name is the pool in logs and errors. Empty means "default".
	Name string
	// Source makes the workers: Python, Command or Func. It is needed.
	Source Source
	// Size is how many workers there are.
	Size Size

	// StartTimeout is how long Start waits for Min workers; with at least one it then returns a degraded pool. Default 60s.
	StartTimeout time.Duration
	// StartupTimeout is how long one worker may take from spawn to its first healthy answer. Default 30s.
	StartupTimeout time.Duration
	// StartAttempts is how many workers in a row may fail to start, with none ready, before Start gives up. A failure that
	// cannot heal, such as a missing file, needs no second attempt. Default 3.
	StartAttempts int

	// RequestTimeout ends a request that has its worker, and the worker with it. Default 60s; the context may be shorter.
	RequestTimeout time.Duration
	// QueueTimeout ends a request that waits for a worker. Default 5s; the context may be shorter.
	QueueTimeout time.Duration
	// MaxPayload bounds the payloads of requests and of answers, in bytes. Default 64 MiB, at most a little less than 2 GiB.
	MaxPayload int

	// HealthCheckInterval is the pause between two probes of an idle worker, jittered by a tenth. Default 30s, negative means
	// that only degraded workers are probed.
	HealthCheckInterval time.Duration
	// HealthCheckTimeout is how long a probe may take. Default 5s.
	HealthCheckTimeout time.Duration
	// DegradedProbeDelay is the pause before a degraded worker is probed. Default 5s.
	DegradedProbeDelay time.Duration
	// MaxHealthFailures is how many failures in a row remove a worker. Default 3.
	MaxHealthFailures int

	// ShutdownTimeout is how long Drain lets requests finish. Default 30s.
	ShutdownTimeout time.Duration
	// ShutdownGrace is how long a worker may take to leave when it is asked to, before SIGTERM; SIGKILL follows as much
	// later again. Default 1s.
	ShutdownGrace time.Duration

	// OutputLines is how many of the last lines its errors carry, of a worker's stdout and of its stderr each. Default 64.
	OutputLines int
	// History is how many steps of its machine a worker keeps. Default 32, negative means none.
	History int
	// Logger gets what the workers print, and what becomes of them. Its handler must not call the pool. Nil logs nothing.
	Logger *slog.Logger
}

// Size is how many workers a pool has.
type Size struct {
	// Min is how many workers are kept. Default 1.
	Min int
	// Max is how many workers there may be under load. Default Min; growing beyond it is not supported yet.
	Max int
}

// withDefaults fills in what is zero.
func (c Config) withDefaults() Config {
	c.Name = or(c.Name, "default")
	c.Size.Min = or(c.Size.Min, 1)
	c.Size.Max = or(c.Size.Max, c.Size.Min)
	c.StartTimeout = or(c.StartTimeout, 60*time.Second)
	c.StartupTimeout = or(c.StartupTimeout, 30*time.Second)
	c.StartAttempts = or(c.StartAttempts, 3)
	c.RequestTimeout = or(c.RequestTimeout, 60*time.Second)
	c.QueueTimeout = or(c.QueueTimeout, 5*time.Second)
	c.MaxPayload = or(c.MaxPayload, 64<<20)
	c.HealthCheckInterval = or(c.HealthCheckInterval, 30*time.Second)
	c.HealthCheckTimeout = or(c.HealthCheckTimeout, 5*time.Second)
	c.DegradedProbeDelay = or(c.DegradedProbeDelay, 5*time.Second)
	c.MaxHealthFailures = or(c.MaxHealthFailures, 3)
	c.ShutdownTimeout = or(c.ShutdownTimeout, 30*time.Second)
	c.ShutdownGrace = or(c.ShutdownGrace, time.Second)
	c.OutputLines = or(c.OutputLines, 64)
	c.History = or(c.History, 32)
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c
}

// stepLogger returns the logger of the machines. None costs less than one that discards.
func (c *Config) stepLogger() *slog.Logger {
	if c.Logger.Handler() == slog.DiscardHandler {
		return nil
	}
	return c.Logger
}

func or[T comparable](v, preset T) T {
	var zero T
	if v == zero {
		return preset
	}
	return v
}

// The bounds of every duration: what is shorter keeps a processor busy, and sums of what is longer overflow.
const (
	shortest = time.Millisecond
	longest  = 10 * 365 * 24 * time.Hour
)

// check names every problem of a configuration whose defaults are filled in.
func (c Config) check() error {
	var errs []error
	bad := func(wrong bool, field, what string, args ...any) {
		if wrong {
			errs = append(errs, &ConfigError{Field: field, What: fmt.Sprintf(what, args...)})
		}
	}
	if c.Source == nil {
		bad(true, "Source", "is nil; use pool.Python, pool.Command or pool.Func")
	} else if wrong := c.Source.check(); wrong != "" {
		bad(true, "Source", "%s", wrong)
	}
	bad(c.Size.Min < 1, "Size.Min", "is %d; want at least 1", c.Size.Min)
	bad(c.Size.Max < c.Size.Min, "Size.Max", "is %d; want at least Size.Min, which is %d", c.Size.Max, c.Size.Min)
	if c.Size.Max > c.Size.Min {
		errs = append(errs, fmt.Errorf("%w: %w",
			&ConfigError{Field: "Size.Max", What: "is over Size.Min, and the pool would grow under load"}, ErrNotSupported))
	}
	bad(c.StartAttempts < 1, "StartAttempts", "is %d; want at least 1", c.StartAttempts)
	bad(c.MaxHealthFailures < 1, "MaxHealthFailures", "is %d; want at least 1", c.MaxHealthFailures)
	bad(c.MaxPayload < 1 || c.MaxPayload > maxPayload, "MaxPayload", "is %d; want 1 to %d bytes", c.MaxPayload, maxPayload)
	bad(c.OutputLines < 1, "OutputLines", "is %d; want at least 1", c.OutputLines)
	for _, d := range []struct {
		field string
		value time.Duration
	}{
		{"StartTimeout", c.StartTimeout},
		{"StartupTimeout", c.StartupTimeout},
		{"RequestTimeout", c.RequestTimeout},
		{"QueueTimeout", c.QueueTimeout},
		{"HealthCheckInterval", c.HealthCheckInterval},
		{"HealthCheckTimeout", c.HealthCheckTimeout},
		{"DegradedProbeDelay", c.DegradedProbeDelay},
		{"ShutdownTimeout", c.ShutdownTimeout},
		{"ShutdownGrace", c.ShutdownGrace},
	} {
		off := d.value < 0 && d.field == "HealthCheckInterval"
		bad(!off && (d.value < shortest || d.value > longest), d.field, "is %v; want %v to %v", d.value, shortest, longest)
	}
	return errors.Join(errs...)
}

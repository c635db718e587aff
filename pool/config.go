package pool

import (
	"context"
	"log/slog"
	"time"

	"github.com/fsmgen/fsmgen/pool/recovery"
	fsm "github.com/fsmgen/fsmgen/runtime"
)

// Config says how a pool behaves. 0 means the default, negative means off where a field says so. The name of a field occurs
// once in all parts of the configuration, so that a search for it finds every page, error and log line about it.
type Config struct {
	// Name is the pool in logs and errors. Empty means "default".
	Name string
	// Source makes the workers: Python, Command or Func. It is needed.
	Source Source
	// Version names the version of the workers' code in results, logs, events, metrics and reports. Empty means the first
	// digits of a hash of what the workers run: program, script or module, arguments, variables that were added, and
	// configuration. Where the code that changes is elsewhere, such as in modules that a script imports, say the version here
	// and in [Rollout.Label]. For [Func] it is "func".
	Version string
	// Size is how many workers there are.
	Size Size

	// StartTimeout is how long Start waits for Min workers; with at least one it then returns a degraded pool. Default 60s.
	StartTimeout time.Duration
	// StartupTimeout is how long one worker may take from spawn to its first healthy answer. Default 30s.
	StartupTimeout time.Duration
	// StartAttempts is how many workers in a row may fail to start, with none ready, before Start gives up. A failure that
	// cannot heal, such as a missing file or module, needs no second attempt. Default 3.
	StartAttempts int

	// RequestTimeout ends a request that has its worker. It cancels the request; the worker is killed only if the handler does
	// not stop within CancelGrace. Default 60s; the context may be shorter.
	RequestTimeout time.Duration
	// SilenceTimeout ends a stream in which nothing comes any more. Default 60s.
	SilenceTimeout time.Duration
	// QueueTimeout ends a request that waits for a worker. Default 5s; the context may be shorter.
	QueueTimeout time.Duration
	// CancelGrace is how long a handler may take to stop when its client has given up, before its worker is killed. Default 1s.
	CancelGrace time.Duration
	// MaxQueue is how many requests may wait for a worker; the next one fails at once with an [OverloadError]. Default 1000,
	// negative means any number.
	MaxQueue int
	// MaxAttempts is how often a request is tried that may be tried again. Default 3.
	MaxAttempts int
	// Slots is how many requests a worker does at once. Its program must be made for that: in Python worker.run(slots=N).
	// Default 1.
	Slots int
	// MaxPayload bounds the payloads of requests and of answers, in bytes. Default 64 MiB, at most a little less than 2 GiB.
	MaxPayload int

	// Health, Sessions, Recycle and Shutdown are the parts of the configuration that docs/pool.md has a chapter for.
	Health   Health
	Sessions Sessions
	Recycle  Recycle
	Shutdown Shutdown
	// Recovery says what follows a failure. Default [recovery.Default].
	Recovery recovery.Table
	// Breaker stops starts that fail again and again.
	Breaker Breaker

	// OutputLines is how many of the last lines its errors carry, of a worker's stdout and of its stderr each. Default 64.
	OutputLines int
	// History is how many steps of its machine a worker keeps. Default 32, negative means none.
	History int
	// Logger gets what the workers print, and what becomes of them; at the level DEBUG, as it is when the pool starts, also
	// every step of the machines. Its handler must not call the pool. Nil logs nothing.
	Logger *slog.Logger
	// Observer learns of everything that happens. Nil observes nothing.
	Observer Observer
	// Steps learns of every step of the workers' machines. Nil observes nothing.
	Steps fsm.Observer
	// Tracer makes a span of every request. Nil traces nothing.
	Tracer Tracer
}

// Size is how many workers a pool has, and when their number changes.
type Size struct {
	// Min is how many workers are kept. Default 1.
	Min int
	// Max is how many workers there may be under load. Default Min, which means that the size is fixed. While a worker is
	// recycled there may be Recycle.MaxUnavailable more, counting those that end. Workers that fail, have reached a hard limit or
	// leave since the pool shrinks do not count while they end.
	Max int
	// GrowAfter is how long a request must have waited for the pool to grow, and GrowCooldown the pause between two
	// workers. Defaults 100ms and 1s.
	GrowAfter, GrowCooldown time.Duration
	// ShrinkAfter is how long a worker must have been idle for the pool to shrink, and ShrinkCooldown the pause between
	// two workers. Defaults 1min and 30s.
	ShrinkAfter, ShrinkCooldown time.Duration
}

// Health says how workers are probed.
type Health struct {
	// DisableHealthMonitoring lets no worker be probed, degraded ones included: they never come back.
	DisableHealthMonitoring bool
	// HealthCheckInterval is the pause between two probes of an idle worker, jittered by a tenth. Default 30s, negative means
	// that only degraded workers are probed.
	HealthCheckInterval time.Duration
	// HealthCheckTimeout is how long a probe may take. Default 5s.
	HealthCheckTimeout time.Duration
	// DegradedProbeDelay is the pause before a degraded worker is probed. Default 5s.
	DegradedProbeDelay time.Duration
	// MaxHealthFailures is how many failures in a row remove a worker. Default 3.
	MaxHealthFailures int
}

// Sessions says how long sessions and their states are kept, and where.
type Sessions struct {
	// Affinity is what happens when the worker that has a session's state cannot be had. Default [AffinityPrefer].
	Affinity Affinity
	// SpillAfter is how long AffinityPrefer waits for that worker. Default 100ms.
	SpillAfter time.Duration
	// SessionTimeout is after how long without a request a session is forgotten. Default 5min, negative means never.
	SessionTimeout time.Duration
	// SessionCleanup is the pause between two looks for sessions that are over. Default 1min.
	SessionCleanup time.Duration
	// MaxSessions is how many sessions a worker may have; more wait until some are over. Default 10000, negative means any
	// number.
	MaxSessions int
	// Checkpoint has every answer bring the state of its session along, so that a worker that dies loses nothing that was
	// answered. It costs what writing the state down costs, once a request that changed it.
	Checkpoint bool
	// MaxSnapshot bounds the kept state of one session, MaxSnapshots that of all together, in bytes. Beyond that the oldest
	// go. Defaults 1 MiB and 256 MiB, negative means that none is kept.
	MaxSnapshot, MaxSnapshots int
	// ExportTimeout is how long a worker that leaves may take to hand over its sessions. Default 5s.
	ExportTimeout time.Duration
}

// Recycle says when a worker that is well is replaced. Its replacement is ready before it leaves. MaxWorkerAge and
// MaxWorkerRequests vary by up to a tenth from worker to worker. Negative means off.
type Recycle struct {
	// MaxWorkerAge is the oldest age of a worker. Default 1h.
	MaxWorkerAge time.Duration
	// MaxWorkerRequests is how many requests and leases a worker has served before it is replaced. Default 1000.
	MaxWorkerRequests int
	// ErrorThreshold is how often the requests of a worker may have failed. Default 5.
	ErrorThreshold int
	// MaxWorkerIdle is how long a worker may have had no request. Default off.
	MaxWorkerIdle time.Duration
	// MaxWorkerRSS is the largest resident memory of a worker in bytes. Default off.
	MaxWorkerRSS int64
	// HardWorkerRSS is the resident memory in bytes over which a worker is killed, whatever it does. Default off.
	HardWorkerRSS int64
	// HardWorkerRequests is how many requests a worker serves at most: it leaves with the last one, whether or not its
	// replacement is ready. 1 gives each request a process of its own. Default off.
	HardWorkerRequests int
	// MaxUnavailable is how many workers are recycled at once, counting those whose processes have still to end. Default 1.
	MaxUnavailable int
}

// Breaker says when no worker is started for a while.
type Breaker struct {
	// BreakerThreshold is how many starts in a row must fail. Default 5.
	BreakerThreshold int
	// BreakerCoolDown is how long no worker is started then. Default 30s.
	BreakerCoolDown time.Duration
}

// Shutdown says how long a worker, and the pool, may take to leave.
type Shutdown struct {
	// ShutdownTimeout is how long Drain lets requests finish. Default 30s.
	ShutdownTimeout time.Duration
	// ShutdownGrace is how long a worker may take to leave when it is asked to, before SIGTERM; SIGKILL follows as much later
	// again. Default 1s.
	ShutdownGrace time.Duration
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
	c.SilenceTimeout = or(c.SilenceTimeout, 60*time.Second)
	c.QueueTimeout = or(c.QueueTimeout, 5*time.Second)
	c.CancelGrace = or(c.CancelGrace, time.Second)
	c.MaxQueue = or(c.MaxQueue, 1000)
	c.MaxAttempts = or(c.MaxAttempts, 3)
	c.Slots = or(c.Slots, 1)
	c.MaxPayload = or(c.MaxPayload, 64<<20)
	c.sessionDefaults()
	c.recycleDefaults()
	c.Health.HealthCheckInterval = or(c.Health.HealthCheckInterval, 30*time.Second)
	c.Health.HealthCheckTimeout = or(c.Health.HealthCheckTimeout, 5*time.Second)
	c.Health.DegradedProbeDelay = or(c.Health.DegradedProbeDelay, 5*time.Second)
	c.Health.MaxHealthFailures = or(c.Health.MaxHealthFailures, 3)
	c.Sessions.ExportTimeout = or(c.Sessions.ExportTimeout, 5*time.Second)
	c.Shutdown.ShutdownTimeout = or(c.Shutdown.ShutdownTimeout, 30*time.Second)
	c.Shutdown.ShutdownGrace = or(c.Shutdown.ShutdownGrace, time.Second)
	c.OutputLines = or(c.OutputLines, 64)
	c.History = or(c.History, 32)
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	c.Logger = contain(c.Logger)
	return c
}

// sessionDefaults and recycleDefaults are parts of withDefaults. A negative number means off and stays as it is.
func (c *Config) sessionDefaults() {
	c.Sessions.SpillAfter = or(c.Sessions.SpillAfter, 100*time.Millisecond)
	c.Sessions.SessionTimeout = or(c.Sessions.SessionTimeout, 5*time.Minute)
	c.Sessions.SessionCleanup = or(c.Sessions.SessionCleanup, time.Minute)
	c.Sessions.MaxSessions = or(c.Sessions.MaxSessions, 10_000)
	c.Sessions.MaxSnapshot = or(c.Sessions.MaxSnapshot, 1<<20)
	c.Sessions.MaxSnapshots = or(c.Sessions.MaxSnapshots, 256<<20)
}

func (c *Config) recycleDefaults() {
	if c.Recovery == nil {
		c.Recovery = recovery.Default()
	}
	c.Breaker.BreakerThreshold = or(c.Breaker.BreakerThreshold, 5)
	c.Breaker.BreakerCoolDown = or(c.Breaker.BreakerCoolDown, 30*time.Second)
	c.Recycle.MaxWorkerAge = or(c.Recycle.MaxWorkerAge, time.Hour)
	c.Recycle.MaxWorkerRequests = or(c.Recycle.MaxWorkerRequests, 1000)
	c.Recycle.ErrorThreshold = or(c.Recycle.ErrorThreshold, 5)
	c.Recycle.MaxUnavailable = or(c.Recycle.MaxUnavailable, 1)
	c.Size.GrowAfter = or(c.Size.GrowAfter, 100*time.Millisecond)
	c.Size.GrowCooldown = or(c.Size.GrowCooldown, time.Second)
	c.Size.ShrinkAfter = or(c.Size.ShrinkAfter, time.Minute)
	c.Size.ShrinkCooldown = or(c.Size.ShrinkCooldown, 30*time.Second)
}

// logsSteps reports whether the log takes the steps of the machines, which cost something for each request. The core
// learns of it at the start and by [Pool.Reconfigure].
func (c *Config) logsSteps() bool { return c.Logger.Enabled(context.Background(), slog.LevelDebug) }

// or returns the value, or the preset where it is zero.
func or[T comparable](v, preset T) T {
	var zero T
	if v == zero {
		return preset
	}
	return v
}

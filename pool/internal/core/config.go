package core

import (
	"time"

	"github.com/fsmgen/fsmgen/pool/recovery"
)

// Time is an instant on the clock of a pool: the time since the pool was made. It is monotonic, so steps of the wall
// clock end nothing and keep nothing alive.
type Time = time.Duration

// Config says how a pool behaves. Every field has its final value: defaults are filled in by the owner. A duration or
// number that is not positive switches off what it bounds, where the field says so.
type Config struct {
	Name     string // of the pool, in the history of its machines
	Version  string // of the code of the first workers
	Min, Max int    // workers
	Slots    int    // requests that a worker serves at once

	StartTimeout, StartupTimeout          time.Duration
	StartAttempts, ParallelStarts         int
	QueueTimeout                          time.Duration
	RequestTimeout                        time.Duration // how long an upgrade waits for requests of a worker, at least
	MaxQueue                              int           // waiting requests; negative means no bound
	MaxAttempts                           int
	SpillAfter                            time.Duration
	SessionTimeout, SessionCleanup        time.Duration // SessionTimeout: not positive means that no session ends
	MaxSessions                           int           // of a worker; negative means no bound
	MaxSnapshot, MaxSnapshots             int           // bytes; not positive means that no state is kept
	HealthCheckInterval                   time.Duration // not positive: only degraded workers are probed
	DisableHealthMonitoring               bool
	DegradedProbeDelay                    time.Duration
	MaxHealthFailures                     int
	Recovery                              recovery.Table
	BreakerThreshold                      int
	BreakerCoolDown                       time.Duration
	MaxWorkerAge, MaxWorkerIdle           time.Duration // not positive: off
	MaxWorkerRequests, HardWorkerRequests int           // not positive: off
	ErrorThreshold                        int           // not positive: off
	MaxWorkerRSS, HardWorkerRSS           int64         // bytes; not positive: off
	MaxUnavailable                        int
	GrowAfter, GrowCooldown               time.Duration
	ShrinkAfter, ShrinkCooldown           time.Duration
	ExportTimeout                         time.Duration
	ShutdownTimeout, ShutdownGrace        time.Duration

	// Batch is how many timers, and how many sessions, one call handles at most. What is left is due at once again, so that
	// callers that wait for the lock of the owner get it in between. 0 means 128.
	Batch int
	// Start is the wall time of the instant 0, for the history of the machines.
	Start time.Time
	// History is how many steps of its machine a worker keeps.
	History int
	// Events asks for an [Event] for each checkout and checkin. Other events are always reported.
	Events bool
	// Steps asks for every step of a machine as an effect.
	Steps bool
	// Seed makes the random numbers that spread delays and limits.
	Seed uint64
}

// defaultBatch is Config.Batch where that is 0.
const defaultBatch = 128

// youngest is the age below which a worker that no request has used counts as one that came to nothing.
const youngest = 10 * time.Second

// measureEvery is the time between two measurements of the workers' memory, where a limit needs them.
const measureEvery = time.Second

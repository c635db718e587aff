package pool

import (
	"testing"
	"time"
)

// TestConfig_Defaults holds the defaults that users of the original know.
//
// Rows: L4, L5.
func TestConfig_Defaults(t *testing.T) {
	c := Config{Size: Size{Min: 3}}.withDefaults()
	for _, tt := range []struct {
		field     string
		got, want any
	}{
		{"Name", c.Name, "default"},
		{"Size.Min", c.Size.Min, 3},
		{"Size.Max", c.Size.Max, 3},
		{"StartTimeout", c.StartTimeout, time.Minute},
		{"StartupTimeout", c.StartupTimeout, 30 * time.Second},
		{"StartAttempts", c.StartAttempts, 3},
		{"RequestTimeout", c.RequestTimeout, time.Minute},
		{"SilenceTimeout", c.SilenceTimeout, time.Minute},
		{"QueueTimeout", c.QueueTimeout, 5 * time.Second},
		{"CancelGrace", c.CancelGrace, time.Second},
		{"MaxQueue", c.MaxQueue, 1000},
		{"MaxAttempts", c.MaxAttempts, 3},
		{"Slots", c.Slots, 1},
		{"MaxPayload", c.MaxPayload, 64 << 20},
		{"Sessions.Affinity", c.Sessions.Affinity, AffinityPrefer},
		{"Sessions.SpillAfter", c.Sessions.SpillAfter, 100 * time.Millisecond},
		{"Sessions.SessionTimeout", c.Sessions.SessionTimeout, 5 * time.Minute},
		{"Sessions.SessionCleanup", c.Sessions.SessionCleanup, time.Minute},
		{"Sessions.MaxSessions", c.Sessions.MaxSessions, 10_000},
		{"Sessions.MaxSnapshot", c.Sessions.MaxSnapshot, 1 << 20},
		{"Sessions.MaxSnapshots", c.Sessions.MaxSnapshots, 256 << 20},
		{"Health.HealthCheckInterval", c.Health.HealthCheckInterval, 30 * time.Second},
		{"Health.HealthCheckTimeout", c.Health.HealthCheckTimeout, 5 * time.Second},
		{"Health.DegradedProbeDelay", c.Health.DegradedProbeDelay, 5 * time.Second},
		{"Health.MaxHealthFailures", c.Health.MaxHealthFailures, 3},
		{"Breaker.BreakerThreshold", c.Breaker.BreakerThreshold, 5},
		{"Breaker.BreakerCoolDown", c.Breaker.BreakerCoolDown, 30 * time.Second},
		{"Recycle.MaxWorkerAge", c.Recycle.MaxWorkerAge, time.Hour},
		{"Recycle.MaxWorkerRequests", c.Recycle.MaxWorkerRequests, 1000},
		{"Recycle.ErrorThreshold", c.Recycle.ErrorThreshold, 5},
		{"Recycle.MaxUnavailable", c.Recycle.MaxUnavailable, 1},
		{"Size.GrowAfter", c.Size.GrowAfter, 100 * time.Millisecond},
		{"Size.GrowCooldown", c.Size.GrowCooldown, time.Second},
		{"Size.ShrinkAfter", c.Size.ShrinkAfter, time.Minute},
		{"Size.ShrinkCooldown", c.Size.ShrinkCooldown, 30 * time.Second},
		{"Sessions.ExportTimeout", c.Sessions.ExportTimeout, 5 * time.Second},
		{"Shutdown.ShutdownTimeout", c.Shutdown.ShutdownTimeout, 30 * time.Second},
		{"Shutdown.ShutdownGrace", c.Shutdown.ShutdownGrace, time.Second},
		{"OutputLines", c.OutputLines, 64},
		{"History", c.History, 32},
	} {
		if tt.got != tt.want {
			t.Errorf("%s is %v; want %v", tt.field, tt.got, tt.want)
		}
	}
}

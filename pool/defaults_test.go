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
		{"Size", c.Size, Size{Min: 3, Max: 3}},
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
		{"Affinity", c.Affinity, Prefer},
		{"SpillAfter", c.SpillAfter, 100 * time.Millisecond},
		{"SessionTimeout", c.SessionTimeout, 5 * time.Minute},
		{"SessionCleanup", c.SessionCleanup, time.Minute},
		{"MaxSessions", c.MaxSessions, 10_000},
		{"MaxSnapshot", c.MaxSnapshot, 1 << 20},
		{"MaxSnapshots", c.MaxSnapshots, 256 << 20},
		{"HealthCheckInterval", c.HealthCheckInterval, 30 * time.Second},
		{"HealthCheckTimeout", c.HealthCheckTimeout, 5 * time.Second},
		{"DegradedProbeDelay", c.DegradedProbeDelay, 5 * time.Second},
		{"MaxHealthFailures", c.MaxHealthFailures, 3},
		{"BreakerThreshold", c.BreakerThreshold, 5},
		{"BreakerCoolDown", c.BreakerCoolDown, 30 * time.Second},
		{"MaxWorkerAge", c.MaxWorkerAge, time.Hour},
		{"MaxWorkerRequests", c.MaxWorkerRequests, 1000},
		{"ErrorThreshold", c.ErrorThreshold, 5},
		{"MaxUnavailable", c.MaxUnavailable, 1},
		{"GrowAfter", c.GrowAfter, 100 * time.Millisecond},
		{"GrowCooldown", c.GrowCooldown, time.Second},
		{"ShrinkAfter", c.ShrinkAfter, time.Minute},
		{"ShrinkCooldown", c.ShrinkCooldown, 30 * time.Second},
		{"ExportTimeout", c.ExportTimeout, 5 * time.Second},
		{"ShutdownTimeout", c.ShutdownTimeout, 30 * time.Second},
		{"ShutdownGrace", c.ShutdownGrace, time.Second},
		{"OutputLines", c.OutputLines, 64},
		{"History", c.History, 32},
	} {
		if tt.got != tt.want {
			t.Errorf("%s is %v; want %v", tt.field, tt.got, tt.want)
		}
	}
}

package pool

import (
	"testing"
	"time"
)

// TestConfig_Defaults holds the defaults that users of the original know.
//
// Rows: L4, L5.
func TestConfig_Defaults(t *testing.T) {
	c := (&Config{}).withDefaults()
	for _, d := range []struct {
		field     string
		got, want any
	}{
		{"HealthCheckInterval", c.HealthCheckInterval, 30 * time.Second},
		{"HealthCheckTimeout", c.HealthCheckTimeout, 5 * time.Second},
		{"DegradedProbeDelay", c.DegradedProbeDelay, 5 * time.Second},
		{"MaxHealthFailures", c.MaxHealthFailures, 3},
		{"DisableHealthMonitoring", c.DisableHealthMonitoring, false},
		{"MaxWorkerAge", c.MaxWorkerAge, time.Hour},
		{"MaxWorkerRequests", c.MaxWorkerRequests, 1000},
		{"ErrorThreshold", c.ErrorThreshold, 5},
		{"SessionTimeout", c.SessionTimeout, 5 * time.Minute},
		{"SessionCleanup", c.SessionCleanup, time.Minute},
		{"RequestTimeout", c.RequestTimeout, time.Minute},
		{"QueueTimeout", c.QueueTimeout, 5 * time.Second},
		{"ShutdownTimeout", c.ShutdownTimeout, 30 * time.Second},
		{"ShutdownGrace", c.ShutdownGrace, time.Second},
	} {
		if d.got != d.want {
			t.Errorf("%s is %v; want %v", d.field, d.got, d.want)
		}
	}
}

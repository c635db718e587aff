package pool

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestDefaults holds the defaults that users of the original know.
//
// Rows: L4, L5.
func TestDefaults(t *testing.T) {
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

// Rows: R6.
func TestALoopThatPanicsIsStartedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{})
		defer closePool(t, p)
		p.mu.Lock()
		p.workers[99] = nil // the keeper does not survive this
		p.mu.Unlock()
		time.Sleep(10 * time.Second)
		if p.counters.crashes.Load() == 0 {
			t.Error("the keeper has not noticed")
		}
		p.mu.Lock()
		delete(p.workers, 99)
		p.mu.Unlock()
		p.all()[0].kill()
		time.Sleep(time.Minute)
		if s := p.Stats(); s.Crashes == 0 || s.Workers["ready"] != 1 {
			t.Errorf("Stats = %+v; want crashes, and a worker again", s)
		}
	})
}

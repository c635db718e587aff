package pool

import (
	"errors"
	"fmt"
	"time"

	"github.com/fsmgen/fsmgen/pool/internal/core"
)

// Rollout says how [Pool.Upgrade] goes on. 0 means the default, negative means off where a field says so.
type Rollout struct {
	// Label names the new version in results, logs, events, metrics and reports. Empty means a hash of what the workers run:
	// see [Config.Version].
	Label string
	// Share is the part of new sessions, and of requests without a session, that the canary gets while it is the only worker
	// of the new version: more than 0, at most 1. Default 0.1.
	Share float64
	// Bake is how long the canary serves before the other workers are replaced, and how long the new version is watched after
	// the last one, before the upgrade is done. Default 30s.
	Bake time.Duration
	// MinRequests is how many requests the canary has to have served before the others are replaced. One that its caller cancels
	// is not served. Default 20, negative means none: for a pool without traffic.
	MinRequests int
	// MaxUnavailable is how many workers are replaced at once. Default Recycle.MaxUnavailable.
	MaxUnavailable int

	// MaxWorkerFailures is how many workers of the new version may fail to start, or be lost, beyond those of the old version
	// that are lost meanwhile. Default 2, negative means none. A failure that every start would have ends the rollout at once.
	MaxWorkerFailures int
	// MaxErrorRate is by how much the part of requests that fail may be above that of the old version: at most 1. What
	// chance explains is no failure of the version: of 20 requests 3 may fail in any case. It also bounds the part of requests that
	// callers cancel before there is an answer, which are no failures, and the part of the states of sessions that the new version
	// refuses. Default 0.01, negative means none.
	MaxErrorRate float64
	// MaxLatency is how many times as long as with the old version the slower half of the requests may take, and the slowest tenth
	// and the slowest hundredth, 10 ms and what chance explains apart. Default 2, negative means that it is not judged. It needs
	// 50 requests of each version. One that its caller cancels counts with the time that it was given.
	MaxLatency float64
	// Removed are the commands that the new version does not have any more, on purpose.
	Removed []string

	// Shadow is the part of the [Idempotent] requests without a session that both versions get, where workers of both are free:
	// the old one answers the caller, and differences are reported. What the new one makes of them counts for MinRequests and
	// for the gates. Other requests may be served by the new version alone. 0 to 1, default 0.
	Shadow float64
	// ShadowPayloads has the report keep requests and answers that differ, which may hold secrets, and not only their hashes.
	ShadowPayloads bool
}

// withDefaults fills in what is zero.
func (r Rollout) withDefaults(c *Config) Rollout {
	r.Share = or(r.Share, 0.1)
	r.Bake = or(r.Bake, 30*time.Second)
	r.MinRequests = or(r.MinRequests, 20)
	r.MaxUnavailable = or(r.MaxUnavailable, c.Recycle.MaxUnavailable)
	r.MaxWorkerFailures = or(r.MaxWorkerFailures, 2)
	r.MaxErrorRate = or(r.MaxErrorRate, 0.01)
	r.MaxLatency = or(r.MaxLatency, 2)
	return r
}

// check names every problem of a rollout. Its defaults are filled in.
func (r *Rollout) check() error {
	var errs problems
	share := func(field string, value, least float64) {
		if !(value >= least && value <= 1) {
			errs.add("Rollout."+field, "is %v; want at least %v and at most 1", value, least)
		}
	}
	share("Share", r.Share, 0.001)
	share("Shadow", r.Shadow, 0)
	if r.Bake < shortest || r.Bake > longest {
		errs.add("Rollout.Bake", "is %v; want at least %v and at most %v", r.Bake, shortest, longest)
	}
	if !(r.MaxErrorRate <= 1) {
		errs.add("Rollout.MaxErrorRate", "is %v; want at most 1", r.MaxErrorRate)
	}
	if r.MaxUnavailable < 1 {
		errs.add("Rollout.MaxUnavailable", "is %d; want 1 or more", r.MaxUnavailable)
	}
	if r.MaxLatency >= 0 && !(r.MaxLatency >= 1) {
		errs.add("Rollout.MaxLatency", "is %v; want 1 or more, or a negative number for off", r.MaxLatency)
	}
	if wrong := checkLabel(r.Label); wrong != "" {
		errs.add("Rollout.Label", "%s", wrong)
	}
	return errors.Join(errs...)
}

// checkLabel says what is wrong with the label of a version, empty if nothing is.
func checkLabel(label string) string {
	switch {
	case len(label) > maxLabel:
		return fmt.Sprintf("has %d bytes; want at most %d", len(label), maxLabel)
	case oneLine(label, maxLabel) != label:
		return fmt.Sprintf("is %s; want one line that can be printed", short(label))
	}
	return ""
}

// maxLabel is how long the label of a version may be, in bytes.
const maxLabel = 128

func (r *Rollout) core() core.Rollout {
	return core.Rollout{
		Share: r.Share, Bake: r.Bake, MinRequests: r.MinRequests, MaxUnavailable: r.MaxUnavailable,
		MaxWorkerFailures: max(0, r.MaxWorkerFailures), MaxErrorRate: max(0, r.MaxErrorRate), MaxLatency: r.MaxLatency, Shadow: r.Shadow,
	}
}

// UpgradeReport is what has come of an upgrade.
type UpgradeReport struct {
	Pool string `json:"pool"`
	From string `json:"from"` // the versions
	To   string `json:"to"`
	// Outcome is "done"; "rolled_back"; or "abandoned", where the pool was drained or closed meanwhile.
	Outcome  string         `json:"outcome"`
	Why      string         `json:"why,omitempty"` // it was rolled back
	Began    time.Time      `json:"began"`
	Took     time.Duration  `json:"took_ns"`
	Phases   []UpgradePhase `json:"phases"`
	Old      VersionReport  `json:"old"`
	New      VersionReport  `json:"new"`
	Sessions SessionReport  `json:"sessions"`
	Shadow   ShadowReport   `json:"shadow"`
}

// UpgradePhase is one phase of an upgrade: starting, watching, lingering, ramping, baking or rolling_back.
type UpgradePhase struct {
	Name string        `json:"name"`
	Took time.Duration `json:"took_ns"`
}

// VersionReport is what one version did while both were there.
type VersionReport struct {
	Version       string        `json:"version"`
	Workers       int           `json:"workers"` // that became ready
	StartFailures int           `json:"start_failures"`
	Lost          int           `json:"lost"` // workers that went away and were not asked to
	Requests      uint64        `json:"requests"`
	Failures      uint64        `json:"failures"`
	Cancelled     uint64        `json:"cancelled"` // requests that callers have cancelled before there was an answer; not among Requests
	P50           time.Duration `json:"p50_ns"`    // of requests that succeeded, with their worker; 0 where there were none
	P99           time.Duration `json:"p99_ns"`
}

// SessionReport is what became of sessions during an upgrade.
type SessionReport struct {
	Carried int `json:"carried"` // states that a worker of the other version has taken over
	// Verified are states that only the pool has, and a worker of the version that stays has taken over for a trial.
	Verified int `json:"verified"`
	// Unverified are states that only the pool has, and no worker of the version that stays was given.
	Unverified int `json:"unverified"`
	// Refused are states that the new version did not take over. Their sessions went on with the old version as long as there
	// was a worker of it. In a rollback also those that the old version did not take over: the pool keeps them.
	Refused      int      `json:"refused"`
	RefusedNames []string `json:"refused_names,omitempty"` // of the first 1,000 of these
	Lost         int      `json:"lost"`                    // states that were lost, for whatever reason
	LostNames    []string `json:"lost_names,omitempty"`    // of the first 1,000 of these
}

func (p *Pool) report(r *core.UpgradeReport) *UpgradeReport {
	out := &UpgradeReport{
		Pool: p.name, From: r.From, To: r.To, Outcome: r.Outcome, Began: p.born.Add(r.Began), Took: r.Took,
		Old: versionReport(&r.Old), New: versionReport(&r.New), Sessions: SessionReport(r.Sessions),
	}
	if r.Why != nil {
		out.Why = text(translate(r.Why))
	}
	for _, phase := range r.Phases {
		out.Phases = append(out.Phases, UpgradePhase{Name: phase.Name, Took: phase.Took})
	}
	return out
}

func versionReport(r *core.VersionReport) VersionReport {
	return VersionReport{
		Version: r.Version, Workers: r.Ready, StartFailures: r.StartFailures, Lost: r.Lost, Requests: r.Requests,
		Failures: r.Failures, Cancelled: r.Cancelled, P50: r.P50, P99: r.P99,
	}
}

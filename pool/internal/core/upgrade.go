package core

import (
	"errors"
	"slices"
	"time"

	"github.com/fsmgen/fsmgen/generated/rolloutfsm"
	"github.com/fsmgen/fsmgen/generated/workerfsm"
	fsm "github.com/fsmgen/fsmgen/runtime"
)

// Rollout says how an upgrade goes on. Every field has its final value.
type Rollout struct {
	Share             float64       // of new sessions, and of requests without one, that the canary gets: 0 to 1
	Bake              time.Duration // how long the canary serves, and how long the new version is watched at the end
	MinRequests       int           // that the canary has to have served; not positive: none
	MaxUnavailable    int           // workers that leave at once
	MaxWorkerFailures int           // workers of the new version that may not start or be lost, beyond those lost of the old one
	MaxErrorRate      float64       // see judge
	MaxLatency        float64       // see judge; not positive: not judged
	Shadow            float64       // share of idempotent requests without a session that both versions get
}

// upgrade is the replacement of all workers by those of another version.
type upgrade struct {
	core     *Core
	plan     Rollout
	machine  *rolloutfsm.Machine
	state    rolloutfsm.State // of the machine
	from, to *version
	fromGone bool // no worker of the old version serves any more

	share, shadow     credit
	served            uint64 // requests of the new version, since its canary is watched
	old               window // since the upgrade began
	new, newTotal     window // since its canary, the ramp, the bake or the rollback began, and before that
	oldLost, newLost  int
	oldReady          int
	oldUnready        int
	newReady, unready int
	lastError         error // of a request of the new version

	number        uint16 // of the upgrade, for session.noted; never 0
	trials        trials
	statesTried   int // states that the new version was to take over
	statesRefused int // of these

	suspects []*session // whose states a worker was taking over when it died
	pinned   []*session // with a state that the new version has refused; those that have ended are not pinned any more
	report   UpgradeReport
}

// UpgradeReport is what has come of an upgrade.
type UpgradeReport struct {
	From, To string
	Outcome  string // the last state of the rollout's machine
	Why      error  // why it was rolled back; nil for not
	Began    Time
	Took     time.Duration
	Phases   []PhaseReport
	Old, New VersionReport
	Sessions SessionReport
	// ShadowsSkipped are requests that were to be given to both versions while a worker of one of them was not free.
	ShadowsSkipped int
}

// PhaseReport is one phase of an upgrade.
type PhaseReport struct {
	Name string
	Took time.Duration

	began Time
}

// VersionReport is what one version did during an upgrade.
type VersionReport struct {
	Version       string
	Ready         int // workers that became ready
	StartFailures int
	Lost          int // workers that went away and were not asked to
	Requests      uint64
	Failures      uint64
	Cancelled     uint64        // requests that callers have cancelled before there was an answer; not among Requests
	P50, P99      time.Duration // of requests that succeeded; 0 where there were none
}

// SessionReport is what became of sessions during an upgrade.
type SessionReport struct {
	Carried      int      // states that a worker of the other version has taken over
	Verified     int      // states that only the pool has had, and the version that stays has taken over for a Trial
	Unverified   int      // states that only the pool has had, and were not tried
	Refused      int      // states that the new version has refused, and in a rollback those that the old one has refused
	RefusedNames []string // of the first ones
	Lost         int      // losses of state
	LostNames    []string // of the first lost ones
}

// maxNames bounds the names in a SessionReport.
const maxNames = 1000

// credit picks a share of what comes.
type credit struct{ saved float64 }

// earn adds a share, and reports whether that makes one whole or more.
func (c *credit) earn(share float64) bool {
	c.saved = min(c.saved+share, 2)
	return c.saved >= 1
}

func (c *credit) spend() { c.saved-- }

// ErrUpgrading reports that an upgrade is under way.
var ErrUpgrading = errors.New("core: an upgrade is under way")

// ErrSameVersion reports that the pool has that version.
var ErrSameVersion = errors.New("core: the pool has that version")

// Upgrade begins to replace every worker by one of that version. The effect Upgraded says how it has ended. A pool that is
// not running refuses it with a *Refusal.
func (c *Core) Upgrade(now Time, label string, plan Rollout) error {
	c.begin(now)
	switch {
	case !c.open():
		return &Refusal{Kind: Closed, Phase: c.pool.State()}
	case c.upgrade != nil:
		return ErrUpgrading
	case label == c.stable.label:
		return ErrSameVersion
	}
	if err := c.pool.Upgrade(); err != nil {
		return &Refusal{Kind: Closed, Phase: c.pool.State()}
	}
	c.refreshPool()
	c.upgrades = max(1, c.upgrades+1)
	u := &upgrade{core: c, number: c.upgrades, plan: plan, from: c.stable, to: newVersion(label)}
	u.report = UpgradeReport{From: u.from.label, To: label, Began: c.now}
	c.upgrade = u
	machine, err := rolloutfsm.NewWith(rolloutfsm.Hooks{Rollout: rolloutHooks{u}}, rolloutfsm.Params{Bake: plan.Bake},
		fsm.BareConfig{Name: c.config.Name + "/rollout", Clock: c.clock, Observer: c.stepObserver()})
	if err != nil {
		panic("core: the machine of a rollout: " + err.Error()) // the plan was checked
	}
	u.machine = machine
	c.refreshUpgrade()
	c.end()
	return nil
}

// CancelUpgrade rolls the upgrade back because of err. It does nothing if there is none, or it is rolled back.
func (c *Core) CancelUpgrade(now Time, err error) {
	c.begin(now)
	if c.upgrade != nil {
		_ = c.upgrade.machine.Cancel(err) // one that is rolled back ignores it
		c.refreshUpgrade()
	}
	c.end()
}

// UpgradePhase is the state of the rollout's machine, empty where there is no upgrade.
func (c *Core) UpgradePhase() string {
	if c.upgrade == nil {
		return ""
	}
	return c.upgrade.state.String()
}

// tellUpgrade hands a message to the machine of the rollout, if there is one.
func (c *Core) tellUpgrade(m message) {
	u := c.upgrade
	if u == nil {
		return
	}
	switch m.kind { // a machine that rolls back ignores these
	case newReady:
		_ = u.machine.WorkerReady()
	case newFailed:
		reason := m.err
		if reason == nil {
			reason = m.worker.cause()
		}
		_ = u.machine.WorkerFailed(u.failedWorkers(reason))
	case workerLeft:
		u.noteFromGone()
	case upgradeEnds:
		_ = u.machine.Close()
	}
	c.refreshUpgrade()
}

// refreshUpgrade follows every step of the rollout's machine: its time-outs are timers of the core.
func (c *Core) refreshUpgrade() {
	switch u := c.upgrade; {
	case u == nil:
	case u.awaitsImports():
		c.arm(&c.upgradeTimer, after(c.now, trialRetry))
	default:
		next, armed := u.machine.Expire()
		c.armUntil(&c.upgradeTimer, next, armed)
	}
}

// enterPhase is the begin of a phase: requests that wait do so for the workers that may serve them in it.
func (u *upgrade) enterPhase(state rolloutfsm.State, why error) {
	c := u.core
	u.closePhase()
	if !u.inCanary() || !state.In(rolloutfsm.StateCanary) { // canaries are judged together
		u.closeWindow()
	}
	u.state = state
	if state == rolloutfsm.StateWatching {
		u.served = 0
	}
	u.report.Phases = append(u.report.Phases, PhaseReport{Name: state.String(), began: c.now})
	c.report(Event{Kind: UpgradePhase, Reason: state.String(), Version: u.to.label, Err: why})
	c.changed = true
	switch state {
	case rolloutfsm.StateRamping:
		u.trials.until = after(c.now, max(u.plan.Bake, trialPatience))
	case rolloutfsm.StateRollingBack:
		u.turnTrials()
	}
	u.noteFromGone()
	c.reroute()
}

// closePhase notes how long the phase that ends has taken.
func (u *upgrade) closePhase() {
	if n := len(u.report.Phases); n > 0 {
		p := &u.report.Phases[n-1]
		p.Took = u.core.now - p.began
	}
}

// closeWindow adds what was counted of the new version to its total. A version that begins to fail late is judged by what it does
// then.
func (u *upgrade) closeWindow() {
	u.newTotal.add(&u.new)
	u.new = window{}
}

// conclude ends the upgrade: the pool has one version again.
func (u *upgrade) conclude(outcome rolloutfsm.State, why error) {
	c, r := u.core, &u.report
	u.closePhase()
	u.closeWindow()
	r.Sessions.Unverified = u.unverified()
	u.state = outcome
	if outcome == rolloutfsm.StateDone {
		c.stable = u.to
	}
	c.snapshots.cursor = nil
	for _, s := range u.pinned {
		if s.pinned && outcome == rolloutfsm.StateDone {
			c.losePinned(s)
		}
		s.pinned = false
	}
	u.clearDeaths()
	c.upgrade = nil
	for _, w := range c.workers {
		c.endCarrying(w)
	}
	c.disarm(&c.upgradeTimer)
	c.reroute()
	r.Outcome, r.Why, r.Took = outcome.String(), why, c.now-r.Began
	r.Old = u.old.report(u.from.label, u.oldReady, u.oldUnready, u.oldLost)
	r.New = u.newTotal.report(u.to.label, u.newReady, u.unready, u.newLost)
	c.report(Event{Kind: UpgradePhase, Reason: r.Outcome, Version: r.To, Err: why})
	_ = c.pool.Upgraded() // a pool that drains refuses it
	c.refreshPool()
	c.emit(Effect{Kind: Upgraded, Upgrade: r})
	c.changed = true
}

func (w *window) report(label string, ready, unready, lost int) VersionReport {
	return VersionReport{
		Version: label, Ready: ready, StartFailures: unready, Lost: lost, Requests: w.requests, Failures: w.failures, Cancelled: w.cancelled,
		P50: twoDigits(w.latency.quantile(0.5)), P99: twoDigits(w.latency.quantile(0.99)),
	}
}

// twoDigits rounds a quantile, which is the end of a bucket and no more exact than that. Example: 83.88608 ms are 84 ms.
func twoDigits(d time.Duration) time.Duration {
	unit := time.Duration(1)
	for d/unit >= 100 {
		unit *= 10
	}
	return d.Round(unit)
}

// lose notes a loss of state during the upgrade.
func (u *upgrade) lose(s *session) {
	r := &u.report.Sessions
	r.Lost++
	if len(r.LostNames) < maxNames {
		r.LostNames = append(r.LostNames, s.name)
	}
}

// losePinned ends the state of a session that only the old version could read, when no worker of it is left.
func (c *Core) losePinned(s *session) {
	if s.where == kept && s.lease == nil {
		c.snapshots.drop(s)
		s.where = nowhere
		c.lost(s)
	}
}

// startVersion is the version of the workers that are started.
func (c *Core) startVersion() *version {
	if c.upgrade != nil {
		return c.upgrade.stays()
	}
	return c.stable
}

// counts reports whether the worker is one of those that there should be so many of: the canary comes on top.
func (c *Core) counts(w *worker) bool {
	return c.upgrade == nil || !c.upgrade.inCanary() || w.version != c.upgrade.to
}

// manageUpgrade starts the canary, and looks whether a version has gone.
func (c *Core) manageUpgrade() {
	u := c.upgrade
	if u == nil {
		return
	}
	c.tryStates()
	switch {
	case u.inCanary():
		if (!c.isFull() || c.config.HardWorkerRequests > 0) && !c.hasWorker(func(w *worker) bool { return w.version == u.to && serves(w) }) {
			c.add(u.to)
		} else if u.canaryServes() {
			_ = u.machine.WorkerReady() // a probe may have found it well again
		}
	case u.rollingBack():
		for _, w := range c.workers {
			switch {
			case w.version == u.to && w.machine.State() == workerfsm.StateInitializing:
				c.leave(w, true, ReasonRolledBack)
			case w.version == u.from && w.recycle == ReasonUpgraded && w.available():
				w.recycle, w.leaving = "", false
				c.endCarrying(w)
			case w.version == u.from:
				c.endCarrying(w)
			}
		}
		switch {
		case c.hasWorker(func(w *worker) bool { return w.version == u.to }):
		case u.newReady > 0 && len(c.sweeping) > 0:
			c.again(c.now) // states of workers that are gone are still to be found
		case !u.awaitsTrials():
			_ = u.machine.NewGone()
		}
	default:
		if !u.awaitsTrials() && !c.hasWorker(func(w *worker) bool { return w.version == u.from }) {
			_ = u.machine.OldGone()
		}
	}
	c.refreshUpgrade()
}

// serves reports whether the worker serves, or may soon.
func serves(w *worker) bool {
	return (w.available() && !w.leaving) || w.machine.State() == workerfsm.StateInitializing
}

func (c *Core) hasWorker(is func(w *worker) bool) bool {
	return slices.ContainsFunc(c.workers, is)
}

// upgradeDue says whether the upgrade has the worker replaced, and why.
func (c *Core) upgradeDue(w *worker) (Reason, bool) {
	u := c.upgrade
	switch {
	case u == nil || u.inCanary():
		return "", false
	case u.rollingBack():
		return ReasonRolledBack, w.version == u.to
	}
	return ReasonUpgraded, w.version == u.from
}

// maxUnavailable is how many workers leave at once.
func (c *Core) maxUnavailable() int {
	if u := c.upgrade; u != nil && !u.inCanary() {
		return u.plan.MaxUnavailable
	}
	return c.config.MaxUnavailable
}

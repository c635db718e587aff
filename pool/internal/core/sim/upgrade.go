package sim

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/fsmgen/fsmgen/pool/internal/core"
	"github.com/fsmgen/fsmgen/pool/recovery"
)

// fault is what is wrong with a version of the workers' code.
type fault uint8

const (
	sound          fault = iota
	crashesAtStart       // every worker
	crashesLater         // every worker, at its 10th request
	slow                 // every request takes 100 ms longer
	raises               // every 20th request
	refusesStates        // that another version has written
	hangsInImport        // for such a state, and is killed for it
	diesInBake           // every worker, 4 s after it was ready
	faults               // how many there are
)

func (f fault) String() string {
	return [...]string{"sound", "crashes at start", "crashes later", "slow", "raises", "refuses states", "hangs in import", "dies in bake"}[f]
}

// upgrade begins to replace the workers, or rolls back the one under way.
func (w *world) upgrade() {
	s := w.source
	if w.core.UpgradePhase() != "" && s.below(2) == 0 {
		w.logf("%v cancel upgrade", w.now)
		w.core.CancelUpgrade(w.now, errWorld)
		return
	}
	w.number++
	w.beginUpgrade("v"+strconv.Itoa(w.number), fault(s.below(int(faults))), core.Rollout{
		Share: pick(s, 0.1, 0.5, 1), Bake: pick(s, time.Second, 30*time.Second), MinRequests: pick(s, 0, 3), MaxUnavailable: pick(s, 1, 3),
		MaxWorkerFailures: pick(s, 0, 2, 100), MaxErrorRate: pick(s, 0.01, 1), MaxLatency: pick(s, 2.0, -1), Shadow: pick(s, 0, 0.5),
	})
}

func (w *world) beginUpgrade(label string, f fault, plan core.Rollout) {
	running := w.core.UpgradePhase()
	w.logf("%v upgrade to %s, which is %v", w.now, label, f)
	err := w.core.Upgrade(w.now, label, plan)
	switch {
	case err != nil && running == "" && w.core.Phase().String() == "running":
		w.fail("a running pool refuses an upgrade: %v", err)
	case err == nil && running != "":
		w.fail("two upgrades at once")
	case err == nil:
		w.from, w.to, w.faults[label] = w.version, label, f
	}
}

// checkPhase: the other workers follow a canary that serves. It may have been told to leave in the same step.
func (w *world) checkPhase(phase string) {
	if phase != "ramping" {
		return
	}
	for _, id := range w.ids() {
		p := w.workers[id]
		if state, _ := w.state(id); p.version == w.to && p.ready && state != "degraded" {
			return
		}
	}
	w.fail("old workers are replaced, and no worker of version %s serves", w.to)
}

// inCanary reports whether there is only one worker of the new version.
func (w *world) inCanary() bool {
	switch w.core.UpgradePhase() {
	case "starting", "watching", "lingering":
		return true
	}
	return false
}

// isLeaving reports whether the worker may be one that serves only its sessions, since it is replaced.
func (w *world) isLeaving(p *process) bool {
	switch w.core.UpgradePhase() {
	case "ramping":
		return p.version == w.from
	case "rolling_back":
		return p.version == w.to
	}
	return w.phased == w.now
}

// upgraded checks what an upgrade has come to.
func (w *world) upgraded(r *core.UpgradeReport) {
	w.logf("%v upgrade has ended: %s because of %v", w.now, r.Outcome, r.Why)
	w.outcomes = append(w.outcomes, r)
	w.verified = r.Outcome == "done" && r.Sessions.Unverified == 0
	w.named = r.Sessions.RefusedNames
	for _, session := range r.Sessions.LostNames {
		w.account(session).forgiven = true
	}
	if r.From != w.from || r.To != w.to {
		w.fail("an upgrade from %s to %s, reported as one from %s to %s", w.from, w.to, r.From, r.To)
	}
	gone := w.to
	switch r.Outcome {
	case "abandoned":
		return
	case "done":
		w.version, gone = w.to, w.from
		if r.Why != nil {
			w.fail("an upgrade is done and not: %v", r.Why)
		}
	case "rolled_back":
		if r.Why == nil {
			w.fail("an upgrade is rolled back for no reason")
		}
	default:
		w.fail("an upgrade has ended %s", r.Outcome)
	}
	for _, id := range w.ids() {
		if p := w.workers[id]; p.version == gone {
			w.fail("worker %d of version %s is there, and the upgrade has ended %s", id, gone, r.Outcome)
		}
	}
	phases := time.Duration(0)
	for _, phase := range r.Phases {
		phases += phase.Took
	}
	if phases != r.Took {
		w.fail("the phases took %v of %v", phases, r.Took)
	}
}

// checkVersion: while there is only the canary, a session stays with the version that has its state.
func (w *world) checkVersion(c *call, p *process) {
	if state := c.lease.Import; state != nil && (state.Version == w.to) != (p.version == w.to) && w.inCanary() {
		w.fail("session %q of version %s is granted worker %d of %s, beside a canary", c.request.Session, state.Version, p.id, p.version)
	}
}

// refuse lets a worker of a new version refuse a state that another one has written. It returns false if the state is not
// one of those.
func (w *world) refuse(c *call, p *process) bool {
	f := w.faults[p.version]
	if c.lease.Import.Version == p.version || (f != refusesStates && f != hangsInImport) {
		return false
	}
	if w.verified && w.core.UpgradePhase() == "" && p.version == w.to && !slices.Contains(w.named, c.request.Session) {
		w.fail("session %q has a state of %s, which version %s refuses: the upgrade is done, and no report has named it", c.request.Session, c.lease.Import.Version, p.version)
	}
	took := time.Millisecond
	if f == hangsInImport {
		took = w.config.ExportTimeout
	}
	w.in(took, func() {
		if c.ended || p.exited {
			return
		}
		w.notTaken(c, f == hangsInImport)
	})
	return true
}

// notTaken is the end of an import that a worker has refused, or is stuck in.
func (w *world) notTaken(c *call, stuck bool) {
	a := w.account(c.request.Session)
	elsewhere := w.core.Refused(w.now, &c.lease, stuck, errWorld)
	v := core.Verdict{NoRequest: true}
	if stuck {
		v.Failure, v.Err = recovery.TimeoutStuck, errWorld
	}
	switch {
	case elsewhere:
		w.logf("%v request %d goes on elsewhere", w.now, c.number)
		a.bound = 0
	case !stuck && !c.handedOver:
		if w.loseImport(c) {
			w.work(c)
		}
		return
	default:
		v.ImportFailed, a.forgiven, a.noImport = true, true, true
	}
	then := c.then
	c.then = nil
	strict := c.request.Affinity != core.Prefer && !elsewhere && !c.handedOver
	if v.Told = strict; strict {
		w.totals.told++
	}
	w.end(c, v)
	switch {
	case strict:
		w.begunAnew(c.request.Session)
		c.then = then
		w.goOn(c)
	case !c.handedOver:
		w.again(c, then)
	}
}

// handOver lets the caller of a request give up while its worker takes a state over, which goes on. It returns false if the
// caller does not.
func (w *world) handOver(c *call, p *process) bool {
	if w.calm || !w.source.oneIn(8) {
		return false
	}
	old := c.lease
	c.lease = w.core.HandOver(w.now, &c.lease)
	w.logf("%v request %d gives up while worker %d takes its state over", w.now, c.number, p.id)
	w.unexpected = append(w.unexpected, fmt.Errorf("request %d was given up during its import", c.number))
	c.limit, c.rest, c.handedOver = 0, 0, true
	w.core.Release(w.now, &old, &core.Verdict{Failure: recovery.HandlerFatal}) // has no effect
	w.goOn(c)
	foreign := c.lease.Import.Version != p.version
	f, how := w.faults[p.version], w.source.below(4)
	stuck := how == 0 || (foreign && f == hangsInImport)
	took := w.delay()
	if stuck {
		took = w.config.ExportTimeout
	}
	w.in(took, func() {
		switch {
		case c.ended || p.exited:
		case stuck || how == 1 || (foreign && f == refusesStates):
			w.notTaken(c, stuck)
		default:
			p.states[c.request.Session] = state{c.lease.Generation, len(c.lease.Import.Data)}
			w.end(c, core.Verdict{Learned: core.Learned{Imported: true}, NoRequest: true})
		}
	})
	return true
}

// again is the next attempt of a request whose session goes on elsewhere.
func (w *world) again(c *call, then func()) {
	w.in(0, func() {
		w.number++
		next := &call{number: w.number, since: w.now, request: c.request, then: then}
		next.request.Owner, next.request.Again = next, true
		w.acquire(next)
	})
}

// shadow is a request that the old version has served, and the new one gets as well.
func (w *world) shadow() {
	w.number++
	c := &call{number: w.number, since: w.now, request: core.Request{IsShadow: true}}
	c.request.Owner = c
	lease, _, err := w.core.Acquire(w.now, c.request)
	if err != nil {
		return
	}
	if p := w.workers[lease.Worker]; p.version != w.to {
		w.fail("a shadow is granted worker %d of version %s", lease.Worker, p.version)
	}
	w.begin(c, lease)
}

// carry brings the state of a session from one worker to another.
func (w *world) carry(from *process, k *core.Carriage) {
	s, there := from.states[k.Session.Name]
	if !there || s.generation != k.Session.Generation {
		w.fail("worker %d is to hand session %q of generation %d over and has %+v", from.id, k.Session.Name, k.Session.Generation, s)
	}
	for _, c := range w.active {
		if c.request.Session == k.Session.Name {
			w.fail("session %q is carried while request %d of it has a worker", k.Session.Name, c.number)
		}
	}
	w.onTheWay[k.Session.Name]++
	w.logf("%v session %q is carried from worker %d to %d", w.now, k.Session.Name, k.From, k.To)
	if w.source.oneIn(8) && !w.calm {
		w.in(w.delay(), func() { w.carried(k, core.CarryKept, nil) })
		return
	}
	w.in(w.delay(), func() {
		if from.exited {
			w.carried(k, core.CarryKept, nil)
			return
		}
		w.arrive(k, from, pack(s))
	})
}

// try gives a worker of the new version a state that only the pool has.
func (w *world) try(p *process, k *core.Trial) {
	session := k.Session.Name
	phase := w.core.UpgradePhase() // empty for an upgrade that has ended in the step that began the trial
	if back := p.version == w.from; (back && phase != "rolling_back" && phase != "") || (k.State.Version == w.to) != back {
		w.fail("a state of version %s is tried with worker %d of %s, in an upgrade to %s", k.State.Version, p.id, p.version, w.to)
	}
	if bound, _ := w.core.Lookup(session); bound != 0 || w.onTheWay[session] > 0 {
		w.fail("session %q is tried while worker %d has its state, or it is on its way %d times", session, bound, w.onTheWay[session])
	}
	w.account(session).bound = 0
	w.onTheWay[session]++
	if p.active++; p.active > p.slots {
		w.fail("worker %d has %d requests and trials in %d slots", p.id, p.active, p.slots)
	}
	outcome, took := core.CarryDone, w.delay()
	switch f := w.faults[p.version]; {
	case w.source.oneIn(16) && !w.calm:
		outcome = core.CarryKept
	case f == refusesStates, w.source.oneIn(16) && !w.calm:
		outcome = core.CarryRefused
	case f == hangsInImport:
		outcome, took = core.CarryStuck, k.Limit
	}
	w.logf("%v the state of session %q is tried with worker %d: outcome %d", w.now, session, p.id, outcome)
	w.in(took, func() {
		var why error
		switch {
		case p.exited:
			outcome, why = core.CarryLost, errWorld
		case outcome == core.CarryDone:
			p.states[session] = state{k.Session.Generation, len(k.State.Data)}
		default:
			why = errWorld
		}
		w.onTheWay[session]--
		p.active--
		w.core.Tried(w.now, k, outcome, why)
	})
}

// arrive is the other worker, which takes the state over or does not.
func (w *world) arrive(k *core.Carriage, from *process, snapshot *core.Snapshot) {
	to := w.workers[k.To]
	outcome, took := core.CarryDone, w.delay()
	switch f := w.faults[to.version]; {
	case to.exited:
		outcome = core.CarryLost
	case f == refusesStates && from.version != to.version, w.source.oneIn(8) && !w.calm:
		outcome = core.CarryRefused
	case f == hangsInImport && from.version != to.version:
		outcome, took = core.CarryStuck, k.Limit
	}
	w.in(took, func() {
		switch {
		case outcome == core.CarryDone && to.exited:
			outcome = core.CarryLost
		case outcome == core.CarryDone:
			to.states[k.Session.Name] = state{k.As, len(snapshot.Data)}
		}
		w.carried(k, outcome, snapshot)
		if bound, _ := w.core.Lookup(k.Session.Name); bound == k.To && outcome == core.CarryDone && !from.leaves {
			w.account(k.Session.Name).bound = bound
		}
	})
}

func (w *world) carried(k *core.Carriage, outcome core.CarryOutcome, snapshot *core.Snapshot) {
	w.onTheWay[k.Session.Name]--
	var why error
	if outcome != core.CarryDone {
		why = errWorld
	}
	w.core.Carried(w.now, k, outcome, snapshot, why)
}

package pool

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/fsmgen/fsmgen/pool/internal/core"
)

// Upgrade replaces every worker by one of the source's, while the pool goes on serving, and returns when that has come to an
// end. The state of sessions goes along.
//
// One worker of the new version, the canary, serves a share of the requests first. Then one old worker after the other is
// replaced: its replacement is ready before it leaves, and its sessions are handed over. When the new version fails more
// often, or is slower, than the rollout allows, or ctx ends, every worker of the new version is replaced by one of the
// old version again, and the error is a [RolledBackError]. The report is there whenever an upgrade had begun.
//
// Nothing has changed where there is no report: the error matches [ErrUpgrading], [ErrSameVersion] or [ErrClosed], or it is a
// [StartError], of a source that cannot be opened, or a [ConfigError]. With a report, [ErrClosed] says that the pool was drained
// or closed meanwhile.
func (p *Pool) Upgrade(ctx context.Context, source Source, r Rollout) (*UpgradeReport, error) {
	c := *p.conf()
	r = r.withDefaults(&c)
	if err := r.check(); err != nil {
		return nil, err
	}
	if source == nil {
		return nil, &ConfigError{Field: "Source", What: "is nil; use pool.Python, pool.Command or pool.Func"}
	}
	if wrong := source.check(); wrong != "" {
		return nil, &ConfigError{Field: "Source", What: wrong}
	}
	if !p.upgrading.TryLock() {
		return nil, &UpgradeError{Pool: p.name, Err: ErrUpgrading}
	}
	defer p.upgrading.Unlock()
	if err := p.checkRemoved(r.Removed); err != nil {
		return nil, err
	}
	c.Source = source.owned()
	v, err := p.openVersion(ctx, &c, r.Label)
	if err != nil {
		return nil, err
	}
	v.removed = r.Removed
	report, err := p.runUpgrade(ctx, v, &r)
	if err != nil {
		p.retire(v)
		return nil, err
	}
	return p.conclude(v, c.Source, report)
}

// openVersion prepares the workers of a new version.
func (p *Pool) openVersion(ctx context.Context, c *Config, label string) (*version, error) {
	if phase, open := p.phase(); !open {
		return nil, &ClosedError{Pool: p.name, Phase: phase}
	}
	launcher, err := c.open(ctx)
	if err != nil && ctx.Err() != nil {
		return nil, &UpgradeError{Pool: p.name, Err: endOf(ctx)}
	}
	if err != nil {
		return nil, &StartError{Pool: p.name, Err: err}
	}
	v := &version{label: or(label, launcher.version()), launcher: launcher, replaces: p.current}
	if from := v.replaces.label; v.label == from {
		launcher.close()
		return nil, &UpgradeError{Pool: p.name, From: from, To: v.label, Err: ErrSameVersion}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.use(v)
	return v, nil
}

// runUpgrade lets the core replace the workers, and returns what has come of that. The end of ctx turns the rollout back.
func (p *Pool) runUpgrade(ctx context.Context, v *version, r *Rollout) (*core.UpgradeReport, error) {
	ended := make(chan *core.UpgradeReport, 1)
	err := error(&ClosedError{Pool: p.name, Phase: PhaseCrashed})
	p.step(func(now core.Time) {
		p.shadow.begin(r)
		p.upgraded = ended
		err = p.core.Upgrade(now, v.label, r.core())
	})
	if refusal, ok := errors.AsType[*core.Refusal](err); ok {
		return nil, &ClosedError{Pool: p.name, Phase: phaseOf(refusal.Phase)}
	}
	if err != nil {
		return nil, err
	}
	select {
	case report := <-ended:
		return report, nil
	case <-ctx.Done():
		why := endOf(ctx)
		p.step(func(now core.Time) { p.core.CancelUpgrade(now, why) })
	case <-p.stopped:
	}
	select {
	case report := <-ended:
		return report, nil
	case <-p.stopped:
	}
	select {
	case report := <-ended: // an upgrade ends before its pool
		return report, nil
	default:
		return nil, &ClosedError{Pool: p.name, Phase: PhaseCrashed}
	}
}

// conclude lets the pool go on with the version that has stayed.
func (p *Pool) conclude(v *version, source Source, in *core.UpgradeReport) (*UpgradeReport, error) {
	report := p.report(in)
	report.Shadow = p.shadow.end()
	report.Shadow.Skipped += in.ShadowsSkipped
	defer p.logUpgrade(report)
	old := v.replaces
	if report.Outcome != outcomeDone {
		p.retire(v)
		phase, _ := p.phase()
		err := error(&UpgradeError{Pool: p.name, From: report.From, To: report.To, Err: &ClosedError{Pool: p.name, Phase: phase}})
		if report.Outcome == outcomeRolledBack {
			err = &RolledBackError{Pool: p.name, From: report.From, To: report.To, Phase: turnedBackIn(report), Err: p.whyBack(v, in.Why)}
			report.Why = text(errors.Unwrap(err))
		}
		return report, err
	}
	p.changing.Lock()
	c := *p.conf()
	c.Source, c.Version = source, v.label
	p.config.Store(&c)
	p.changing.Unlock()
	p.mu.Lock()
	p.current, v.replaces = v, nil
	p.mu.Unlock()
	p.retire(old)
	return report, nil
}

// The outcomes of an upgrade: the last states of the rollout's machine.
const (
	outcomeDone       = "done"
	outcomeRolledBack = "rolled_back"
	outcomeAbandoned  = "abandoned"
)

// isOutcome reports whether the phase of an upgrade is its end.
func isOutcome(phase string) bool {
	return phase == outcomeDone || phase == outcomeRolledBack || phase == outcomeAbandoned
}

// whyBack is why the version was not kept. Where it did not start, the first worker's error, with its last lines, says most.
func (p *Pool) whyBack(v *version, why error) error {
	p.mu.Lock()
	first := v.failure
	p.mu.Unlock()
	err := translate(why)
	gate, ok := err.(*GateError)
	switch {
	case first == nil:
		return err
	case ok && gate.Gate == "workers":
		gate.Err = first
		return gate
	case errors.Is(first.Err, err):
		return first
	}
	return err
}

// turnedBackIn is the phase before the rollback.
func turnedBackIn(r *UpgradeReport) string {
	if n := len(r.Phases); n >= 2 {
		return r.Phases[n-2].Name
	}
	return ""
}

// UpgradeError reports an upgrade that was not begun, or was abandoned because the pool was drained or closed.
type UpgradeError struct {
	Pool     string
	From, To string // the versions; empty where they are not known
	Err      error
}

func (e *UpgradeError) Error() string {
	why := strings.TrimPrefix(text(e.Err), "pool: ")
	if e.To == "" {
		return fmt.Sprintf("pool: %s: upgrade: %s", e.Pool, why)
	}
	return fmt.Sprintf("pool: %s: upgrade from version %s to %s: %s", e.Pool, short(e.From), short(e.To), why)
}

func (e *UpgradeError) Unwrap() error { return e.Err }

// RolledBackError reports an upgrade that was begun and undone: every worker is of the old version again.
type RolledBackError struct {
	Pool     string
	From, To string // the versions: the workers are of From
	Phase    string // in which it was rolled back
	Err      error  // why: a [GateError], what kept a worker from starting, or the cause of the context
}

func (e *RolledBackError) Error() string {
	return fmt.Sprintf("pool: %s: the upgrade from version %s to %s was rolled back while it was %s: %s",
		e.Pool, short(e.From), short(e.To), e.Phase, text(e.Err))
}

func (e *RolledBackError) Unwrap() error { return e.Err }

// GateError reports a new version that served worse than the old one by more than its [Rollout] allows.
type GateError struct {
	Gate     string // "error rate", "cancellations", "latency", "states" or "workers"
	Old, New string // what was measured of the two versions, in words
	Allowed  string
	Err      error // the last failure that counted; nil where there is none
}

func (e *GateError) Error() string {
	msg := fmt.Sprintf("%s of the new version: %s, of the old one: %s; allowed: %s", e.Gate, e.New, e.Old, e.Allowed)
	if e.Err != nil {
		msg += ": " + text(e.Err)
	}
	return msg
}

func (e *GateError) Unwrap() error { return e.Err }

// StateRefusedError reports the state of a session that a worker of a new version has not taken over. It is in the [GateError]
// of an upgrade that was rolled back for such states.
type StateRefusedError struct {
	Session string
	Err     error // of the worker, or that it took too long
}

func (e *StateRefusedError) Error() string {
	return fmt.Sprintf("pool: session %s: its state was refused: %s", short(e.Session), text(e.Err))
}

func (e *StateRefusedError) Unwrap() error { return e.Err }

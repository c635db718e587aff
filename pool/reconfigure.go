package pool

import (
	"context"
	"errors"

	"github.com/fsmgen/fsmgen/generated/poolfsm"
	"github.com/fsmgen/fsmgen/pool/recovery"
)

// RecoveryTable returns what follows each kind of failure if [Config.Recovery] does not say otherwise. It belongs to the
// caller, who may print and change it.
func RecoveryTable() recovery.Table { return recovery.Default() }

// Reconfigure changes the configuration of a live pool. What workers are told when they start, such as Slots and the times
// of their life, has a meaning for those that start from then on. Name, Source, MaxPayload, CancelGrace, OutputLines,
// SessionTimeout and the bounds of snapshots cannot change. Nothing changes if anything is wrong.
func (p *Pool) Reconfigure(c Config) error {
	p.changing.Lock()
	defer p.changing.Unlock()
	old := p.conf()
	if c.Source == nil {
		c.Source = old.Source
	}
	c.Name = or(c.Name, old.Name)
	c = c.withDefaults()
	errs := []error{c.check()}
	fixed := func(same bool, field string) {
		if !same {
			errs = append(errs, &ConfigError{Field: field, What: "cannot change while the pool lives"})
		}
	}
	fixed(c.Name == old.Name, "Name")
	fixed(c.Source.same(old.Source), "Source")
	fixed(c.MaxPayload == old.MaxPayload, "MaxPayload")
	fixed(c.CancelGrace == old.CancelGrace, "CancelGrace")
	fixed(c.OutputLines == old.OutputLines, "OutputLines")
	fixed(c.SessionTimeout == old.SessionTimeout, "SessionTimeout")
	fixed(c.MaxSnapshot == old.MaxSnapshot, "MaxSnapshot")
	fixed(c.MaxSnapshots == old.MaxSnapshots, "MaxSnapshots")
	if err := errors.Join(errs...); err != nil {
		return err
	}
	p.config.Store(&c)
	p.index.configure(&c)
	for _, w := range p.all() {
		w.replan()
	}
	p.report(poolfsm.ResizedEvent{})
	signal(p.wake)
	return nil
}

// Recycle replaces a worker: when another one is ready, it finishes what it does, hands over its sessions and leaves. Where
// MaxUnavailable others leave already, it waits for its turn. It reports false if there is no such worker.
func (p *Pool) Recycle(worker uint64) bool {
	p.mu.Lock()
	_, ok := p.workers[worker]
	if ok {
		p.recycled[worker] = ReasonRecycled
	}
	p.mu.Unlock()
	signal(p.wake)
	return ok
}

// takeRecycled reports whether somebody wants the worker to be recycled, once.
func (p *Pool) takeRecycled(worker uint64) (Reason, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	reason, ok := p.recycled[worker]
	delete(p.recycled, worker)
	return reason, ok
}

// RunUntil drains the pool when ctx ends, and returns when nothing of it is left. Programs call it with a context that ends
// with a signal. The error is nil unless something had to be ended by force.
func (p *Pool) RunUntil(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return p.Drain(context.WithoutCancel(ctx))
	case <-p.released:
		return nil
	}
}

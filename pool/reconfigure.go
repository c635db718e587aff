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
	p.report(poolfsm.ResizedEvent{})
	signal(p.wake)
	return nil
}

// Recycle replaces a worker: when another one is ready, it finishes what it does, hands over its sessions and leaves. It
// reports false if there is no such worker.
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

// takeRecycled returns who is to be recycled, once.
func (p *Pool) takeRecycled() map[uint64]Reason {
	p.mu.Lock()
	defer p.mu.Unlock()
	taken := p.recycled
	p.recycled = make(map[uint64]Reason)
	return taken
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

package otelpool

import (
	"context"
	"errors"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/fsmgen/fsmgen/pool"
)

// Watch measures what a pool is at the moment of each collection: its workers by state, the requests that wait, and its
// sessions. It goes on
// until the registration is ended.
func (o *Observer) Watch(p *pool.Pool) (metric.Registration, error) {
	var errs []error
	upDown := func(name, unit, what string) metric.Int64ObservableUpDownCounter {
		g, err := o.meter.Int64ObservableUpDownCounter(name, metric.WithUnit(unit), metric.WithDescription(what))
		errs = append(errs, err)
		return g
	}
	counter := func(name, unit, what string) metric.Int64ObservableCounter {
		c, err := o.meter.Int64ObservableCounter(name, metric.WithUnit(unit), metric.WithDescription(what))
		errs = append(errs, err)
		return c
	}
	workers := upDown("pool.worker.count", "{worker}", "Workers, by the version of their code and the state of their machine.")
	serving := upDown("pool.worker.serving", "{worker}", "Workers that serve, by the version of their code.")
	wanted := upDown("pool.worker.wanted", "{worker}", "Workers that there should be.")
	busy := upDown("pool.slots.used", "{slot}", "Slots of workers that clients have.")
	pending := upDown("pool.pending_requests", "{request}", "Requests that wait for a worker.")
	sessions := upDown("pool.sessions", "{session}", "Sessions that the pool knows.")
	bytes := upDown("pool.snapshots.size", "By", "State of sessions that the pool keeps.")
	affinity := counter("pool.affinity", "{request}", "Requests of sessions, by what became of their state.")
	expired := counter("pool.sessions.expired", "{session}", "Sessions that no request used for too long.")
	transitions := counter("pool.worker.transitions", "{transition}", "Steps of the workers' machines.")
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	own := o.set(labels{})
	return o.meter.RegisterCallback(func(_ context.Context, m metric.Observer) error {
		s := p.Stats()
		for version, v := range s.ByVersion {
			is := []attribute.KeyValue{keyPool.String(o.pool), keyVersion.String(version)}
			m.ObserveInt64(transitions, int64(v.Transitions), metric.WithAttributes(is...))
			for state, n := range v.Workers {
				m.ObserveInt64(workers, int64(n), metric.WithAttributes(append(is, keyState.String(state))...))
			}
		}
		for version, n := range s.Versions {
			m.ObserveInt64(serving, int64(n), metric.WithAttributeSet(attribute.NewSet(keyPool.String(o.pool), keyVersion.String(version))))
		}
		m.ObserveInt64(wanted, int64(s.Wanted), own)
		m.ObserveInt64(busy, int64(s.Busy), own)
		m.ObserveInt64(pending, int64(s.Waiting), own)
		m.ObserveInt64(sessions, int64(s.Sessions.Sessions), own)
		m.ObserveInt64(bytes, int64(s.Sessions.SnapshotBytes), own)
		for word, n := range map[string]uint64{
			"hit": s.Sessions.Hits, "miss": s.Sessions.Misses, "rebind": s.Sessions.Rebinds, "lost": s.Sessions.Lost,
		} {
			m.ObserveInt64(affinity, int64(n), o.set(labels{result: word}))
		}
		m.ObserveInt64(expired, int64(s.Sessions.Expired), own)
		return nil
	}, workers, serving, wanted, busy, pending, sessions, bytes, affinity, expired, transitions)
}

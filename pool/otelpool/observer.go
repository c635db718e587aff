package otelpool

import (
	"context"
	"errors"
	"sync"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/fsmgen/fsmgen/pool"
)

// The attributes of metrics and spans.
const (
	keyPool    = attribute.Key("pool.name")
	keyCommand = attribute.Key("pool.command")
	keyWorker  = attribute.Key("pool.worker.id")
	keyState   = attribute.Key("pool.worker.state")
	keySession = attribute.Key("pool.session")
	keyResult  = attribute.Key("pool.result")
	keyFailure = attribute.Key("pool.failure")
	keyAction  = attribute.Key("pool.action")
	keyReason  = attribute.Key("pool.reason")
	keyVersion = attribute.Key("pool.worker.version")
	keyOutcome = attribute.Key("pool.upgrade.outcome")
)

// Observer measures one pool. It is what [pool.Config] has as its Observer.
type Observer struct {
	meter metric.Meter
	pool  string

	executions, wait, use, create, health metric.Float64Histogram
	recoveries, retries, gone, timeouts   metric.Int64Counter
	moved, opened, upgrades               metric.Int64Counter

	sets sync.Map // labels to metric.MeasurementOption: a pool has few, and uses them again and again
}

// New returns an observer of the pool of that name.
func New(meter metric.Meter, name string) (*Observer, error) {
	o := &Observer{meter: meter, pool: name}
	var errs []error
	for _, h := range []struct {
		into       *metric.Float64Histogram
		name, what string
	}{
		{&o.executions, "pool.execute.duration", "How long requests took, waiting included."},
		{&o.wait, "pool.wait_time", "How long clients waited for a worker."},
		{&o.use, "pool.use_time", "How long clients had a worker."},
		{&o.create, "pool.worker.create_time", "How long workers took from spawn to readiness."},
		{&o.health, "pool.health.duration", "How long probes took."},
	} {
		var err error
		*h.into, err = meter.Float64Histogram(h.name, metric.WithUnit("s"), metric.WithDescription(h.what),
			metric.WithExplicitBucketBoundaries(buckets...))
		errs = append(errs, err)
	}
	for _, c := range []struct {
		into             *metric.Int64Counter
		name, unit, what string
	}{
		{&o.recoveries, "pool.recovery.actions", "{action}", "What failures meant for workers."},
		{&o.retries, "pool.retries", "{retry}", "Requests that were tried again."},
		{&o.gone, "pool.worker.gone", "{worker}", "Workers that are gone, by why."},
		{&o.timeouts, "pool.timeouts", "{timeout}", "Requests whose time was over."},
		{&o.moved, "pool.sessions.moved", "{session}", "Sessions that were handed over to another worker."},
		{&o.opened, "pool.breaker.opened", "{time}", "How often starts failed so often that they were paused."},
		{&o.upgrades, "pool.upgrades", "{upgrade}", "Upgrades of the workers' code, by what has come of them."},
	} {
		var err error
		*c.into, err = meter.Int64Counter(c.name, metric.WithUnit(c.unit), metric.WithDescription(c.what))
		errs = append(errs, err)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return o, nil
}

// buckets are bounds in seconds.
var buckets = []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300}

// labels are the attributes of one measurement beside the pool; those that are empty are left out.
type labels struct{ command, version, result, failure, action, reason, outcome string }

func (o *Observer) set(l labels) metric.MeasurementOption {
	if set, ok := o.sets.Load(l); ok {
		return set.(metric.MeasurementOption)
	}
	attrs := []attribute.KeyValue{keyPool.String(o.pool)}
	for key, value := range map[attribute.Key]string{
		keyCommand: l.command, keyResult: l.result, keyFailure: l.failure, keyAction: l.action, keyReason: l.reason,
		keyVersion: l.version, keyOutcome: l.outcome,
	} {
		if value != "" {
			attrs = append(attrs, key.String(value))
		}
	}
	set := metric.WithAttributeSet(attribute.NewSet(attrs...))
	o.sets.Store(l, set)
	return set
}

// ObservePool is called by the pool.
func (o *Observer) ObservePool(ev pool.Event) {
	ctx := context.Background()
	switch ev := ev.(type) {
	case pool.EventExecuted:
		o.executed(ctx, &ev)
	case pool.EventCheckedOut:
		o.wait.Record(ctx, ev.Waited.Seconds(), o.set(labels{version: ev.Version}))
	case pool.EventCheckedIn:
		o.use.Record(ctx, ev.Held.Seconds(), o.set(labels{version: ev.Version}))
	case pool.EventWorkerReady:
		o.create.Record(ctx, ev.Took.Seconds(), o.set(labels{version: ev.Version}))
	case pool.EventHealthChecked:
		o.health.Record(ctx, ev.Took.Seconds(), o.set(labels{version: ev.Version, result: result(ev.Err)}))
	case pool.EventDecided:
		o.recoveries.Add(ctx, 1, o.set(labels{version: ev.Version, failure: string(ev.Failure), action: string(ev.Action)}))
	case pool.EventRetried:
		o.retries.Add(ctx, 1, o.set(labels{failure: string(ev.Failure)}))
	case pool.EventWorkerGone:
		o.gone.Add(ctx, 1, o.set(labels{version: ev.Version, reason: string(ev.Reason)}))
	case pool.EventSessionsMoved:
		o.moved.Add(ctx, int64(ev.Count), o.set(labels{version: ev.Version}))
	case pool.EventUpgrading:
		if ev.Ended {
			o.upgrades.Add(ctx, 1, o.set(labels{version: ev.Version, outcome: ev.Phase}))
		}
	case pool.EventBreakerOpened:
		o.opened.Add(ctx, 1, o.set(labels{}))
	}
}

func (o *Observer) executed(ctx context.Context, ev *pool.EventExecuted) {
	l := labels{command: ev.Command, version: ev.Version, result: result(ev.Err), failure: string(ev.Failure)}
	if !ev.Declared {
		l.command = otherCommand
	}
	if ev.Cancelled {
		l.result = cancelled
	}
	o.executions.Record(ctx, ev.Took.Seconds(), o.set(l))
	if _, late := errors.AsType[*pool.TimeoutError](ev.Err); late || errors.Is(ev.Err, context.DeadlineExceeded) {
		o.timeouts.Add(ctx, 1, o.set(labels{command: l.command, version: l.version}))
	}
}

// cancelled is the result of a request that its caller has cancelled, which is no error of the pool.
const cancelled = "cancelled"

// otherCommand is the label of commands that no worker declares: callers may ask for any name, and each label is a series.
const otherCommand = "(other)"

func result(err error) string {
	if err == nil {
		return "ok"
	}
	return "error"
}

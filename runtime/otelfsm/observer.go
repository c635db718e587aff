package otelfsm

import (
	"context"
	"errors"

	"go.opentelemetry.io/otel/metric"

	fsm "github.com/fsmgen/fsmgen/runtime"
)

// Observer measures the steps of every machine that it is given to. It may be shared by all of them, of whatever types. A
// machine asks it once, when it starts, what it wants to see: an SDK is to be there before that.
type Observer struct {
	transitions metric.Int64Counter
	duration    metric.Float64Histogram
	postponed   metric.Int64Counter
	unhandled   metric.Int64Counter
	crashed     metric.Int64Counter
	failed      metric.Int64Counter
	types       map[*fsm.Info]*vocabulary // not changed after New
}

// New returns an observer that measures with meter. What the steps of the given types can be is prepared here, once. The
// machines of other types, those written by hand among them, are measured too, at the cost of some allocations a step.
func New(meter metric.Meter, types ...*fsm.Info) (*Observer, error) {
	o := &Observer{types: make(map[*fsm.Info]*vocabulary, len(types))}
	for _, info := range types {
		o.types[info] = newVocabulary(info)
	}
	var errs [6]error
	o.transitions, errs[0] = meter.Int64Counter("fsm.transitions",
		metric.WithUnit("{transition}"), metric.WithDescription("Transitions taken, those that leave no state included."))
	o.duration, errs[1] = meter.Float64Histogram("fsm.state.duration",
		metric.WithUnit("s"), metric.WithDescription("How long a state had lasted when it was left."),
		metric.WithExplicitBucketBoundaries(durations...))
	o.postponed, errs[2] = meter.Int64Counter("fsm.events.postponed",
		metric.WithUnit("{event}"), metric.WithDescription("Events that were kept until the state changes."))
	o.unhandled, errs[3] = meter.Int64Counter("fsm.events.unhandled",
		metric.WithUnit("{event}"), metric.WithDescription("Events that the state had no use for, or no guard let through."))
	o.crashed, errs[4] = meter.Int64Counter("fsm.machines.crashed",
		metric.WithUnit("{machine}"), metric.WithDescription("Machines that ended because a hook failed."))
	o.failed, errs[5] = meter.Int64Counter("fsm.invokes.failed",
		metric.WithUnit("{invoke}"), metric.WithDescription("Errors and panics of the work of invokes, in a state that had not been left."))
	if err := errors.Join(errs[:]...); err != nil {
		return nil, err
	}
	return o, nil
}

// durations are the bounds of the buckets in seconds. States last from a moment to days.
var durations = []float64{.001, .005, .025, .1, .5, 1, 5, 15, 60, 300, 900, 3600, 4 * 3600, 24 * 3600}

// Wants reports whether an instrument for steps of this kind is enabled. Without an SDK none is, and the machine is as fast as
// without an observer.
func (o *Observer) Wants(kind fsm.StepKind) bool {
	ctx := context.Background()
	switch kind {
	case fsm.StepAccepted:
		return o.transitions.Enabled(ctx) || o.duration.Enabled(ctx) || o.failed.Enabled(ctx)
	case fsm.StepPostponed:
		return o.postponed.Enabled(ctx)
	case fsm.StepRejected:
		return o.unhandled.Enabled(ctx) || o.failed.Enabled(ctx)
	case fsm.StepCrashed:
		return o.crashed.Enabled(ctx)
	default:
		return false
	}
}

// Observe is called by the machines.
func (o *Observer) Observe(info *fsm.Info, step fsm.Step) {
	o.measure(context.Background(), info, &step)
}

func (o *Observer) measure(ctx context.Context, info *fsm.Info, step *fsm.Step) {
	if step.Reason != nil && (step.Kind == fsm.StepAccepted || step.Kind == fsm.StepRejected) {
		o.count(ctx, o.failed, info, step)
	}
	switch step.Kind {
	case fsm.StepCrashed:
		o.count(ctx, o.crashed, info, step)
	case fsm.StepAccepted:
		o.accepted(ctx, info, step)
	case fsm.StepPostponed:
		o.count(ctx, o.postponed, info, step)
	case fsm.StepRejected:
		o.count(ctx, o.unhandled, info, step)
	}
}

func (o *Observer) accepted(ctx context.Context, info *fsm.Info, step *fsm.Step) {
	counts, records := o.transitions.Enabled(ctx), o.duration.Enabled(ctx)
	if !counts && !records {
		return
	}
	t := o.types[info].transition(info, step)
	if counts {
		o.transitions.Add(ctx, 1, t.add...)
	}
	if records && t.leaves {
		o.duration.Record(ctx, step.InState.Seconds(), t.record...)
	}
}

func (o *Observer) count(ctx context.Context, c metric.Int64Counter, info *fsm.Info, step *fsm.Step) {
	if c.Enabled(ctx) {
		c.Add(ctx, 1, o.types[info].event(info, step)...)
	}
}

package otelpool

import (
	"context"

	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/fsmgen/fsmgen/pool"
)

// Tracer makes a span of every request, and lets the worker continue it. It is what [pool.Config] has as its Tracer.
type Tracer struct{ tracer trace.Tracer }

// NewTracer returns a tracer that makes its spans with t.
func NewTracer(t trace.Tracer) *Tracer { return &Tracer{t} }

// Begin is called by the pool.
func (t *Tracer) Begin(ctx context.Context, command, session string) (context.Context, string, func(uint64, error)) {
	ctx, span := t.tracer.Start(ctx, "pool.execute "+command,
		trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(keyCommand.String(command)))
	if session != "" {
		span.SetAttributes(keySession.String(session))
	}
	carrier := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(ctx, carrier)
	return ctx, carrier["traceparent"], func(worker uint64, err error) {
		if worker != 0 {
			span.SetAttributes(keyWorker.Int64(int64(worker)))
		}
		if err != nil {
			span.RecordError(err)
			span.SetStatus(codes.Error, pool.OutcomeOf(err).String())
		}
		span.End()
	}
}

// Package otelpool tells OpenTelemetry what happens in a pool: metrics by an [Observer], spans by a [Tracer], which the worker
// continues.
//
//	observer, err := otelpool.New(otel.Meter("myservice"), "ocr")
//	p, err := pool.Start(ctx, pool.Config{Name: "ocr", Observer: observer, Tracer: otelpool.NewTracer(otel.Tracer("myservice")), ...})
//	registration, err := observer.Watch(p)
//
// Durations are in seconds. The names follow those that OpenTelemetry has for pools of database connections; docs/metrics.md
// lists them.
package otelpool

package otelpool_test

import (
	"context"
	"fmt"

	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/fsmgen/fsmgen/pool"
	"github.com/fsmgen/fsmgen/pool/otelpool"
)

// A program has a reader that exports; this one collects once, and prints how many requests there were.
func ExampleNew() {
	ctx := context.Background()
	reader := metric.NewManualReader()
	meter := metric.NewMeterProvider(metric.WithReader(reader)).Meter("myservice")
	observer, err := otelpool.New(meter, "ocr")
	if err != nil {
		fmt.Println(err)
		return
	}
	echo := func(_ context.Context, r *pool.Request) ([]byte, error) { return r.Payload, nil }
	p, err := pool.Start(ctx, pool.Config{Name: "ocr", Observer: observer, Source: pool.Func(echo)})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer p.Close(ctx)
	registration, err := observer.Watch(p) // for what there is at each collection, such as workers and sessions
	if err != nil {
		fmt.Println(err)
		return
	}
	defer registration.Unregister()
	p.Execute(ctx, "echo", []byte(`1`))
	var all metricdata.ResourceMetrics
	if err := reader.Collect(ctx, &all); err != nil {
		fmt.Println(err)
		return
	}
	for _, m := range all.ScopeMetrics[0].Metrics {
		if data, ok := m.Data.(metricdata.Histogram[float64]); ok && m.Name == "pool.execute.duration" {
			fmt.Println(m.Name, data.DataPoints[0].Count)
		}
	}
	// Output: pool.execute.duration 1
}
